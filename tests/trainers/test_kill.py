"""A run that is killed repeatedly leaves what a run leaves that was not, bit for bit."""

import itertools
import json
import random
import re

import pytest

from support.killed_trainer import POINTS, KilledTrainer
from support.run_files import files, model_of, options, pictures, records, report, summary
from support.small_models import assert_same_state
from tfgan_it import callbacks

pytestmark = pytest.mark.slow
SMALL = {
    "infogan": ["--set=width=4", "--set=features=8"],
    "began": ["--set=width=4", "--set=hidden=8"],
    "dcgan_ada": ["--set=width=4", "--set=images=2000"],
    "wgan_gp": [
        "--set=width=4",
        "--metrics=frechet_distance,coverage",
        "--metrics_every=3",
        "--metrics_samples=100",
        "--features=pixels",
        "--keep_best=-frechet_distance",
    ],
    "vdb": ["--set=width=4", "--set=code=8"],
    "invariant_infogan": ["--set=width=4", "--set=features=8"],
    "adagan": ["--set=width=4", "--set=steps_per_component=3", "--set=classifier_steps=2"],
    "multimodal_infogan": ["--set=width=4", "--set=features=8"],
    "projection_gan": ["--set=width=4"],
}
# Evaluations and pictures at the steps 3 and 6, checkpoints at 2, 4 and 6.
OFTEN = ["--steps=6", "--batch_size=16", "--log_every=2", "--save_every=2", "--sample_every=3"]


def flags_of(recipe, root):
    places = [f"--run_dir={root / 'runs'}", f"--export_dir={root / 'exports'}"]
    return [f"--recipe={recipe}", "--keep_best=-js_nats", *OFTEN, *SMALL[recipe], *places]


@pytest.fixture(scope="module")
def trainer():
    with KilledTrainer() as started:
        yield started


@pytest.fixture(scope="module")
def whole(trainer, tmp_path_factory):
    """The folder of the run of a recipe that nothing disturbs."""
    done = {}

    def whole(recipe):
        if recipe not in done:
            root = tmp_path_factory.mktemp(recipe)
            assert trainer.run(flags_of(recipe, root), root / "log") == 0, (
                root / "log"
            ).read_text()[-2000:]
            done[recipe] = root / "runs" / f"00000-{recipe}-digits"
        return done[recipe]

    return whole


def names(run):
    """The names of a run's files, without checksums and without the times of TensorBoard.

    A run that a signal has stopped has a checkpoint of that step, instead of an older one.
    """
    kept = [name for name in files(run) if not name.startswith("checkpoints/step-")]
    return {re.sub(r"-[0-9a-f]{16}\b|tfevents.*", "", name) for name in kept}


def best(run):
    kept = json.loads((run / "checkpoints" / "best" / "best.json").read_text())
    return {name: value for name, value in kept.items() if name != "checkpoint"}


def assert_same_run(run, expected):
    assert_same_state(model_of(run), model_of(expected))
    assert records(run) == records(expected)
    assert pictures(run) == pictures(expected)
    assert names(run) == names(expected)
    assert best(run) == best(expected)
    assert report(run) == report(expected)
    folders = [folder / "checkpoints" / "best" for folder in (run, expected)]
    assert_same_state(*map(callbacks.load_checkpoint, folders))
    own = ("images_per_second", "export_dir", "command")
    found, wanted = (
        {name: value for name, value in summary(folder).items() if name not in own}
        for folder in (run, expected)
    )
    assert found == wanted
    found, wanted = ({**options(folder), "export_dir": None} for folder in (run, expected))
    assert found == wanted


def assert_exports_are_whole(folder):
    for name in files(folder):
        assert re.fullmatch(r"\w+/\d+/.*", name), f"{name} was left behind"
    for version in folder.glob("*/*"):
        assert (version / "saved_model.pb").is_file() and (version / "assets.extra").is_dir()


@pytest.mark.parametrize("recipe", SMALL)
def test_killed_at_points_of_all_kinds(recipe, trainer, whole, tmp_path, request):
    kills = -(-request.config.getoption("--kills") // len(SMALL))
    expected, chance = whole(recipe), random.Random(recipe)
    points = itertools.cycle(chance.sample(POINTS, len(POINTS)))
    done, lives = [], 0
    while len(done) < kills:
        root = tmp_path / str(lives)
        root.mkdir()
        run = root / "runs" / f"00000-{recipe}-digits"
        lives, status = lives + 1, -9
        while status:
            flags = flags_of(recipe, root)
            if (run / "options.json").exists():
                flags = [f"--resume={run}", flags[-1]]
            point = next(points) if len(done) < kills else None
            log, count = root / "log", chance.choice([1, 2])
            status = trainer.run(flags, log, point, count)
            assert status in (0, -9), f"after {done}, {point}: {log.read_text()[-2000:]}"
            if status:
                done.append((point, count))
        print(f"{recipe}: {len(done)} kills {done}")
        assert_same_run(run, expected)
        assert_exports_are_whole(root / "exports")


@pytest.mark.parametrize(
    ("signals", "status", "said"),
    [
        (["SIGINT", "SIGINT"], 130, "interrupted in step [345]; resume with"),
        (["SIGHUP"], 129, "SIGHUP: stopped and saved at step 3; resume with"),
        (["SIGTERM", "SIGHUP"], 129, "SIGHUP: stopped and saved at step 3; resume with"),
        (["SIGSTOP"], 0, "Jensen-Shannon"),
    ],
)
def test_other_signals(trainer, whole, tmp_path, signals, status, said):
    expected, log = whole("infogan"), tmp_path / "log"
    flags = flags_of("infogan", tmp_path)
    assert trainer.run(flags, log, "after an update", 3, signals) == status
    assert re.search(said, log.read_text())
    run = tmp_path / "runs" / "00000-infogan-digits"
    if status:
        assert trainer.run([f"--resume={run}", flags[-1]], log) == 0
    assert_same_run(run, expected)
