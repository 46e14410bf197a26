import numpy as np
import pytest
from PIL import Image

from tfgan_it import callbacks, datasets, visualization
from trainers.run_directory import load_model


@pytest.fixture(scope="module")
def drawn(sample, vivid, tmp_path_factory):
    out = tmp_path_factory.mktemp("drawn") / "made" / "here"
    options = ["--seeds=3,11-13", "--columns=3", "--rows=2", "--steps=4", "--frames=3"]
    return sample(f"--model={vivid}", f"--out={out}", *options), out


def read(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_says_what_it_wrote(drawn):
    ended, out = drawn
    codes = ("category", "style_0", "style_1")
    names = ["grid.png", *(f"traversal-{code}.png" for code in codes), "interpolation.gif"]
    assert ended.out.splitlines() == [str(out / name) for name in names]
    assert (ended.status, ended.err) == (0, "")
    assert sorted(path.name for path in out.iterdir()) == sorted(names)


def test_the_grid_shows_the_seeds(drawn, vivid):
    model = load_model(vivid)
    images = model.predict(model.latents_of_seeds([3, 11, 12, 13]), verbose=0)
    expected = visualization.grid(images, columns=3)
    np.testing.assert_array_equal(read(drawn[1] / "grid.png"), expected)
    one = visualization.grid(model.generate(1, seed=11), gap=0)
    shown = read(drawn[1] / "grid.png")[2:42, 44:84]
    assert np.abs(shown.astype(int) - one).max() <= 1


def test_traversals_are_those_of_the_first_seed(drawn, vivid):
    expected = visualization.code_traversal(load_model(vivid), rows=2, steps=4, seed=3)
    for name, picture in expected.items():
        np.testing.assert_array_equal(read(drawn[1] / f"traversal-{name}.png"), picture)


def test_the_interpolation_passes_all_seeds(drawn, vivid):
    model = load_model(vivid)
    with Image.open(drawn[1] / "interpolation.gif") as animation:
        assert animation.n_frames == 4 * 3
        for stop, seed in enumerate((3, 11, 12, 13)):
            animation.seek(3 * stop)
            shown = np.asarray(animation.convert("RGB"), int)
            expected = visualization.grid(model.generate(1, seed=seed), gap=0)
            assert np.abs(shown - expected).max() <= 2


def test_a_file_serves_as_well_as_a_run(sample, vivid, drawn, tmp_path):
    file = callbacks.checkpoints(vivid / "checkpoints")[0]
    ended = sample(f"--model={file}", f"--out={tmp_path}", "--seeds=3", "--rows=1", "--steps=2")
    assert ended.status == 0
    # Interpolation needs two seeds.
    assert not (tmp_path / "interpolation.gif").exists()
    np.testing.assert_array_equal(
        read(tmp_path / "grid.png")[2:42, 2:42], read(drawn[1] / "grid.png")[2:42, 2:42]
    )


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("absent", "No run and no .keras file at "),
        ("absent.keras", "No run and no .keras file at "),
        ("", "No run in "),
    ],
)
def test_a_missing_model_is_one_line(sample, tmp_path, model, message):
    ended = sample(f"--model={tmp_path / model}", f"--out={tmp_path / 'out'}")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(f"error: {message}{tmp_path / model}")
    assert ended.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_wrong_seeds_are_one_line(sample, vivid, tmp_path):
    ended = sample(f"--model={vivid}", "--seeds=1,x", f"--out={tmp_path / 'out'}")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("error: --seeds takes numbers from 0")
    assert ended.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_file_where_the_pictures_should_be(sample, vivid, tmp_path):
    (tmp_path / "out").write_text("a file")
    ended = sample(f"--model={vivid}", "--seeds=1", f"--out={tmp_path / 'out'}")
    assert ended.status == 2
    assert ended.err.startswith("error: ") and str(tmp_path / "out") in ended.err
    assert ended.err.count("\n") == 1
    assert (tmp_path / "out").read_text() == "a file"


@pytest.mark.slow
def test_all_samples_of_the_grid_have_the_codes_that_are_given(sample, vivid, tmp_path):
    options = [f"--out={tmp_path}", "--seeds=3-5", "--rows=1", "--steps=2", "--frames=1"]
    ended = sample(f"--model={vivid}", *options, "--codes=category=7", "--codes=style=[0.5,-1]")
    assert ended.status == 0
    model = load_model(vivid)
    codes = {"category": 7, "style": [0.5, -1.0]}
    images = [model.generate(1, seed, codes=codes)[0] for seed in (3, 4, 5)]
    expected = visualization.grid(np.array(images)).astype(int)
    assert np.abs(read(tmp_path / "grid.png") - expected).max() <= 1


@pytest.mark.slow
def test_single_images_for_other_programs(sample, vivid, tmp_path):
    ended = sample(f"--model={vivid}", "--seeds=2,10", f"--images_dir={tmp_path / 'images'}")
    assert ended.out == f"2 images  {tmp_path / 'images'}\n"
    assert sorted(path.name for path in (tmp_path / "images").iterdir()) == ["02.png", "10.png"]
    model = load_model(vivid)
    expected = datasets.images.to_uint8(model.generate(1, seed=10))[0, ..., 0]
    np.testing.assert_array_equal(read(tmp_path / "images" / "10.png"), expected)


@pytest.mark.parametrize("samples", [np.zeros((1, 2)), {"image": np.zeros((1, 4, 4, 1))}])
def test_other_samples_are_no_single_images(sample, tmp_path, monkeypatch, samples):
    monkeypatch.setattr(sample.module, "samples_of_seeds", lambda *arguments: samples)
    with pytest.raises(ValueError, match="--images_dir needs images, got samples of "):
        sample.module.write_images(None, [0], None, {}, tmp_path)


def test_texts_have_file_names_of_their_own(sample):
    names = sample.module._file_names(
        ["red heart", "red-heart", "", "?", "a" * 300, 3, "red heart"]
    )
    assert [names[key] for key in ("red heart", "red-heart", "", "?", 3)] == [
        *("red_heart", "red_heart_2", "empty", "_", "3")
    ]
    assert names["a" * 300] == "a" * 100 and len(names) == 6
