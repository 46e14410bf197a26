"""A run that is killed repeatedly ends as one that was not, bit for bit."""

import pathlib
import random
import subprocess
import sys
import time

import pytest

import trainers
from support.run_files import model_of, records, summary
from support.small_models import assert_same_state
from tfgan_it import callbacks

CHECKOUT = pathlib.Path(trainers.__file__).parents[1]
STEPS, KILLS = 120, 10
SMALL = {
    "infogan": ["--set=width=4", "--set=features=8"],
    "began": ["--set=width=4", "--set=hidden=8"],
    "dcgan_ada": ["--set=width=4", "--set=images=2000"],
}


def started(*options):
    return subprocess.Popen(
        [sys.executable, "-m", "trainers.train", *map(str, options)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def options_of(recipe, root):
    # Saved at each step, so that many of the kills fall into the writing of a checkpoint.
    every = ["--batch_size=16", "--log_every=4", "--save_every=1", "--sample_every=60"]
    places = [f"--run_dir={root / 'runs'}", f"--export_dir={root / 'exports'}"]
    return [f"--recipe={recipe}", f"--steps={STEPS}", *every, *SMALL[recipe], *places]


@pytest.mark.slow
@pytest.mark.parametrize("recipe", SMALL)
def test_killed_at_ten_random_moments(recipe, tmp_path):
    whole = started(*options_of(recipe, tmp_path / "whole"))
    assert whole.wait(timeout=300) == 0
    folder = f"00000-{recipe}-digits"
    expected = tmp_path / "whole" / "runs" / folder

    options = options_of(recipe, tmp_path)
    run, chance, kills = tmp_path / "runs" / folder, random.Random(recipe), 0
    command = options
    while kills < KILLS:
        process = started(*command)
        for line in process.stdout:
            if line.startswith("step "):
                break
        time.sleep(chance.uniform(0, 0.5))
        process.kill()
        if process.wait() == 0:
            break
        kills += 1
        assert callbacks.newest_checkpoint(run / "checkpoints") is not None
        command = [f"--resume={run}", options[-1]]
    assert kills == KILLS, "it ended before it could be killed"
    process = started(*command)
    assert process.wait(timeout=300) == 0
    assert_same_state(model_of(run), model_of(expected))
    assert records(run) == records(expected)
    assert summary(run)["last"] == summary(expected)["last"]
