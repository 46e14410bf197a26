"""Pictures of a folder, translated by a run."""

import numpy as np
import pytest
from PIL import Image

from support.run_files import one_line
from tfgan_it import recipes, visualization
from tfgan_it.datasets import to_uint8


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    model = recipes.pix2pix({"a": (8, 8, 1), "b": (8, 8, 3)}, width=2, depth=1)
    path = tmp_path_factory.mktemp("model") / "pix2pix.keras"
    model.save(path)
    return model, path


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "given"
    (folder / "more").mkdir(parents=True)
    for k, name in enumerate(["one.png", "two.png"]):
        pixels = np.random.default_rng(k).integers(0, 256, (8, 8), "uint8")
        Image.fromarray(pixels).save(folder / "more" / name)
    return folder


def read(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_single_files_keep_their_names(sample, model_file, folder, tmp_path):
    model, path = model_file
    out = tmp_path / "made"
    ended = sample(f"--model={path}", f"--images={folder}", f"--images_dir={out}")
    assert ended.out == f"2 images  {out}\n" and ended.status in (0, None)
    for name in ("more/one.png", "more/two.png"):
        given = read(folder / name)[None, ..., None]
        np.testing.assert_array_equal(read(out / name), to_uint8(model.translate(given))[0])


def test_a_grid_shows_both(sample, model_file, folder, tmp_path):
    model, path = model_file
    ended = sample(f"--model={path}", f"--images={folder}", f"--out={tmp_path}")
    assert ended.status in (0, None), ended.err
    given = np.stack([read(folder / "more" / f"{n}.png") for n in ("one", "two")])[..., None]
    expected = visualization.pairs(given, to_uint8(model.translate(given)), 10)
    np.testing.assert_array_equal(read(tmp_path / "grid.png"), expected)


def test_no_picture_is_replaced_or_lost(sample, model_file, folder, tmp_path):
    one, two = (folder / "more" / f"{name}.png" for name in ("one", "two"))
    before = one.read_bytes()
    ended = sample(f"--model={model_file[1]}", f"--images={folder}", f"--images_dir={folder}")
    assert one_line(ended) == f"--images_dir={folder} would replace {one}: give another folder."
    two.rename(one.with_suffix(".webp"))
    out = tmp_path / "made"
    ended = sample(f"--model={model_file[1]}", f"--images={folder}", f"--images_dir={out}")
    assert "one.webp would both become " in one_line(ended)
    assert one.read_bytes() == before and not out.exists()


def test_all_parts_are_translated_and_what_is_left_out_is_said(
    sample, model_file, folder, tmp_path
):
    (folder / "more").rename(folder / "train")
    (folder / "test").mkdir()
    (folder / "train" / "two.png").rename(folder / "test" / "two.png")
    (folder / "train" / "three.svg").write_text("<svg/>")
    out = tmp_path / "made"
    ended = sample(f"--model={model_file[1]}", f"--images={folder}", f"--images_dir={out}")
    assert ended.out == f"2 images  {out}\n"
    assert ended.err.endswith("1 are left out (1 of kind .svg)\n") and ended.err.count("\n") == 1
    assert sorted(path.name for path in out.rglob("*.png")) == ["one.png", "two.png"]


def test_mistakes_are_one_line(sample, model_file, folder, vivid, tmp_path):
    path = model_file[1]
    for arguments, message in [
        ([f"--model={path}"], "pix2pix translates: give --images=FOLDER"),
        ([f"--model={path}", f"--images={tmp_path / 'none'}"], "--images: no folder"),
        ([f"--model={path}", f"--images={folder}", "--to=a"], "translates only to b"),
        ([f"--model={vivid}", f"--images={folder}"], "does not translate"),
    ]:
        assert message in one_line(sample(*arguments, f"--out={tmp_path / 'out'}"))
    assert not (tmp_path / "out").exists()
