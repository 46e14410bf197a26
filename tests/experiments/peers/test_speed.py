"""The comparison with another library's step: its protocol and its medians; not its speed."""

import json
import sys

import pytest

from experiments.peers import speed

PROGRAM = """
import json, sys
if "--alone=float32_compiled" in sys.argv:
    print(json.dumps({"peak_mebibytes": 1.0}))
    sys.exit()
print(json.dumps({"torch": "9.9"}), flush=True)
for line in sys.stdin:
    form, steps = line.split()
    if form == "broken":
        sys.exit(3)
    seconds = int(steps) * (1e6 if form.endswith("compiled") else 2e6)
    print(json.dumps({"seconds": seconds, "processor_seconds": 2 * seconds}), flush=True)
"""


@pytest.fixture
def peer(tmp_path, monkeypatch):
    """A program that answers as the peer does, in which a step takes days."""
    path = tmp_path / "peer.py"
    path.write_text(PROGRAM)
    monkeypatch.setattr(speed, "PROGRAM", path)
    monkeypatch.setattr(speed, "JAX_PROGRAM", path)


def measured(seconds):
    return {"seconds": seconds, "processor_seconds": 2 * seconds}


def test_the_ratio_is_the_median_over_rounds_to_the_fastest_form():
    rounds = [
        {
            "fit_bfloat16": measured(fit),
            "bfloat16_channels_last": measured(last),
            "bfloat16_compiled": measured(compiled),
        }
        for fit, last, compiled in ((1.0, 1.2, 9.0), (2.0, 2.2, 2.1), (1.0, 1.5, 1.6))
    ]
    found = speed.summary_of(rounds, 10)
    assert found["fit_over_peer"] == {
        "bfloat16": {"best_form": "channels_last", "ratio": 1.2, "processor_ratio": 1.2}
    }
    assert found["milliseconds_per_step"]["fit_bfloat16"] == 100.0
    assert found["processor_milliseconds_per_step"]["bfloat16_compiled"] == 420.0


@pytest.mark.slow
def test_a_comparison_leaves_its_record(peer, tmp_path, capsys):
    out = tmp_path / "speed.json"
    speed.main(
        [
            f"--peer_python={sys.executable}",
            *("--recipe=dcgan", "--image_size=8", "--batch_size=4", "--rounds=2", "--steps=1"),
            *("--precisions=float32", "--forms=compiled", f"--out={out}"),
            *("--xla", f"--jax_python={sys.executable}"),
        ]
    )
    record = json.loads(out.read_text())
    assert json.loads(capsys.readouterr().out) == record
    assert record["fit_over_peer"]["float32"]["ratio"] > 100
    assert [*record["milliseconds_per_step"]] == [
        *("fit_float32", "fit_float32_xla", "float32_compiled", "float32_jax")
    ]
    assert record["peer"] == {"torch": "9.9", "alone": {"float32_compiled": {"peak_mebibytes": 1}}}
    assert 0 < record["share_of_product_rate"] < 1 and record["processor"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--peer_python=/nowhere"], "--peer_python: /nowhere is not a program"),
        (["--rounds=0"], "--rounds: must be a whole number of at least 1, got '0'"),
        (["--steps=-1"], "--steps: must be a whole number of at least 1, got '-1'"),
        (["--precisions=float16"], "--precisions: must be of float32, bfloat16, got 'float16'"),
        (["--recipe=wgan_gp", "--forms=compiled"], "--forms: wgan_gp cannot be compiled in PyTo"),
        (["--jax_python=/nowhere"], "--jax_python: /nowhere is not a program"),
        (
            ["--recipe=wgan_gp", f"--jax_python={sys.executable}"],
            "--jax_python: is for infogan and dcgan, got --recipe=wgan_gp",
        ),
        (["--forms=fast"], "--forms: must be of channels_first, channels_last, compiled, got 'fa"),
    ],
)
def test_mistakes_are_told_before_anything_runs(peer, flags, message, capsys):
    with pytest.raises(SystemExit) as ended:
        speed.main([f"--peer_python={sys.executable}", *flags])
    assert ended.value.code == 2 and message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import sys; sys.exit(3)", "the other program ended with status 3"),
        ("print('hello')", "the other program says 'hello\\n', not JSON"),
    ],
)
def test_a_peer_that_fails_ends_it_in_one_line(peer, program, message, capsys):
    speed.PROGRAM.write_text(program)
    with pytest.raises(SystemExit) as ended:
        speed.main([f"--peer_python={sys.executable}"])
    assert ended.value.code == 1 and message in capsys.readouterr().err
