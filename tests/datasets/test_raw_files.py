import gzip
import hashlib
import pathlib
import types

import pytest
import tensorflow_datasets as tfds

from tfgan_it.datasets.raw_files import RawFiles

CONTENT = {"train.gz": gzip.compress(b"training pixels"), "test.gz": gzip.compress(b"test pixels")}
URLS = {"train": "https://data.invalid/set/train.gz", "test": "https://data.invalid/set/test.gz"}


def builder(records):
    return types.SimpleNamespace(
        name="pictures", MANUAL_DOWNLOAD_INSTRUCTIONS=None, url_infos=records
    )


def record(content, filename):
    return types.SimpleNamespace(
        size=len(content), checksum=hashlib.sha256(content).hexdigest(), filename=filename
    )


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "raw" / "pictures"
    folder.mkdir(parents=True)
    for name, content in CONTENT.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def manager(folder, tmp_path):
    records = {URLS[part]: record(CONTENT[f"{part}.gz"], f"{part}.gz") for part in URLS}
    return RawFiles(builder(records), folder, tmp_path / "scratch")


def test_files_are_served_in_the_structure_asked_for(manager, folder):
    paths = manager.download({"a": [URLS["test"]], "b": URLS["train"]})
    assert paths == {"a": [folder / "test.gz"], "b": folder / "train.gz"}


def test_archives_are_extracted_to_scratch(manager, tmp_path):
    paths = manager.download_and_extract(URLS)
    assert pathlib.Path(paths["train"]).read_bytes() == b"training pixels"
    assert pathlib.Path(paths["test"]).read_bytes() == b"test pixels"
    assert tmp_path / "scratch" in pathlib.Path(paths["train"]).parents


def test_files_that_no_url_gives_are_in_the_same_folder(folder, tmp_path):
    by_hand = builder({})
    by_hand.MANUAL_DOWNLOAD_INSTRUCTIONS = "sign the licence"
    manager = RawFiles(by_hand, folder, tmp_path / "scratch")
    assert pathlib.Path(manager.manual_dir) == folder


def test_the_way_of_extraction_asked_for_is_kept(manager, folder):
    resource = tfds.download.Resource(
        url=URLS["train"], extract_method=tfds.download.ExtractMethod.NO_EXTRACT
    )
    assert pathlib.Path(manager.download_and_extract(resource)) == folder / "train.gz"


def test_everything_missing_is_named_at_once(manager, folder):
    for name in CONTENT:
        (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=r"lacks test.gz, train.gz, needed for pictures"):
        manager.download_and_extract(URLS)


def test_long_lists_of_missing_files_are_cut(folder, tmp_path):
    manager = RawFiles(builder(None), folder, tmp_path / "scratch")
    with pytest.raises(FileNotFoundError, match="lacks 0, 1, 2, 3, 4 and 7 more, needed"):
        manager.download([f"https://data.invalid/{i}" for i in range(12)])


def test_a_truncated_file_is_named(manager, folder):
    (folder / "test.gz").write_bytes(CONTENT["test.gz"][:-1])
    size = len(CONTENT["test.gz"])
    with pytest.raises(ValueError, match=rf"test.gz has {size - 1} bytes, TFDS records {size}$"):
        manager.download(URLS)


def test_a_file_of_the_right_size_and_wrong_content_is_named(manager, folder):
    (folder / "train.gz").write_bytes(bytes(len(CONTENT["train.gz"])))
    with pytest.raises(ValueError, match=r"train.gz has sha256 \w{64}, TFDS records \w{64}$"):
        manager.download(URLS)


def test_a_file_that_is_not_asked_for_may_be_missing(manager, folder):
    (folder / "test.gz").unlink()
    assert manager.download(URLS["train"]) == folder / "train.gz"


def test_the_record_or_else_the_url_gives_the_name(folder, tmp_path):
    url = "https://data.invalid/download?id=7"
    records = {url: record(CONTENT["train.gz"], "train.gz")}
    manager = RawFiles(builder(records), folder, tmp_path / "scratch")
    assert manager.download(url) == folder / "train.gz"
    assert manager.download("https://data.invalid/x/test.gz?raw=true") == folder / "test.gz"


def test_kaggle_is_refused(manager):
    with pytest.raises(FileNotFoundError, match="owner/set from Kaggle"):
        manager.download_kaggle_data("owner/set")
