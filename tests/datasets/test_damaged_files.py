"""Readers of files of data, on files damaged from fixed seeds and on hostile ones.

Whatever is in a file, its reader returns data or raises one line that names the file; it does not
hang, takes no more memory than is stated, runs nothing and writes nothing.
"""

import bz2
import gzip
import io
import lzma
import tarfile
import warnings

import numpy as np
import pytest
from PIL import Image

from support.damage import damaged_bytes, damaged_zip, memory_limit, nothing_written, outcome
from tfgan_it.datasets import npz, read_wav, save_wav, spoken_digits
from tfgan_it.datasets.image_files import read_image
from tfgan_it.datasets.raw_files import check_compressed

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (6, 4, 4, 3), "uint8")
LABELS = np.arange(6, dtype="uint8") % 3
TONE = np.sin(np.arange(600) * 0.3) / 2
MEBIBYTES = 1024  # An image of the largest size that is read, and its copies.


def saved(write, *args, **options):
    buffer = io.BytesIO()
    write(buffer, *args, **options)
    return buffer.getvalue()


def wav(folder):
    return save_wav(TONE, folder / "tone.wav").read_bytes()


def tar_of(recordings):
    with tarfile.open(fileobj=(buffer := io.BytesIO()), mode="w") as archive:
        for name, data in recordings.items():
            member = tarfile.TarInfo(f"set/recordings/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def recordings(folder):
    return {f"{digit}_ann_{index}.wav": wav(folder) for digit in (0, 1) for index in (0, 5)}


def image(**options):
    modes = {"quantize": lambda x: x.quantize(8), "grey": lambda x: x.convert("L")}
    picture = modes.get(options.pop("mode", ""), lambda x: x)(Image.fromarray(IMAGES[0]))
    return saved(picture.save, **options)


FORMATS = {
    "png": image(format="PNG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0"),
    "palette.png": image(format="PNG", mode="quantize", transparency=1),
    "jpg": image(format="JPEG"),
    "progressive.jpg": image(format="JPEG", progressive=True),
    "gif": image(format="GIF", save_all=True, append_images=[Image.fromarray(IMAGES[1])]),
    "bmp": image(format="BMP"),
    "palette.bmp": image(format="BMP", mode="quantize"),
    "webp": image(format="WEBP"),
    "lossless.webp": image(format="WEBP", lossless=True),
    "tif": image(format="TIFF"),
    "deflate.tif": image(format="TIFF", compression="tiff_adobe_deflate"),
    "ppm": image(format="PPM"),
    "pgm": image(format="PPM", mode="grey"),
    "avif": image(format="AVIF"),
}
ARCHIVES = {
    "stored": saved(np.savez, images=IMAGES, labels=LABELS),
    "deflated": saved(np.savez_compressed, x_train=IMAGES, x_test=IMAGES[:2], y_train=LABELS),
}
COMPRESSED = {
    "idx.gz": gzip.compress(IMAGES.tobytes(), mtime=0),
    "bin.bz2": bz2.compress(IMAGES.tobytes()),
    "bin.xz": lzma.compress(IMAGES.tobytes()),
    "set.zip": ARCHIVES["deflated"],
}


def fuzz(path, read, damaged, seeds, accepted=lambda result: None):
    """Reads the damaged content of each seed from the path; returns how many were refused."""
    refused = 0
    before = path.parent / "untouched"
    before.write_text("stays")

    def check(path):
        accepted(read(path))

    with memory_limit(MEBIBYTES), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in seeds:
            path.write_bytes(damaged(seed))
            with nothing_written(path.parent):
                refused += outcome(check, path) is not None
    return refused


# Each case runs from few seeds always, and from many as a slow test.
SEEDS = [
    pytest.param(range(20), id="20"),
    pytest.param(range(20, 320), id="300", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("kind", FORMATS)
def test_images(tmp_path, kind, seeds):
    def accepted(result):
        assert result.pixels.dtype == np.uint8 and result.pixels.ndim == 3

    path, content = tmp_path / f"image.{kind}", FORMATS[kind]
    refused = fuzz(path, read_image, lambda seed: damaged_bytes(content, seed), seeds, accepted)
    assert refused > len(seeds) // 10


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("damage", [damaged_bytes, damaged_zip])
@pytest.mark.parametrize("kind", ARCHIVES)
def test_npz_archives(tmp_path, kind, damage, seeds):
    content, rows = ARCHIVES[kind], {image.tobytes() for image in IMAGES}

    def accepted(dataset):
        if damage is damaged_bytes:  # Checksums notice pixels that have changed.
            assert {image.tobytes() for image in dataset.train_images} <= rows

    refused = fuzz(tmp_path / "set.npz", npz, lambda seed: damage(content, seed), seeds, accepted)
    assert refused > len(seeds) // 4


@pytest.mark.parametrize("seeds", SEEDS)
def test_sounds(tmp_path, seeds):
    content = wav(tmp_path)
    path = tmp_path / "sound.wav"
    assert fuzz(path, read_wav, lambda seed: damaged_bytes(content, seed), seeds) > len(seeds) // 4


@pytest.mark.parametrize("seeds", SEEDS)
def test_archives_of_sounds_are_refused_or_hold_the_sounds(tmp_path, seeds):
    content = gzip.compress(tar_of(recordings(tmp_path)), mtime=0)
    folder = tmp_path / "spoken_digit"
    folder.mkdir()
    path = folder / "digits.tar.gz"
    path.write_bytes(content)
    whole = spoken_digits(tmp_path)

    def accepted(data):
        np.testing.assert_array_equal(data.train_images, whole.train_images)
        np.testing.assert_array_equal(data.test_images, whole.test_images)

    def read(_):
        return spoken_digits(tmp_path)

    refused = fuzz(path, read, lambda seed: damaged_bytes(content, seed), seeds, accepted)
    assert refused > len(seeds) // 2


@pytest.mark.parametrize("seeds", SEEDS)
def test_archives_of_sounds_packed_again(tmp_path, seeds):
    content = tar_of(recordings(tmp_path))
    (tmp_path / "spoken_digit").mkdir()

    def damaged(seed):
        return gzip.compress(damaged_bytes(content, seed), mtime=0)

    path = tmp_path / "spoken_digit" / "digits.tar.gz"
    refused = fuzz(path, lambda _: spoken_digits(tmp_path), damaged, seeds)
    assert refused > len(seeds) // 10


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("kind", COMPRESSED)
def test_compressed_files_without_a_record(tmp_path, kind, seeds):
    content = COMPRESSED[kind]
    path = tmp_path / kind
    path.write_bytes(content)
    check_compressed(path)
    damaged = damaged_zip if kind == "set.zip" else damaged_bytes
    refused = fuzz(path, check_compressed, lambda seed: damaged(content, seed), seeds)
    assert refused > len(seeds) // 8  # A zip that is packed again is whole.
