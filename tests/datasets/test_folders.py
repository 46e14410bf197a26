import os
import pathlib
import tarfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfgan_it.datasets import image_folder

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"
COLOURS = np.random.default_rng(0).integers(0, 256, (12, 4, 6, 3), "uint8")


def write(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tf.io.encode_png(image).numpy())


def rows(images):
    return {image.tobytes() for image in images}


def test_flat_folder(tmp_path):
    for i, image in enumerate(COLOURS):
        write(tmp_path / "photos" / f"{i:02}.png", image)
    dataset = image_folder(tmp_path / "photos")
    assert dataset.name == "photos" and dataset.num_classes is None
    assert (len(dataset.train_images), len(dataset.test_images)) == (10, 2)
    assert rows(dataset.train_images) | rows(dataset.test_images) == rows(COLOURS)


def test_class_folders_in_the_order_of_their_names(tmp_path):
    for i, image in enumerate(COLOURS):
        write(tmp_path / ("cat", "ant", "bee")[i % 3] / f"{i}.PNG", image)
    (tmp_path / "empty").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "notes.txt").write_text("not an image")
    dataset = image_folder(tmp_path)
    assert dataset.class_names == ("ant", "bee", "cat")
    label_of = {image.tobytes(): (2, 0, 1)[i % 3] for i, image in enumerate(COLOURS)}
    for images, labels in [
        (dataset.train_images, dataset.train_labels),
        (dataset.test_images, dataset.test_labels),
    ]:
        assert [label_of[image.tobytes()] for image in images] == labels.tolist()


@pytest.mark.parametrize("test", ["test", "validation", "val"])
def test_train_and_test_folders(tmp_path, test):
    for i, image in enumerate(COLOURS):
        part = "train" if i < 9 else test
        write(tmp_path / part / "ab"[i % 2] / f"{i:02}.png", image)
    dataset = image_folder(tmp_path)
    assert rows(dataset.train_images) == rows(COLOURS[:9])
    np.testing.assert_array_equal(dataset.test_images, COLOURS[[10, 9, 11]])
    assert dataset.test_labels.tolist() == [0, 1, 1]


def test_a_single_train_folder_is_split(tmp_path):
    for i, image in enumerate(COLOURS):
        write(tmp_path / "train" / f"{i:02}.png", image)
    dataset = image_folder(tmp_path)
    assert (len(dataset.train_images), len(dataset.test_images)) == (10, 2)


def test_grey_images_have_one_channel_but_not_if_one_of_them_has_colour(tmp_path):
    for i, image in enumerate(COLOURS):
        write(tmp_path / f"{i}.png", image[..., :1])
    grey = image_folder(tmp_path)
    assert grey.sample_shape == (4, 6, 1)
    assert rows(grey.train_images) | rows(grey.test_images) == rows(COLOURS[..., :1])
    write(tmp_path / "last.png", COLOURS[0])
    assert image_folder(tmp_path).sample_shape == (4, 6, 3)


def test_jpeg_and_bitmap_are_read(tmp_path):
    smooth = np.full((8, 8, 3), (200, 100, 50), "uint8")
    (tmp_path / "a.jpg").write_bytes(tf.io.encode_jpeg(smooth, quality=100).numpy())
    keras.utils.save_img(tmp_path / "b.bmp", smooth, scale=False)
    dataset = image_folder(tmp_path)
    for images in (dataset.train_images, dataset.test_images):
        assert np.abs(images[0].astype(int) - smooth).max() <= 2


def test_sizes_that_differ_need_an_image_size(tmp_path):
    write(tmp_path / "a.png", COLOURS[0])
    write(tmp_path / "b.png", COLOURS[1][:, :4])
    with pytest.raises(ValueError, match=r"b.png is 4x4 but .*a.png is 4x6: give an image_size"):
        image_folder(tmp_path)
    dataset = image_folder(tmp_path, image_size=4)
    expected = {COLOURS[0][:, 1:5].tobytes(), COLOURS[1][:, :4].tobytes()}
    assert rows(dataset.train_images) | rows(dataset.test_images) == expected


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "content is not of"), (b"no image", "content is not of"), (None, "truncated")],
)
def test_an_unreadable_image_is_named(tmp_path, content, reason):
    for i in range(40):
        write(tmp_path / f"{i:02}.png", COLOURS[0])
    bad = tmp_path / "17.png"
    bad.write_bytes(bad.read_bytes()[:60] if content is None else content)
    with pytest.raises(ValueError, match=rf"17\.png is not a readable image: .*{reason}"):
        image_folder(tmp_path)


def test_layouts_that_are_not_known_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder .*gone"):
        image_folder(tmp_path / "gone")
    with pytest.raises(FileNotFoundError, match="no images .* in "):
        image_folder(tmp_path)
    write(tmp_path / "set" / "class" / "a.png", COLOURS[0])
    with pytest.raises(FileNotFoundError, match="lie deeper, as .*a.png: give the folder"):
        image_folder(tmp_path)
    write(tmp_path / "set" / "b.png", COLOURS[0])
    with pytest.raises(ValueError, match=r"holds images \(b.png.* folders of images \(class"):
        image_folder(tmp_path / "set")


@pytest.mark.parametrize(("of_classes", "flat"), [("train", "test"), ("test", "train")])
def test_both_parts_have_classes_or_none(tmp_path, of_classes, flat):
    write(tmp_path / of_classes / "cat" / "a.png", COLOURS[0])
    write(tmp_path / flat / "a.png", COLOURS[1])
    message = f"{of_classes} has a folder for each class and .*{flat} has none$"
    with pytest.raises(ValueError, match=message):
        image_folder(tmp_path)


def test_classes_of_the_test_folder_must_be_known(tmp_path):
    write(tmp_path / "train" / "cat" / "a.png", COLOURS[0])
    write(tmp_path / "test" / "dog" / "a.png", COLOURS[0])
    with pytest.raises(ValueError, match=r"classes that .*train lacks: \['dog'\]"):
        image_folder(tmp_path)


def test_one_image_cannot_be_split(tmp_path):
    write(tmp_path / "photos" / "a.png", COLOURS[0])
    with pytest.raises(ValueError, match="^photos has 1 image, at least 2 are needed"):
        image_folder(tmp_path / "photos")


def fill(folder, count, suffix=".png"):
    """Grey images, each of another value over all calls."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        Image.fromarray(COLOURS[i % 12]).save(folder / f"{i:02}{suffix}", quality=90)


def total(dataset):
    return len(dataset.train_images) + len(dataset.test_images)


def test_a_class_may_be_called_train(tmp_path):
    for name in ("bus", "car", "train"):
        fill(tmp_path / name, 10)
    dataset = image_folder(tmp_path)
    assert dataset.class_names == ("bus", "car", "train") and total(dataset) == 30


def test_images_below_the_folder_of_their_class_belong_to_it(tmp_path):
    fill(tmp_path / "cat", 5)
    fill(tmp_path / "dog" / "poodle", 4)
    fill(tmp_path / "dog" / "husky" / "young", 3)
    dataset = image_folder(tmp_path)
    counts = np.bincount(np.concatenate([dataset.train_labels, dataset.test_labels]))
    assert dataset.class_names == ("cat", "dog") and counts.tolist() == [5, 7]


def test_the_suffix_does_not_matter(tmp_path):
    for suffix in (".png", ".JPG", ".tif", ".TIFF", ".jfif", ".bmp", ".webp", ".ppm"):
        fill(tmp_path, 2, suffix)
    (tmp_path / "00.png").rename(tmp_path / "a photograph, größer.jpeg")
    (tmp_path / "01.png").rename(tmp_path / "no suffix")
    (tmp_path / "notes.txt").write_text("P1 starts as an image of text does")
    assert total(image_folder(tmp_path)) == 16


ODD = [".icns", ".dds", ".dib", ".jxl", ".hdr", ".xcf", ".psb", ".tga", ".exr", ".eps", ".jp2"]


def beside_train(root):
    fill(root / "train", 5)
    fill(root, 3)


def beside_split(root):
    for name, count in (("train", 5), ("test", 2), ("val", 3)):
        fill(root / name, count)


def beside_classes(root):
    fill(root / "train" / "cat", 5)
    fill(root / "unlabelled", 4)
    fill(root / "Test" / "cat", 1)


def of_other_kinds(root):
    fill(root, 5)
    for name in ("a.svg", "b.heic", "c.HEIC", "d.dng", "notes.txt"):
        (root / name).write_text("<svg/>")


def of_odd_kinds(root):
    fill(root, 5)
    for suffix in ODD:
        (root / f"a{suffix}").write_bytes(b"odd")
    for name in ("labels.csv", "set.h5", "paper.pdf", "Thumbs.db", "README"):
        (root / name).write_text("no image")


def empty_classes(root):
    fill(root / "cat", 5)
    for name in ("dog", "cow"):
        (root / name).mkdir()


def broken_links(root):
    fill(root, 5)
    (root / "link.png").symlink_to(root / "gone.png")
    os.mkfifo(root / "pipe.png")


def linked_folders(root):
    fill(root / "cat", 5)
    (root / "cat" / "again").symlink_to(root / "cat")


def with_clear_pixels(root):
    for i in range(5):
        alpha = np.full((4, 6, 1), 255 * (i > 1), "uint8")
        Image.fromarray(np.concatenate([COLOURS[i], alpha], -1)).save(root / f"{i}.png")


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (beside_train, "5 images are read, 3 are left out (3 beside the folder train)"),
        (beside_split, "7 images are read, 3 are left out (3 in val, beside train)"),
        (beside_classes, "6 images are read, 4 are left out (4 in unlabelled, beside train)"),
        (
            of_other_kinds,
            "5 images are read, 4 are left out (2 of kind .heic, 1 of kind .svg, 1 of kind .dng)",
        ),
        (
            of_odd_kinds,
            f"5 images are read, {len(ODD)} are left out ("
            + "".join(f"1 of kind {suffix}, " for suffix in sorted(ODD)[:5])
            + f"{len(ODD) - 5} elsewhere)",
        ),
        (empty_classes, "5 images are read, 2 are left out (2 class folders without images)"),
        (broken_links, "5 images are read, 2 are left out (2 broken links or devices)"),
        (linked_folders, "5 images are read, 1 are left out (1 linked folders below a class)"),
        (with_clear_pixels, "5 images are read, the transparency of 2 dropped"),
    ],
)
def test_one_line_says_what_is_left_out_and_why(tmp_path, make, line):
    make(tmp_path)
    with pytest.warns(UserWarning) as caught:
        image_folder(tmp_path)
    assert [str(warning.message) for warning in caught] == [f"{tmp_path}: {line}"]


def test_what_systems_leave_is_no_image_of_a_user(tmp_path, recwarn):
    fill(tmp_path / "cat", 4)
    fill(tmp_path / "__MACOSX" / "cat", 2)
    fill(tmp_path / "@eaDir", 2)
    fill(tmp_path / ".thumbnails", 2)
    (tmp_path / "cat" / "._00.png").write_bytes(b"\0\5\x16\7")
    (tmp_path / "cat" / "Thumbs.db").write_bytes(bytes(64))
    (tmp_path / ".DS_Store").write_bytes(bytes(64))
    dataset = image_folder(tmp_path)
    assert dataset.class_names == ("cat",) and total(dataset) == 4 and not recwarn


def test_images_and_classes_may_be_links(tmp_path):
    fill(tmp_path / "store", 4)
    (tmp_path / "set" / "dog").mkdir(parents=True)
    (tmp_path / "set" / "cat").symlink_to(tmp_path / "store")
    (tmp_path / "set" / "dog" / "a.png").symlink_to(tmp_path / "store" / "00.png")
    dataset = image_folder(tmp_path / "set")
    assert dataset.class_names == ("cat", "dog") and total(dataset) == 5


def test_a_folder_of_what_is_not_read_says_so(tmp_path):
    for name in ("a.heic", "b.heic"):
        (tmp_path / name).write_bytes(b"ftypheic")
    with pytest.raises(FileNotFoundError, match=r"; 2 are left out \(2 of kind .heic\)$"):
        image_folder(tmp_path)


def test_a_folder_of_notes_alone_says_nothing_of_images(tmp_path):
    (tmp_path / "notes.txt").write_text("none")
    with pytest.raises(FileNotFoundError, match="no images .* directly below it$"):
        image_folder(tmp_path)


def test_urls_and_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    fill(tmp_path / "photos", 4)
    assert image_folder("~/photos").name == "photos"
    with pytest.raises(ValueError, match="path must be a path on this machine, got the URL 'gs://"):
        image_folder("gs://bucket/photos")


@pytest.mark.slow
def test_cifar10_jpeg(tmp_path):
    archive = SHARED / "cifar10_jpeg" / "cifar10-jpeg.tar.xz"
    if not archive.exists():
        pytest.skip(f"needs {archive.name}")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    dataset = image_folder(tmp_path / "cifar10-jpeg")
    assert dataset.sample_shape == (32, 32, 3)
    assert np.bincount(dataset.train_labels).tolist() == [5000] * 10
    assert np.bincount(dataset.test_labels).tolist() == [1000] * 10
    assert dataset.class_names[0] == "airplane" and dataset.class_names[9] == "truck"
