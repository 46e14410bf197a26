"""Files of data that were made to do harm: each is refused in one line that names it."""

import gzip
import io
import os
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import pytest

from support.damage import memory_limit, nothing_written, outcome
from tfgan_it.datasets import load, npz, read_wav, save_wav, spoken_digits
from tfgan_it.datasets.image_files import read_image
from tfgan_it.datasets.raw_files import check_compressed

PIXELS = bytes(40 * 8 * 8)
TONE = np.sin(np.arange(600) * 0.3) / 2


class Harmful:
    """What a pickle may hold."""

    def __reduce__(self):
        return os.mkdir, ("harm",)


def header(shape="(40, 8, 8, 1)", dtype="'|u1'", version=1, text=None):
    """The start of a `.npy` file."""
    text = text or f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}"
    text = text.encode() + b" " * (53 - len(text) % 64) + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text


def zipped(content, method=zipfile.ZIP_STORED, name="images.npy", attributes=0):
    info = zipfile.ZipInfo(name)
    info.compress_type, info.external_attr = method, attributes
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as archive:
        archive.writestr(info, content)
    return bytearray(buffer.getvalue())


def encrypted():
    data = zipped(header() + PIXELS)
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    return data


def of_method(number):
    data = zipped(header() + PIXELS)
    data[8] = data[data.find(b"PK\x01\x02") + 10] = number
    return data


def scrambled():
    data = zipped(header() + PIXELS, zipfile.ZIP_LZMA)
    for i in range(60, 100):
        data[i] ^= 0x5A
    return data


def changed_pixel():
    data = zipped(header() + PIXELS)
    data[data.find(b"PK\x01\x02") - 9] ^= 1
    return data


def claiming(size):
    """A zip whose directory agrees with the header of its array about a size that is not there."""
    data = zipped(header(f"({size},)"))
    at = data.find(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", (size + len(header(f"({size},)"))) % 2**32)
    return data


NPZ = {
    "a header that is not a literal": (
        zipped(header(text="{'descr': __import__('os').mkdir('harm'),")),
        "",
    ),
    "a header of brackets": (zipped(header(text="(" * 9000)), ""),
    "a header without a shape": (zipped(header(text="{'descr': '|u1'}") + PIXELS), ""),
    "a header of another dtype": (zipped(header(dtype="'what'") + PIXELS), ""),
    "a negative shape": (zipped(header("(-40, -8, 8, 1)") + PIXELS), ""),
    "9 TiB": (zipped(header("(1000000000, 100, 100, 1)") + bytes(9)), "claims 10000000000000"),
    "3 GiB that the directory confirms": (claiming(3 * 2**30), ""),
    "more than 64 bits": (zipped(header(f"({2**70},)")), "claims"),
    "endless nothing": (zipped(header(f"({2**62},)", dtype="'|V0'")), ""),
    "less than there is": (zipped(header("(4, 8, 8, 1)") + PIXELS), "claims 256 bytes"),
    "objects": (zipped(header("(1,)", "'|O'") + pickle.dumps(Harmful())), "never loaded"),
    "a pickle": (zipped(pickle.dumps(Harmful())), "magic"),
    "a version to come": (zipped(header(version=3) + PIXELS), "version"),
    "encrypted": (encrypted(), "encrypted"),
    "deflate64": (of_method(9), "compression"),
    "AES": (of_method(99), "compression"),
    "damaged LZMA": (scrambled(), ""),
    "another pixel": (changed_pixel(), "CRC"),
    "a symbolic link": (zipped(b"/etc/passwd", attributes=0o120777 << 16), "magic"),
    "no magic": (zipped(b"garbage"), "magic"),
    "a folder": (zipped(b"", name="images.npy/"), "holds no arrays"),
    "a name of many lines": (zipped(header() + PIXELS, name="a\nb" * 999 + ".npy"), ""),
    "empty": (b"", "not a zip"),
}


@pytest.mark.parametrize("kind", NPZ)
def test_npz_archives(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    content, reason = NPZ[kind]
    path = tmp_path / "set.npz"
    path.write_bytes(content)
    with memory_limit(200), nothing_written(tmp_path):
        line = outcome(npz, path)
    assert line is not None and reason in line


def test_arrays_that_need_half_of_the_memory_are_refused_before_they_are_read(tmp_path):
    huge = 2**50
    content = zipped(header(f"({huge},)"))
    # The sizes of the member are those of ZIP64, in which a terabyte has a place.
    extra = struct.pack("<HHQ", 1, 8, huge + len(header(f"({huge},)")))
    at = content.find(b"PK\x01\x02")
    content[at + 24 : at + 28] = b"\xff" * 4
    content[at + 30 : at + 32] = struct.pack("<H", len(extra))
    name_end = at + 46 + len("images.npy")
    content[name_end:name_end] = extra
    end = content.find(b"PK\x05\x06")
    content[end + 12 : end + 16] = struct.pack("<I", end - at)
    path = tmp_path / "set.npz"
    path.write_bytes(content)
    line = outcome(npz, path)
    assert line is not None and "GiB of memory, more than half of" in line


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_not_read(tmp_path, make):
    make(tmp_path / "set.npz")
    with pytest.raises(FileNotFoundError, match=r"no (archive|images) .*set\.npz"):
        load(tmp_path / "set.npz") if (tmp_path / "set.npz").is_dir() else npz(tmp_path / "set.npz")


def member(name="0_ann_0.wav", size=None, data=b"", **attributes):
    info = tarfile.TarInfo(f"set/recordings/{name}")
    info.size = len(data) if size is None else size
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512)


def sparse(size):
    """A member that is a hole of this size."""
    data = bytearray(member(type=tarfile.GNUTYPE_SPARSE))
    data[483:495] = b"%011o " % size if size < 8**11 else b"\x80" + size.to_bytes(11, "big")
    data[148:156] = b"%06o\0 " % sum(data[:148] + b" " * 8 + data[156:512])
    return bytes(data)


END = bytes(1024)
TARS = {
    "a symbolic link": (member(type=tarfile.SYMTYPE, linkname="/etc/passwd") + END, "is a link"),
    "a hard link": (member(type=tarfile.LNKTYPE, linkname="/etc/passwd") + END, ""),
    "a link to itself": (member(type=tarfile.SYMTYPE, linkname="0_ann_0.wav") + END, ""),
    "a folder": (member(type=tarfile.DIRTYPE) + END, "is a link"),
    "a pipe": (member(type=tarfile.FIFOTYPE) + END, "is a link"),
    "a device": (member(type=tarfile.CHRTYPE, devmajor=1, devminor=5) + END, "is a link"),
    "a hole of 1 TiB": (sparse(2**40) + END, "is a link"),
    "1 TiB": (member(size=2**40) + END, ""),
    "a negative size": (member(size=-512, data=bytes(512)) + END, ""),
    "less than nothing elsewhere": (member("x", size=-512) + END, ""),
    "a name above the folder": (member("../../recordings/0_ann_0.wav", data=b"RIFF") + END, "WAV"),
    "a damaged header": (member("a") + b"\1" * 512 + END, "member at byte 512 is damaged"),
    "1,500 long names": (member("n", type=tarfile.GNUTYPE_LONGNAME) * 1500 + END, ""),
    "nothing": (END, "holds no recordings"),
    "no tar": (b"no tar", ""),
}


@pytest.mark.parametrize("kind", TARS)
def test_archives_of_sounds(tmp_path, monkeypatch, kind):
    content, reason = TARS[kind]
    (tmp_path / "spoken_digit").mkdir()
    monkeypatch.chdir(tmp_path / "spoken_digit")
    path = tmp_path / "spoken_digit" / "digits.tar.gz"
    path.write_bytes(gzip.compress(content))
    with memory_limit(200), nothing_written(tmp_path):
        line = outcome(lambda _: spoken_digits(tmp_path), path)
    assert line is not None and reason in line


@pytest.mark.slow
def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path):
    (tmp_path / "spoken_digit").mkdir()
    path = tmp_path / "spoken_digit" / "digits.tar.gz"
    path.write_bytes(gzip.compress(bytes(2**20)) * 300)
    with memory_limit(700):
        line = outcome(lambda _: spoken_digits(tmp_path), path)
    assert line is not None and line.endswith("it unpacks to more than 256 MiB")


def test_an_archive_of_the_published_name_is_the_published_one(tmp_path):
    (tmp_path / "spoken_digit").mkdir()
    path = tmp_path / "spoken_digit" / "free-spoken-digit-dataset-1.0.9.tar.gz"
    path.write_bytes(gzip.compress(END))
    line = outcome(lambda _: spoken_digits(tmp_path), path)
    assert line is not None and "its sha256 is " in line and "published file has 8bc44cde" in line


def sound(**fields):
    """A WAV whose header claims the fields."""
    claimed = {"riff": 236, "format": 1, "channels": 1, "bits": 16, "data": 200} | fields
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI200x",
        *(b"RIFF", claimed["riff"], b"WAVE", b"fmt ", 16, claimed["format"], claimed["channels"]),
        *(8000, 16_000, 2, claimed["bits"], b"data", claimed["data"]),
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"data": 2**32 - 2},
        {"data": 2**31},
        {"data": 202},
        {"riff": 2**32 - 1, "data": 2**32 - 2},
        {"channels": 0},
        {"channels": 65535},
        {"bits": 0},
        {"bits": 24},
        {"bits": 65535},
        {"format": 3},
        {"format": 65534},
    ],
)
def test_sounds_whose_header_is_wrong(tmp_path, fields):
    path = tmp_path / "sound.wav"
    path.write_bytes(sound())
    assert len(read_wav(path)[0]) == 100
    path.write_bytes(sound(**fields))
    with memory_limit(200):
        assert outcome(read_wav, path) is not None


def test_silence_in_an_archive_is_named(tmp_path):
    (tmp_path / "spoken_digit").mkdir()
    path = tmp_path / "spoken_digit" / "digits.tar.gz"
    silent = save_wav(0 * TONE, tmp_path / "silent.wav").read_bytes()
    path.write_bytes(gzip.compress(member(data=silent) + END))
    line = outcome(lambda _: spoken_digits(tmp_path), path)
    assert line is not None and "0_ann_0.wav" in line and "silent" in line


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ""])
def test_a_file_of_many_holes_is_not_read_whole(tmp_path, suffix):
    path = tmp_path / f"image{suffix}"
    with path.open("wb") as file:
        file.write(b"RIFF\xff\xff\xff\xffWEBPVP8L")
        file.truncate(2**40)
    with memory_limit(200):
        line = outcome(read_image, path)
    assert line is not None and "at most 1073741824 are read" in line


def test_pipes_are_not_waited_for(tmp_path):
    (tmp_path / "spoken_digit").mkdir()
    os.mkfifo(tmp_path / "spoken_digit" / "digits.tar.gz")
    with pytest.raises(FileNotFoundError, match="no archive"):
        spoken_digits(tmp_path)
    os.mkfifo(tmp_path / "sound.wav")
    with pytest.raises(FileNotFoundError, match=r"no file .*sound\.wav"):
        read_wav(tmp_path / "sound.wav")


def test_names_of_many_lines_are_one(tmp_path):
    (tmp_path / "a\nb").mkdir()
    (tmp_path / "a\nb" / "0\n\x1b[31m.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match="content is not of") as error:
        load(tmp_path / "a\nb")
    assert str(error.value).isprintable()


@pytest.mark.parametrize("name", ["set.zip", "set.idx.gz", "set.tgz", "set.tar.bz2", "set.bin.xz"])
def test_compressed_files_that_are_none(tmp_path, name):
    (tmp_path / name).write_bytes(b"not compressed")
    assert outcome(check_compressed, tmp_path / name) is not None
