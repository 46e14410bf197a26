"""Every recipe by its name and default flags, on each kind of data that it takes."""

import numpy as np
import pytest

from support.run_files import one_line, records, summary
from support.spoken_tones import archive_of, names_of
from tfgan_it.datasets.archives import write_npz
from tfgan_it.recipes import RECIPES

# Recipes of multilayer perceptrons too.
ON_POINTS = {"gan", "dcgan", "lsgan", "fgan", "dragan", "wgan", "wgan_gp", "kl_wgan", "sngan"}
ON_POINTS |= {"ragan", "r3gan", "pacgan", "lecam", "adagan", "vdb", "meg"}
KINDS = ["grey", "colour", "points", "pairs", "texts", "sounds", "videos"]
STEPS = 2
TRANSLATORS = {"cyclegan", "pix2pix", "cut"}
ON_TEXTS, ON_SOUNDS, ON_VIDEOS = {"text_gan"}, {"wave_gan"}, {"video_gan"}
NAMED = {"text_to_image"}
ON_IMAGES = {*RECIPES} - TRANSLATORS - ON_TEXTS - ON_SOUNDS - ON_VIDEOS - NAMED
TAKES = {"grey": ON_IMAGES, "colour": ON_IMAGES, "points": ON_POINTS, "pairs": TRANSLATORS}
TAKES |= {"texts": ON_TEXTS, "sounds": ON_SOUNDS, "videos": ON_VIDEOS}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Flags of each kind of data."""
    folder = tmp_path_factory.mktemp("data")
    archive_of(folder, names_of(range(10), range(13)))
    sounds = [f"--files_dir={folder}", "--dataset=spoken_digit_waves"]
    path = folder / "colour.npz"
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (1000, 8, 8, 3), "uint8")
    write_npz(path, {"x": images, "y": np.arange(1000) % 3})
    return {
        "grey": [],
        "colour": [f"--dataset={path}"],
        "points": ["--dataset=ring"],
        "pairs": ["--degrade=noise"],
        "texts": ["--dataset=unicode_words", "--set=width=16"],
        "videos": ["--dataset=moving_sprites", "--set=width=2", "--batch_size=8"],
        "sounds": [*sounds, "--batch_size=16", "--set=width=2"],
    }


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_run_with_default_flags(train, data, tmp_path, recipe, kind):
    ended = trained(train, recipe, data[kind], tmp_path)
    if recipe in TAKES[kind]:
        assert_whole(ended, tmp_path)
    else:  # In a line, before a run exists.
        one_line(ended)
        assert not list((tmp_path / "runs").glob("*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "dataset"),
    [
        ("text_to_image", "emoji"),
        ("multimodal_infogan", "digit_pairs"),
        ("multimodal_infogan", "digit_triples"),
    ],
)
def test_a_run_on_real_data_of_its_kind(train, files_dir, tmp_path, recipe, dataset):
    flags = [f"--dataset={dataset}", f"--files_dir={files_dir}"]
    assert_whole(trained(train, recipe, flags, tmp_path), tmp_path)


def trained(train, recipe, flags, folder):
    """How a run of few steps ends."""
    folders = [f"--run_dir={folder / 'runs'}", f"--export_dir={folder / 'exports'}"]
    return train(f"--recipe={recipe}", f"--steps={STEPS}", *flags, *folders)


def assert_whole(ended, folder):
    """It has all that a run has."""
    assert ended.status in (0, None), ended.err
    (run,) = (folder / "runs").iterdir()
    assert summary(run)["steps"] == STEPS and np.isfinite(summary(run)["js_nats"])
    assert [record for record in records(run) if "test" in record]
    assert len(list((run / "samples").iterdir())) >= 2
