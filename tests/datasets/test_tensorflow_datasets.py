import gzip
import hashlib
import pathlib
import socket

import numpy as np
import pytest
import tensorflow_datasets as tfds
from tensorflow_datasets.core.download.checksums import UrlInfo

from tfgan_it.datasets.fingerprint import fingerprint
from tfgan_it.datasets.tensorflow_datasets import builder_names, from_tfds

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"
IMAGES = np.random.default_rng(0).integers(0, 256, (30, 4, 6, 1), "uint8")
RAW = gzip.compress(IMAGES.tobytes(), mtime=0)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


class TinyPictures(tfds.core.GeneratorBasedBuilder):
    """30 images from one raw file; each config arranges them in another way."""

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS = [
        tfds.core.BuilderConfig(name=name)
        for name in ("plain", "validated", "whole", "withheld", "varied", "binary", "untrained")
    ]
    url_infos = {
        "https://data.invalid/pixels.gz": UrlInfo(
            len(RAW), hashlib.sha256(RAW).hexdigest(), "pixels.gz"
        )
    }

    def _info(self):
        shape = (None, None, 1) if self.builder_config.name == "varied" else (4, 6, 1)
        features = {
            "image": tfds.features.Image(shape=shape),
            "mask": tfds.features.Image(shape=(2, 2, 1)),
            "label": tfds.features.ClassLabel(names=["ant", "bee", "cat"]),
        }
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager):
        path = dl_manager.download_and_extract("https://data.invalid/pixels.gz")
        images = np.frombuffer(pathlib.Path(path).read_bytes(), "uint8").reshape(IMAGES.shape)
        name = self.builder_config.name
        if name == "whole":
            return {"train": self._generate_examples(images)}
        if name == "binary":
            images = images // 128
        rest = "validation" if name == "validated" else "test"
        first = "extra" if name == "untrained" else "train"
        return {
            first: self._generate_examples(images[:20]),
            rest: self._generate_examples(images[20:], withheld=name == "withheld"),
        }

    def _generate_examples(self, images, withheld=False):
        for i, image in enumerate(images):
            if self.builder_config.name == "varied":
                image = image[:, : 4 + i % 2]
            label = -1 if withheld else int(image[0, 0, 0]) % 3
            yield i, {"image": image, "mask": image[:2, :2], "label": label}


class TwinPictures(TinyPictures):
    """Another set whose raw file has the same name."""

    TWIN_RAW = gzip.compress((255 - IMAGES).tobytes(), mtime=0)
    url_infos = {
        "https://data.invalid/pixels.gz": UrlInfo(
            len(TWIN_RAW), hashlib.sha256(TWIN_RAW).hexdigest(), "pixels.gz"
        )
    }


@pytest.fixture
def folders(tmp_path):
    for name, raw in [("tiny_pictures", RAW), ("twin_pictures", TwinPictures.TWIN_RAW)]:
        path = tmp_path / "raw" / name / "pixels.gz"
        path.parent.mkdir(parents=True)
        path.write_bytes(raw)
    return {"files_dir": tmp_path / "raw", "data_dir": tmp_path / "prepared"}


def rows(images):
    return sorted(image.tobytes() for image in images)


@pytest.mark.parametrize("config", ["plain", "whole", "withheld", "binary", "varied"])
def test_images_that_stay_on_disk_are_those_in_memory(folders, tmp_path, config):
    name, size = f"tiny_pictures/{config}", 4 if config == "varied" else None
    held = from_tfds(name, image_size=size, **folders)
    for _ in range(2):  # Written, and then found.
        kept = from_tfds(name, image_size=size, cache_dir=tmp_path / "cache", **folders)
        assert fingerprint(kept) == fingerprint(held)
        assert (kept.name, kept.class_names) == (held.name, held.class_names)
        assert isinstance(kept.train_images, np.memmap)


@pytest.mark.parametrize("config", ["plain", "validated"])
def test_splits_and_labels(folders, config):
    dataset = from_tfds(f"tiny_pictures/{config}", **folders)
    assert dataset.name == f"tiny_pictures/{config}"
    assert dataset.class_names == ("ant", "bee", "cat")
    assert rows(dataset.train_images) == rows(IMAGES[:20])
    assert rows(dataset.test_images) == rows(IMAGES[20:])
    np.testing.assert_array_equal(dataset.train_images[:, 0, 0, 0] % 3, dataset.train_labels)
    np.testing.assert_array_equal(dataset.test_images[:, 0, 0, 0] % 3, dataset.test_labels)


def test_without_a_test_split_a_fixed_tenth_is_held_out(folders):
    dataset = from_tfds("tiny_pictures/whole", **folders)
    assert (len(dataset.train_images), len(dataset.test_images)) == (27, 3)
    assert rows([*dataset.train_images, *dataset.test_images]) == rows(IMAGES)


def test_withheld_labels_are_none(folders):
    dataset = from_tfds("tiny_pictures/withheld", **folders)
    assert dataset.test_labels is None
    assert dataset.train_labels is not None


def test_binary_images_are_black_and_white(folders):
    dataset = from_tfds("tiny_pictures/binary", **folders)
    assert rows(dataset.train_images) == rows(np.where(IMAGES[:20] < 128, 0, 255).astype("uint8"))


def test_images_of_several_sizes_need_an_image_size(folders):
    with pytest.raises(ValueError, match="tiny_pictures/varied differ in size: give an image_size"):
        from_tfds("tiny_pictures/varied", **folders)
    dataset = from_tfds("tiny_pictures/varied", image_size=4, **folders)
    assert rows(dataset.train_images) == rows(IMAGES[:20, :, :4])


def test_twin_file_names_do_not_mix_data_sets(folders):
    tiny = from_tfds("tiny_pictures", **folders)
    twin = from_tfds("twin_pictures", **folders)
    assert rows(twin.train_images) == rows(255 - tiny.train_images)


def test_second_load_is_the_same_and_needs_no_raw_files(folders):
    first = from_tfds("tiny_pictures", **folders)
    again = from_tfds("tiny_pictures", data_dir=folders["data_dir"])
    np.testing.assert_array_equal(first.train_images, again.train_images)
    np.testing.assert_array_equal(first.test_labels, again.test_labels)
    assert again.class_names == first.class_names


def test_a_damaged_archive_of_an_earlier_load_is_named(folders):
    from_tfds("tiny_pictures", **folders)
    (archive,) = folders["data_dir"].rglob("images.npz")
    archive.write_bytes(archive.read_bytes()[:100])
    with pytest.raises(ValueError, match=f"{archive} is not a readable .npz archive: "):
        from_tfds("tiny_pictures", **folders)


def test_damaged_prepared_files_are_refused_in_one_line(folders):
    from_tfds("tiny_pictures", **folders)
    (archive,) = folders["data_dir"].rglob("images.npz")
    archive.unlink()
    for pattern, reader in (("dataset_info.json", "by TFDS"), ("*-train.tfrecord*", "of TFDS")):
        (path,) = folders["data_dir"].rglob(pattern)
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ValueError, match=f"^{folders['data_dir']}.* {reader}: ") as error:
            from_tfds("tiny_pictures", **folders)
        assert "\n" not in str(error.value)
        path.write_bytes(whole)


def test_data_that_cannot_be_written_beside_are_read_again(folders, monkeypatch):
    def refuse(*_):
        raise PermissionError("read-only")

    monkeypatch.setattr("tfgan_it.datasets.tensorflow_datasets.write_npz", refuse)
    for _ in range(2):
        dataset = from_tfds("tiny_pictures", **folders)
        assert rows(dataset.train_images) == rows(IMAGES[:20])


def test_each_image_size_is_kept_apart(folders):
    for size in (None, 2, (3, 2), None):
        dataset = from_tfds("tiny_pictures", image_size=size, **folders)
        assert dataset.sample_shape[:2] == {None: (4, 6), 2: (2, 2)}.get(size, size)


def test_preparation_leaves_no_scratch(folders):
    from_tfds("tiny_pictures", **folders)
    assert [path.name for path in folders["data_dir"].iterdir()] == ["tiny_pictures"]


def test_a_failed_preparation_can_be_repeated(folders):
    raw = folders["files_dir"] / "tiny_pictures" / "pixels.gz"
    raw.rename(raw.with_name("elsewhere.gz"))
    with pytest.raises(FileNotFoundError, match="lacks pixels.gz"):
        from_tfds("tiny_pictures", **folders)
    raw.with_name("elsewhere.gz").rename(raw)
    assert len(from_tfds("tiny_pictures", **folders).train_images) == 20


def test_a_set_without_a_training_part_is_refused(folders):
    with pytest.raises(ValueError, match="has no split train, only extra, test"):
        from_tfds("tiny_pictures/untrained", **folders)


def test_a_missing_package_is_named(folders, monkeypatch):
    def prepare(*_, **__):
        raise ModuleNotFoundError("No module named 'pydub'", name="pydub")

    monkeypatch.setattr(TinyPictures, "_split_generators", prepare)
    with pytest.raises(ImportError, match="needs the package pydub to prepare tiny_pictures"):
        from_tfds("tiny_pictures", **folders)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mnits", "cannot build 'mnits'; .* mnist"),
        ("emnist/leters", "cannot build 'emnist/leters'; .* emnist/letters"),
        ("mnist:9.9.9", "cannot build 'mnist:9.9.9'; .* mnist"),
        ("huggingface:mnist", "cannot build 'huggingface:mnist'"),
        ("glue", "glue has no single uint8 image feature, its features are sentence, label, idx"),
    ],
)
def test_what_tfds_cannot_give_is_refused_in_one_line(tmp_path, name, message):
    with pytest.raises(ValueError, match=message) as error:
        from_tfds(name, files_dir=tmp_path, data_dir=tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_files_of_real_sets_that_are_missing_or_corrupt_are_named(tmp_path, name):
    with pytest.raises(FileNotFoundError, match=f"no folder .*{name}, where raw files"):
        from_tfds(name, files_dir=tmp_path, data_dir=tmp_path / "prepared")
    (tmp_path / name).mkdir()
    with pytest.raises(FileNotFoundError, match=r"lacks .*\.gz, needed for " + name):
        from_tfds(name, files_dir=tmp_path, data_dir=tmp_path / "prepared")
    records = tfds.builder_cls(name).url_infos.values()
    for info in records:
        with (tmp_path / name / info.filename).open("wb") as file:
            file.truncate(int(info.size))  # zeros, of the right size
    with pytest.raises(ValueError, match=r"\.gz has sha256 \w+, TFDS records \w+"):
        from_tfds(name, files_dir=tmp_path, data_dir=tmp_path / "prepared")


def test_builder_names_are_those_of_tfds():
    assert {"mnist", "fashion_mnist", "cifar10", "tiny_pictures"} <= set(builder_names())


@pytest.fixture(scope="session")
def mnists(tmp_path_factory):
    for name in ("mnist", "fashion_mnist"):
        if not (SHARED / name).is_dir():
            pytest.skip(f"needs the raw files of {name}")
    data_dir = tmp_path_factory.mktemp("prepared")
    names = ("mnist", "fashion_mnist")
    return data_dir, {n: from_tfds(n, files_dir=SHARED, data_dir=data_dir) for n in names}


def raw_images(name, part):
    content = gzip.decompress((SHARED / name / f"{part}-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(content, "uint8", offset=16).reshape(-1, 28 * 28)


@pytest.mark.slow
def test_mnist_and_fashion_mnist_are_themselves(mnists):
    _, datasets = mnists
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(datasets["mnist"].train_labels).tolist() == counts
    assert np.bincount(datasets["fashion_mnist"].train_labels).tolist() == [6000] * 10
    assert np.bincount(datasets["fashion_mnist"].test_labels).tolist() == [1000] * 10
    assert datasets["fashion_mnist"].class_names[9] == "Ankle boot"
    for name, dataset in datasets.items():
        assert dataset.sample_shape == (28, 28, 1)
        assert rows(dataset.test_images) == rows(raw_images(name, "t10k"))
        assert rows(dataset.train_images) == rows(raw_images(name, "train"))


@pytest.mark.slow
def test_mnist_needs_no_raw_files_once_prepared(mnists):
    data_dir, _ = mnists
    assert len(from_tfds("mnist", data_dir=data_dir).train_images) == 60_000
