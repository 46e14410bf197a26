"""Files in tar archives."""

import gzip
import hashlib
import io
import re
import tarfile

import pytest

from tfgan_it.datasets.tar_files import matching_files, unpacked

ALL = re.compile(r"(\w+)\.txt$")


def tar_of(**files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/{name}.txt")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def test_compressed_or_not(tmp_path):
    tar = tar_of(a=b"one", b=b"two")
    plain, packed = tmp_path / "x.tar", tmp_path / "x.tgz"
    plain.write_bytes(tar)
    packed.write_bytes(gzip.compress(tar))
    for path in (plain, packed):
        files = matching_files(unpacked(path, 2**20), ALL)
        assert {match[1]: content for match, content in files.values()} == {
            "a": b"one",
            "b": b"two",
        }


def test_limits_and_digests(tmp_path):
    path = tmp_path / "x.tar"
    path.write_bytes(tar_of(a=bytes(2**21)))
    with pytest.raises(ValueError, match="unpacks to more than 1 MiB"):
        unpacked(path, 2**20)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert unpacked(path, 2**22, {"x.tar": digest}) == path.read_bytes()
    with pytest.raises(ValueError, match=f"its sha256 is {digest}, the published file has 0"):
        unpacked(path, 2**22, {"x.tar": "0" * 64})


def test_damage_and_links_are_refused(tmp_path):
    tar = bytearray(tar_of(a=b"one", b=b"two"))
    tar[1024 + 20] ^= 1
    with pytest.raises(ValueError, match="its member at byte 1024 is damaged"):
        matching_files(bytes(tar), ALL)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("a.txt")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    with pytest.raises(ValueError, match=r"a\.txt is a link, a folder or a device, not a file"):
        matching_files(buffer.getvalue(), ALL)
