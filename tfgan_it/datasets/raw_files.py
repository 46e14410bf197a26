"""Raw files of TensorFlow Datasets (TFDS), read from a folder instead of the network."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import pathlib
import posixpath
import urllib.parse
import zipfile
from collections.abc import Callable
from typing import Any

import tensorflow as tf
import tensorflow_datasets as tfds

from tfgan_it.files import reading

_OPENERS: dict[str, Callable[..., Any]] = {
    ".gz": gzip.open,
    ".tgz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
}

if not hasattr(tfds, "download"):  # Its import logs an error, and raises none.
    raise ImportError(
        "tensorflow-datasets cannot be imported; beside protobuf 5, which TensorFlow 2.18 and 2.19 "
        "need, it works after pip install 'tensorflow-metadata<1.18'."
    )


class RawFiles(tfds.download.DownloadManager):
    """A download manager that returns verified files from one folder and downloads nothing.

    The manager of TFDS tries the network if a file is missing, which takes minutes to fail offline.
    This one fails at once. It names all missing files, or the first damaged one: its size or sha256
    differs from the record of TFDS or, without a record, the checksum that it contains is wrong.

    Args:
        builder: The builder that needs the files.
        folder: Folder of the files, with the names that TFDS uses.
        scratch: Empty folder for extracted files. TFDS names them without their path, so no two
            data sets may share one.
    """

    def __init__(
        self, builder: tfds.core.DatasetBuilder, folder: pathlib.Path, scratch: pathlib.Path
    ):
        super().__init__(
            download_dir=scratch,
            manual_dir=folder,
            manual_dir_instructions=builder.MANUAL_DOWNLOAD_INSTRUCTIONS,
            dataset_name=builder.name,
        )
        self._builder_name = builder.name
        self._folder = folder
        self._records = builder.url_infos or {}

    def download(self, url_or_urls: Any) -> Any:
        """Returns paths of the files at the given URLs, in the same structure."""
        return tf.nest.map_structure(lambda resource: resource.path, self._locate(url_or_urls))

    def download_and_extract(self, url_or_urls: Any) -> Any:
        """Extracts the files at the given URLs, and returns their paths in the same structure."""
        return self.extract(self._locate(url_or_urls))

    def download_kaggle_data(self, competition_or_dataset: str) -> Any:
        """Raises FileNotFoundError, as TFDS has no checksums to verify files of Kaggle."""
        raise FileNotFoundError(
            f"{self._builder_name} needs {competition_or_dataset} from Kaggle, which is not read "
            "from raw files: prepare it with TFDS itself"
        )

    def _locate(self, url_or_urls: Any) -> Any:
        resources = tf.nest.map_structure(self._as_local_resource, url_or_urls)
        flat = tf.nest.flatten(resources)
        if missing := [file.path.name for file in flat if not file.path.is_file()]:
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            raise FileNotFoundError(
                f"{self._folder} lacks {', '.join(missing[:5])}{more}, needed for "
                f"{self._builder_name}"
            )
        for resource in flat:
            self._verify(resource)
        return resources

    def _as_local_resource(self, url: str | tfds.download.Resource) -> tfds.download.Resource:
        resource = tfds.download.Resource(url=url) if isinstance(url, str) else url
        record = self._records.get(resource.url)
        in_url = posixpath.basename(urllib.parse.urlsplit(resource.url).path)
        resource.path = self._folder / ((record and record.filename) or in_url)
        return resource

    def _verify(self, resource: tfds.download.Resource) -> None:
        path = resource.path
        if (record := self._records.get(resource.url)) is None:
            return check_compressed(path)
        size = path.stat().st_size
        if size != int(record.size):
            raise ValueError(f"{path} has {size} bytes, TFDS records {int(record.size)}")
        with path.open("rb") as file:
            checksum = hashlib.file_digest(file, "sha256").hexdigest()
        if checksum != record.checksum:
            raise ValueError(f"{path} has sha256 {checksum}, TFDS records {record.checksum}")


def check_compressed(path: pathlib.Path) -> None:
    """Raises ValueError if a file is compressed (gzip, bzip2, xz, zip) and its checksum is wrong.

    It is for files of which no sha256 is known. Files that are not compressed have no checksum.
    """
    with reading(path, "an undamaged file"):
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                if damaged := archive.testzip():
                    raise ValueError(f"the checksum of {damaged} does not match")
        elif opener := _OPENERS.get(path.suffix.lower()):
            with opener(path) as unpacking:
                while unpacking.read(1 << 20):
                    pass
