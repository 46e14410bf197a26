"""Files in tar archives, compressed or not, read without trusting what the archive claims."""

from __future__ import annotations

import gzip
import hashlib
import io
import pathlib
import re
import tarfile
from collections.abc import Mapping

_GZIP = b"\x1f\x8b"


def unpacked(
    archive: pathlib.Path, max_bytes: int, sha256: Mapping[str, str] | None = None
) -> bytes:
    """Returns the tar in a `.tar`, `.tar.gz` or `.tgz`, after the checksum at its end.

    Args:
        archive: Path of the archive.
        max_bytes: Largest size of the tar.
        sha256: Published digests by file name; archives of other names are compared by gzip's
            checksum alone.

    Raises:
        ValueError: If the archive differs from the published one, or unpacks to more.
        OSError: If it is damaged.
    """
    with archive.open("rb") as file:
        recorded = (sha256 or {}).get(archive.name)
        if recorded and (actual := hashlib.file_digest(file, "sha256").hexdigest()) != recorded:
            raise ValueError(f"its sha256 is {actual}, the published file has {recorded}")
        file.seek(0)
        compressed = file.read(len(_GZIP)) == _GZIP
    with gzip.open(archive) if compressed else archive.open("rb") as unpacking:
        tar = unpacking.read(max_bytes + 1)
    if len(tar) > max_bytes:
        raise ValueError(f"it unpacks to more than {max_bytes >> 20} MiB")
    return tar


def matching_files(tar: bytes, pattern: re.Pattern[str]) -> dict[str, tuple[re.Match, bytes]]:
    """Reads the files whose names match, in the order of the archive: match and content by name.

    Raises:
        ValueError: If one of them is not a file, or the archive is damaged.
    """
    found = {}
    with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as files:
        for member in files:
            if member.size < 0:  # It would lead back to a member before.
                raise ValueError(f"{member.name} claims {member.size} bytes")
            if match := pattern.search(member.name):
                whole = member.isreg() and not member.issparse()
                file = files.extractfile(member) if whole else None
                if file is None:
                    raise ValueError(f"{member.name} is a link, a folder or a device, not a file")
                found[member.name] = match, file.read()
        if tar[files.offset :].strip(b"\0"):  # A damaged header ends the reading without an error.
            raise ValueError(f"its member at byte {files.offset} is damaged")
    return found
