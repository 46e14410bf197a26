import os
import pathlib
import shutil
import sys
import warnings

import matplotlib
import numpy as np
import pytest

from tfgan_it import datasets
from tfgan_it.datasets import Glyphs, glyphs, load
from tfgan_it.datasets.fonts import font_files

FONTS = pathlib.Path(matplotlib.get_data_path(), "fonts", "ttf")
EVERY = Glyphs()
FIGURES = np.stack(np.indices(EVERY.factor_sizes[:4]), -1).reshape(-1, 4)


@pytest.fixture(scope="module")
def figures():
    """Every glyph in the left upper corner, uint8 `(n, 32, 32)`."""
    return EVERY.images_at(np.pad(FIGURES, ((0, 0), (0, 2))))[..., 0]


def boxes(images):
    """The box of each image's ink: left, top, right, bottom, `(n, 4)`."""
    found = []
    for image in images:
        rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
        found.append((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))
    return np.array(found)


def ink(image):
    """The box of ink with what is in it, wherever it is."""
    left, top, right, bottom = boxes([image])[0]
    return image[top:bottom, left:right]


@pytest.fixture
def folder(tmp_path):
    """Two fonts of other names."""
    shutil.copy(FONTS / "DejaVuSans.ttf", tmp_path / "b.ttf")
    shutil.copy(FONTS / "cmb10.ttf", tmp_path / "a.TTF")
    (tmp_path / "LICENSE").write_text("")
    return tmp_path


def test_the_product_of_all_factors_is_there_and_numbers_are_their_inverse():
    assert EVERY.factor_sizes == (36, 8, 4, 5, 8, 8) and len(EVERY) == 368_640
    rows = np.arange(0, len(EVERY), 101)
    np.testing.assert_array_equal(EVERY.index_of(EVERY.factors_of(rows)), rows)
    assert EVERY.characters == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert len(set(EVERY.font_names)) == 8


def test_no_two_combinations_of_factors_give_one_image(figures):
    # What differs wherever it is differs in all places, and places differ by whole pixels.
    assert len({(image.shape, image.tobytes()) for image in map(ink, figures)}) == len(FIGURES)


def test_fonts_differ_visibly(figures):
    sizes = EVERY.factor_sizes[:4]
    images = figures.reshape(*sizes, -1)[:, :, 3].astype("float64")
    for one in range(8):
        for other in range(one):
            distance = np.square(images[:, one] - images[:, other]).sum(axis=-1)
            brightness = np.square(images[:, [one, other]]).sum(axis=-1).mean(axis=1)
            # On the average of characters and slants, by a tenth of the ink itself.
            assert (distance / brightness).mean() > 0.1


def test_a_glyph_s_box_is_in_the_middle_of_its_square(figures):
    found = boxes(figures)
    assert found.min() >= 0 and found.max() <= EVERY.square == 25
    middle = (found[:, :2] + found[:, 2:]) / 2
    # Of a box in whole pixels, which may be half a pixel off on each side.
    assert np.abs(middle - 12.5).max() <= 0.75


@pytest.mark.parametrize("image_size", [16, 28, 48, 64])
def test_nothing_is_cropped_at_the_border(image_size):
    made = Glyphs("0QWj@|", image_size=image_size, sizes=(1.0,), slants=(-0.4, 0.0, 0.4))
    wide = np.stack(np.indices(made.factor_sizes), -1).reshape(-1, 6)
    corner = np.isin(wide[:, 4], (0, 7)) & np.isin(wide[:, 5], (0, 7))
    wide = wide[corner].reshape(-1, 2, 2, 6)
    images = made.images_at(wide.reshape(-1, 6)).reshape(*wide.shape[:3], image_size, image_size)
    for corners in images:
        # A glyph that were cropped in one corner were not in the other.
        assert len({ink(image).tobytes() for image in corners.reshape(4, *corners.shape[2:])}) == 1
        left, top, right, bottom = boxes([corners.any(axis=(0, 1))])[0]
        assert 0 <= left < right <= image_size and 0 <= top < bottom <= image_size
    # The widest reaches nearly from side to side.
    assert np.max(boxes(images[:, 1, 1])) >= 0.9 * image_size


def test_places_are_whole_pixels():
    for image_size, step in ((32, 1), (64, 2)):
        made = Glyphs("R", image_size=image_size)
        one, other = made.images_at([[0, 2, 1, 3, 1, 0], [0, 2, 1, 3, 4, 6]])
        np.testing.assert_array_equal(np.roll(one, (6 * step, 3 * step), (0, 1)), other)


def test_the_tallest_character_has_the_height_of_its_size():
    made = Glyphs("HQ", image_size=128, positions=1)
    for font in range(8):
        for size, share in enumerate((0.55, 0.7, 0.85, 1.0)):
            images = made.images_at([[c, font, size, 2, 0, 0] for c in range(2)])[..., 0]
            heights = np.diff(boxes(images)[:, [1, 3]], axis=1)
            # Ink begins within a pixel.
            assert heights.max() == pytest.approx(share * made.height, abs=2.1)


@pytest.mark.parametrize("slant", [-0.5, 0.25, 0.5])
def test_a_slant_moves_lines_by_their_height(slant):
    # The bar of "I" in a font without serifs, line by line.
    made = Glyphs("I", image_size=64, sizes=(1.0,), slants=(0.0, slant), positions=1)
    image = made.images_at([[0, 0, 0, 1, 0, 0]])[0, ..., 0].astype("float64")
    rows = np.flatnonzero(image.sum(axis=1) > 0.9 * image.sum(axis=1).max())[2:-2]
    middles = image[rows] @ np.arange(64) / image[rows].sum(axis=1)
    found = np.polyfit(-rows, middles, 1)[0]  # Upwards.
    assert found == pytest.approx(slant, abs=0.02)


def test_finer_factors_make_a_larger_set():
    made = Glyphs("01", sizes=np.linspace(0.5, 1, 9), slants=[0], positions=20)
    assert made.factor_sizes == (2, 8, 9, 1, 20, 20) and made.square == 13
    assert made.images_at(made.sample_factors(50, seed=0)).any(axis=(1, 2, 3)).all()


def test_fonts_of_a_folder_by_name(folder):
    made = Glyphs("AB", folder)
    assert made.font_names == ("a", "b")
    default = Glyphs("AB")
    # The same outline in another height: as the smallest height of a larger set of fonts.
    first, second = made.images_at([[0, 0, 3, 2, 0, 0], [0, 1, 3, 2, 0, 0]])[..., 0]
    expected = default.images_at([[0, 6, 3, 2, 0, 0], [0, 0, 3, 2, 0, 0]])[..., 0]
    for image, other in zip((first, second), expected, strict=True):
        heights = [np.ptp(boxes([each])[0, [1, 3]]) for each in (image, other)]
        assert heights[0] >= heights[1]


def test_fonts_are_found_without_an_import_of_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.font_manager", None)
    assert {file.parent for file in font_files(None)} == {FONTS}
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'tfgan_it\[plots\]', or give a folder"):
        Glyphs()


def test_a_folder_without_fonts(tmp_path):
    with pytest.raises(FileNotFoundError, match="has no fonts, files that end in .ttf or .otf"):
        Glyphs(fonts=tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no folder .*absent"):
        Glyphs(fonts=tmp_path / "absent")
    with pytest.raises(ValueError, match=f"DejaVuSans.ttf: give {FONTS}"):
        Glyphs(fonts=FONTS / "DejaVuSans.ttf")
    with pytest.raises(ValueError, match="fonts must be a path on this machine"):
        Glyphs(fonts="https://host/fonts")


@pytest.mark.parametrize(
    ("name", "characters", "message"),
    [
        ("STIXNonUni", "A7", "STIXNonUni.ttf lacks the characters 'A', '7'.$"),
        ("cmtt10", "Aй", "cmtt10.ttf lacks the characters 'й'.$"),
        ("DejaVuSans", "A\u4e2d", "DejaVuSans.ttf lacks the characters '中'.$"),
        ("DejaVuSans", "AΑ", "DejaVuSans.ttf draws 'A' and 'Α' alike.$"),
        ("LastResortHE-Regular", "01", "draws '0' and '1' alike.$"),
    ],
)
def test_a_font_that_cannot_tell_characters_apart_is_named(tmp_path, name, characters, message):
    if not (FONTS / f"{name}.ttf").is_file():
        pytest.skip("this version of matplotlib does not have it")
    shutil.copy(FONTS / f"{name}.ttf", tmp_path)
    with pytest.raises(ValueError, match=message) as error:
        Glyphs(characters, tmp_path)
    assert "\n" not in str(error.value)


def test_twins_are_warned_of(folder):
    shutil.copy(folder / "b.ttf", folder / "c.ttf")
    with pytest.warns(UserWarning, match="^b.ttf and c.ttf draw alike: A, B$") as caught:
        Glyphs("AB", folder)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("damage", ["empty", "text", "short", "shorter", "noise"])
def test_a_damaged_font_is_one_line(tmp_path, damage):
    content = (FONTS / "cmb10.ttf").read_bytes()
    noise = np.random.default_rng(0).integers(0, 256, len(content), "uint8").tobytes()
    kinds = {"empty": b"", "text": b"a font", "short": content[:9_000], "shorter": content[:300]}
    (tmp_path / "bad.ttf").write_bytes(kinds.get(damage, content[:12] + noise))
    with pytest.raises((ValueError, OSError), match=r"bad\.ttf") as error:
        Glyphs(fonts=tmp_path).images_at([[0] * 6])
    assert "\n" not in str(error.value)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.ttf")
    with pytest.raises(ValueError, match=r"pipe.ttf is not a font: it is a folder, a pipe"):
        Glyphs("A", tmp_path)


def test_bytes_that_are_changed_end_in_a_picture_or_in_one_line(tmp_path):
    content = np.frombuffer((FONTS / "cmb10.ttf").read_bytes(), "uint8")
    random = np.random.default_rng(1)
    for _ in range(40):
        changed = content.copy()
        changed[random.integers(0, 4_000, 8)] = random.integers(0, 256, 8)
        (tmp_path / "bad.ttf").write_bytes(changed.tobytes())
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made = Glyphs("AB", tmp_path, slants=[0])
            assert made.images_at([[0, 0, 0, 0, 0, 0]]).shape == (1, 32, 32, 1)
        except (ValueError, OSError) as error:
            assert "bad.ttf" in str(error) and "\n" not in str(error), error


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Glyphs(""), "^Glyphs: characters must be a string, got ''.$"),
        (lambda: Glyphs(7), "characters must be a string, got 7"),
        (lambda: Glyphs("ABA"), "characters must differ, got 'A' twice"),
        (lambda: Glyphs("A B"), "characters must be visible, got ' '"),
        (lambda: Glyphs(image_size=8), "image_size must be a whole number of at least 16, got 8"),
        (lambda: Glyphs(sizes=(0.5, 1.5)), r"sizes must be in \(0, 1\], got 1.5"),
        (lambda: Glyphs(sizes=()), "sizes must be different numbers"),
        (lambda: Glyphs(sizes=0.5), "sizes must be different numbers, got 0.5"),
        (lambda: Glyphs(slants=0.5), "slants must be different numbers, got 0.5"),
        (lambda: Glyphs(slants=(0, 0)), "slants must be different numbers"),
        (lambda: Glyphs(sizes=(1e-9, 1)), r"characters would be .*e-08 pixels high, at least 1"),
        (lambda: Glyphs(slants=(1e9,)), "smaller slants or a larger image_size"),
        (lambda: Glyphs(image_size=10**6), "image_size must be at most 4096, got 1000000"),
        (
            lambda: Glyphs("A", image_size=4096, positions=1).images_at(
                np.broadcast_to(0, (2 * 10**5, 6))
            ),
            "200000 images need 3,125 GiB of memory",
        ),
        (lambda: Glyphs(positions=0), "positions must be a whole number of at least 1"),
        (lambda: Glyphs(positions=26), "positions must be at most 25, got 26"),
        (lambda: EVERY.images_at([[36, 0, 0, 0, 0, 0]]), "character must be from 0 to 35, got 36"),
        (lambda: load("glyphs", image_size=0), "image_size must be one positive int"),
    ],
)
def test_a_mistake_is_one_line(wrong, message):
    with pytest.raises(ValueError, match=message) as error:
        wrong()
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_what_is_loaded_is_a_fixed_choice_with_its_characters():
    data = load("glyphs")
    assert repr(data) == (
        "ImageDataset('glyphs', 45360 train + 5040 test images of 32x32x1, 36 classes)"
    )
    assert "".join(data.class_names) == EVERY.characters
    assert set(np.bincount(data.test_labels)) == {140}
    assert datasets.fingerprint(glyphs()) == datasets.fingerprint(data)
    # Ink, by which each image is found among those of its own character only.
    known = {}
    for factors in FIGURES:
        [image] = EVERY.images_at([[*factors, 0, 0]])
        known[ink(image[..., 0]).tobytes()] = factors[0]
    for image, label in zip(data.test_images, data.test_labels, strict=True):
        assert known[ink(image[..., 0]).tobytes()] == label


def test_the_size_that_is_asked_for_is_drawn(monkeypatch):
    asked = []
    tiny = load("digits")
    monkeypatch.setattr("tfgan_it.datasets.glyphs", lambda side: asked.append(side) or tiny)
    for size, shape in ((28, (28, 28)), ((16, 24), (16, 24)), (8, (8, 8))):
        assert load("glyphs", image_size=size).sample_shape == (*shape, 1)
    assert asked == [28, 24, 16]


def test_an_empty_request_gives_no_images():
    assert EVERY.images_at(np.zeros((0, 6), "int64")).shape == (0, 32, 32, 1)
    assert os.path.basename(repr(EVERY)).endswith("8 fonts, image_size=32)")
