"""Files damaged in every way, from fixed seeds, and what a reader may make of them."""

import contextlib
import io
import json
import os
import pathlib
import random
import signal
import warnings
import zipfile

from trainers.benchmarks.memory import peak_mebibytes, resident_mebibytes

_EXTREMES = [0, 1, 2**7, 2**8 - 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1]
_TEXTS = ("", "\0", "../../x", "/etc/passwd", "é" * 99, "x" * 9999, "1e999", "__class__", "\n{}\n")
_VALUES = [None, True, 0, -1, 2**70, 1e308, float("nan"), float("inf"), [], {}, [[]], *_TEXTS]


def damaged_bytes(content, seed):
    """The content with one to four random faults: bits, numbers, pieces, its end."""
    r = random.Random(seed)
    data = bytearray(content)
    for _ in range(r.choice([1, 1, 1, 2, 4])):
        # Half of all faults hit the first or last 64 bytes, where headers and tables are.
        near = r.random() < 0.5
        at = r.choice([r.randrange(64), -1 - r.randrange(64)]) if near else r.randrange(1 << 40)
        at %= len(data) + 1
        length = r.choice([1, 2, 4, 8, 32, 1024])
        kind = r.randrange(9)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << r.randrange(8)
        elif kind == 1:
            data[at : at + 1] = bytes([r.randrange(256)])
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            del data[at : at + length]
        elif kind == 4:
            data[at:at] = r.randbytes(length)
        elif kind == 5:
            data[at:at] = data[at : at + length]
        elif kind == 6:
            data[at : at + length] = bytes([r.choice([0, 255])]) * length
        elif kind == 7:
            data[at : at + length] = r.randbytes(length)
        else:
            width, order = r.choice([1, 2, 4, 8]), r.choice(["little", "big"])
            number = r.choice(_EXTREMES) % 256**width
            data[at : at + width] = number.to_bytes(width, order)
    return bytes(data)


def damaged_value(value, seed):
    """A JSON value with one node replaced, removed, renamed, doubled or buried."""
    r = random.Random(seed)
    value = json.loads(json.dumps(value))
    nodes = []

    def visit(parent):
        keys = parent if isinstance(parent, dict) else range(len(parent))
        for key in list(keys):
            nodes.append((parent, key))
            if isinstance(parent[key], dict | list):
                visit(parent[key])

    if isinstance(value, dict | list):
        visit(value)
    if not nodes or r.random() < 0.05:
        return r.choice(_VALUES)
    parent, key = r.choice(nodes)
    kind = r.randrange(6)
    if kind == 0:
        del parent[key]
    elif kind == 1 and isinstance(parent, dict):
        parent[r.choice([*_TEXTS, str(key).upper(), f"{key}_"])] = parent.pop(key)
    elif kind == 2:
        other, from_key = r.choice(nodes)
        with contextlib.suppress(KeyError, IndexError):
            parent[key] = json.loads(json.dumps(other[from_key]))
    elif kind == 3:
        for _ in range(r.choice([1, 50])):
            parent[key] = [parent[key]]
    elif kind == 4 and isinstance(parent[key], int | float):
        parent[key] = r.choice([-parent[key], parent[key] * 10**9, str(parent[key]), 0.5])
    else:
        parent[key] = r.choice(_VALUES)
    return value


def damaged_json(text, seed):
    """A JSON text: every other time its bytes are damaged, else its structure. Bytes."""
    if seed % 2:
        return damaged_bytes(text.encode(), seed)
    return json.dumps(damaged_value(json.loads(text), seed)).encode()


def damaged_zip(content, seed, damage=damaged_bytes):
    """A zip: every third time its bytes are damaged, else its members, packed again.

    So the checksums of the zip are right, and the reader of a member meets the damage.

    Args:
        content: Bytes of the zip.
        seed: Seed of the damage.
        damage: Function of the bytes of a member and a seed.
    """
    r = random.Random(f"zip {seed}")
    if seed % 3 == 0:
        return damaged_bytes(content, seed)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    at = r.randrange(len(members))
    name, data = members[at]
    kind = r.randrange(8)
    if kind == 0:
        del members[at]
    elif kind == 1:
        members[at] = (r.choice(["../" + name, "/" + name, name + "/", "x", name.upper()]), data)
    elif kind == 2:
        members.append((name, damage(data, seed)))
    elif kind == 3:
        members[at] = (name, r.choice(members)[1])
    else:
        members[at] = (name, damage(data, seed))
    packed = io.BytesIO()
    method = r.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w", method) as archive:
        warnings.simplefilter("ignore")  # A name may come twice.
        for member, data in members:
            info = zipfile.ZipInfo(member)
            info.compress_type = method
            if r.random() < 0.05:
                info.external_attr = 0o120777 << 16  # A symbolic link.
            archive.writestr(info, data)
    return packed.getvalue()


class ReaderHangs(BaseException):
    """No `Exception`: a reader that catches all of them shall not catch this one."""


def outcome(read, path, *, errors=(ValueError, OSError), seconds=30):
    """Reads a file that may be damaged: `None` if it is accepted, else the line that refuses it.

    Fails if another error is raised, if the line is not one line or does not name the file, or if
    the reader takes longer than `seconds`, which no reader of a small file does.

    Args:
        read: Function of the path.
        path: Path of the file.
        errors: The kinds of error that programs print as one line.
        seconds: Time after which the reader counts as hanging.
    """

    def hangs(*_):
        raise ReaderHangs(f"{path} is still being read after {seconds} s")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(seconds)
    try:
        read(path)
    except errors as error:
        line = str(error)
        assert "\n" not in line and len(line) < 1000, f"not one line: {line[:2000]}"
        assert pathlib.Path(path).name in line, f"{path} is not named: {line}"
        return line
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return None


@contextlib.contextmanager
def memory_limit(mebibytes):
    """Fails if the block needs more memory than this beyond what the process has (on Linux)."""
    try:
        pathlib.Path("/proc/self/clear_refs").write_text("5")  # The peak counts anew.
    except OSError:
        yield
        return
    before = resident_mebibytes()
    yield
    grown = round(peak_mebibytes() - before, 1)
    assert grown < mebibytes, f"{grown} MiB of memory were taken, at most {mebibytes} are allowed"


@contextlib.contextmanager
def nothing_written(*folders):
    """Fails if the block creates, changes or removes a file in the folders."""
    before = _listing(folders)
    yield
    assert _listing(folders) == before


def _listing(folders):
    return {
        (str(path), path.lstat().st_size, path.lstat().st_mtime_ns)
        for folder in folders
        for root, names, files in os.walk(folder)
        for path in (pathlib.Path(root) / name for name in names + files)
    }
