"""The pages in docs: their Python runs as written, their pictures and numbers are on record."""

import json
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "information.md").read_text()
QUALITY = (ROOT / "docs" / "sample_quality.md").read_text()
EXAMPLES, QUALITY_EXAMPLES = (
    re.findall(r"```python\n(.*?)```", page, flags=re.S) for page in (PAGE, QUALITY)
)
RESULTS = json.loads((ROOT / "results" / "information" / "results.json").read_text())
PICTURES = re.findall(r"!\[[^\]]+\]\(\.\./(results/[^)]+\.png)\)", PAGE)
# A picture of a claim, and what was measured for it.
MEASURED = re.findall(r"results/information/(\w+)\.png\)\n\n(\*.*?)\n\n", PAGE, flags=re.S)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_example_runs(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("example", QUALITY_EXAMPLES, ids=range(len(QUALITY_EXAMPLES)))
def test_example_of_sample_quality_runs(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    assert not list(tmp_path.iterdir())


def test_every_claim_has_one_picture_and_every_picture_is_of_a_claim():
    claims = [pathlib.Path(p).stem for p in PICTURES if p.startswith("results/information/")]
    assert sorted(claims) == sorted(RESULTS["claims"])
    assert [claim for claim, _ in MEASURED] == claims
    assert all((ROOT / f"results/information/{claim}.png").is_file() for claim in claims)


def test_no_quick_numbers_are_shown():
    assert not RESULTS["protocol"]["quick"]


@pytest.mark.parametrize(("claim", "told"), MEASURED, ids=[claim for claim, _ in MEASURED])
def test_every_number_is_on_record(claim, told):
    """Each decimal, rounded as it is shown; a sign may be told in words, as in "too low by"."""
    known = [v for v in RESULTS["claims"][claim]["numbers"].values() if v is not None]
    protocol = json.dumps(RESULTS["claims"][claim]["protocol"])
    shown = re.findall(r"-?\d+\.\d+", re.split("Measured[^:]*:", told)[1])
    assert shown
    for number in shown:
        digits = len(number.split(".")[1])
        near = 0.5001 * 10**-digits
        found = any(min(abs(float(number) - v), abs(float(number) + v)) <= near for v in known)
        assert found or number in protocol, number
