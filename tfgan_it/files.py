"""Paths on this machine, and files that stay complete when the process is killed."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import pathlib
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from typing import Any

from tfgan_it.errors import one_line

# As `gs://bucket`, and `gs:/bucket`, which `pathlib` makes of it. `C:/` has one letter.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
# Start of the name of a folder in which a file is being written.
_PARTIAL = ".writing."
_LONGEST_TEXT = 2**28  # Bytes of a text that is read: a record of a step has less than a thousand.


def local_path(path: str | os.PathLike[str], argument: str = "path") -> pathlib.Path:
    """Returns the path with `~` expanded, and refuses what is not a path on this machine.

    Args:
        path: Path of a file or folder, which need not exist.
        argument: Name of the argument, for the message.

    Raises:
        ValueError: If the path is a URL (`gs://`, `s3://`, `http://`, `file://`, ...), has a null
            character or the home folder of an unknown user, or is not a path at all.

    Example:

    >>> print(local_path("runs/first"))
    runs/first
    >>> local_path("gs://bucket/run", "run_dir")
    Traceback (most recent call last):
    ...
    ValueError: run_dir must be a path on this machine, got the URL 'gs://bucket/run': copy or mount
    it as a local folder.
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(text, str) or "\0" in text:
        raise ValueError(f"{argument} must be a path, a string or a pathlib.Path, got {path!r}.")
    if _URL.match(text):
        raise ValueError(
            f"{argument} must be a path on this machine, got the URL {text!r}: copy or mount it as "
            "a local folder."
        )
    expanded = os.path.expanduser(text)
    if expanded.startswith("~"):
        raise ValueError(
            f"{argument} must be a path on this machine, got {text!r}: there is no such home "
            "folder; a folder whose own name starts with ~ is written ./~name."
        )
    return pathlib.Path(expanded)


def check_folder(path: pathlib.Path) -> None:
    """Checks that a folder can be written, or be made, at a path; makes nothing.

    Raises:
        OSError: If it cannot; one line names the folder.
    """
    existing = path
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        raise NotADirectoryError(f"{path} cannot be a folder: {existing} is a file.")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise PermissionError(f"{path} cannot be written: there is no permission for {existing}.")


@contextlib.contextmanager
def reading(path: str | os.PathLike[str], kind: str) -> Iterator[None]:
    """Turns any error of the block into one line that names the file.

    Readers of damaged files raise errors of every kind: of memory, of syntax, of recursion.

    Args:
        path: Path of the file.
        kind: What the file should be, with an article.

    Raises:
        OSError: If the file cannot be opened; its line names the file already.
        ValueError: After any other error.

    Example:

    >>> with reading("numbers.json", "a list of numbers"):
    ...     json.loads("[1, 2")
    Traceback (most recent call last):
    ...
    ValueError: numbers.json is not a list of numbers: Expecting ',' delimiter: line 1 column 6
    (char 5)
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise ValueError(f"{one_line(path, 4096)} is not {kind}: {one_line(error)}") from None


def lock(folder: pathlib.Path) -> int:
    """Locks a folder against other processes that lock it; leaves nothing in it.

    Returns:
        A file descriptor. The lock ends when it is closed, or when the process ends in any way.

    Raises:
        BlockingIOError: If another process holds the lock.
        OSError: If the folder cannot be opened, or its file system has no locks.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


@contextlib.contextmanager
def exclusive(folder: pathlib.Path, use: str) -> Iterator[None]:
    """Keeps other processes that do the same out of a folder; see `lock`.

    Args:
        folder: An existing folder.
        use: What is done to it, for the message, such as `trained`.

    Raises:
        ValueError: If another process is at it.
    """
    descriptor = None
    try:
        descriptor = lock(folder)
    except BlockingIOError:
        raise ValueError(
            f"{folder} is being {use} by another process: wait until it has ended, or stop it."
        ) from None
    except OSError:  # The file system has no locks.
        pass
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


@contextlib.contextmanager
def in_turn(folder: pathlib.Path) -> Iterator[None]:
    """Waits until no other process is in such a block of the same folder.

    Args:
        folder: A folder, which is made if there is none. Where it cannot be locked, nothing waits.
    """
    descriptor = None
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


@contextlib.contextmanager
def naming(path: pathlib.Path) -> Iterator[None]:
    """Makes each OSError in the block say, in one line, that `path` cannot be written."""
    try:
        yield
    except OSError as error:
        raise OSError(f"{path} cannot be written: {error.strerror or error}.") from error


@contextlib.contextmanager
def partial_folder(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yields a new folder inside of `folder` to write in, and removes it at the end.

    Creates `folder` if needed, and removes what processes that were killed have left there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:  # It is a file.
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None
    remove_abandoned(folder)
    path, descriptor = _new_locked_folder(folder)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def remove_abandoned(folder: pathlib.Path) -> None:
    """Removes what processes that were killed in a `partial_folder` have left in `folder`."""
    for partial in folder.glob(f"{_PARTIAL}*"):
        with contextlib.suppress(OSError):  # Its process is alive, or another one removes it.
            descriptor = lock(partial)
            shutil.rmtree(partial, ignore_errors=True)
            os.close(descriptor)


def _new_locked_folder(parent: pathlib.Path) -> tuple[pathlib.Path, int | None]:
    while True:
        path = pathlib.Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=parent))
        try:
            descriptor = lock(path)
        except (BlockingIOError, FileNotFoundError):
            continue  # Another process removed it before it was locked.
        except OSError:
            return path, None
        if path.exists():
            return path, descriptor
        os.close(descriptor)


@contextlib.contextmanager
def replacing(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yields where to write a file, which replaces `path` if the block succeeds.

    Readers see the old file or the new one, also if the process is killed, the disk is full, or
    several processes write the file. Creates its folder if needed.

    Raises:
        OSError: If the file cannot be written; the message names it.
    """
    with naming(path), partial_folder(path.parent) as folder:
        partial = folder / path.name
        yield partial
        put(partial, path)


def put(partial: pathlib.Path, path: pathlib.Path) -> None:
    """Replaces `path` by a file that was written in a `partial_folder` beside it."""
    with partial.open("rb+") as file:
        os.fsync(file.fileno())  # Some file systems only say now that they are full.
    os.replace(partial, path)


def replace_text(path: pathlib.Path, text: str) -> None:
    """Replaces the text of a file; see `replacing`."""
    with replacing(path) as partial:
        partial.write_text(text)


def write_json(path: pathlib.Path, content: Any) -> None:
    """Replaces a file by indented JSON; see `replacing`."""
    replace_text(path, json.dumps(content, indent=2) + "\n")


def read_json(path: pathlib.Path) -> dict[str, Any]:
    """Reads a JSON object.

    Raises:
        OSError: If the file cannot be opened; the message names it.
        ValueError: If it is anything else; one line names the file.
    """
    with reading(path, "a JSON object"):
        content = json.loads(_read_text(path))
        if not isinstance(content, dict):
            raise ValueError(f"it has a {type(content).__name__}")
        return content


def read_json_lines(path: pathlib.Path) -> list[dict[str, Any]]:
    """Reads one JSON object per line; drops an incomplete last line, as of a killed process.

    Returns:
        The objects; none if there is no file.

    Raises:
        OSError: If the file cannot be opened; the message names it.
        ValueError: If another line is not a JSON object; names the file and the line.
    """
    if not os.path.lexists(path):
        return []
    with reading(path, "a file of JSON objects"):
        lines = _read_text(path, errors="replace").split("\n")
    records = []
    for number, line in enumerate(lines, 1):
        try:
            with reading(f"{path}: line {number}", "a JSON object"):
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise ValueError(f"it has a {type(record).__name__}")
        except ValueError:
            if number < len(lines):  # The last line ends without a newline, or is empty.
                raise
        else:
            records.append(record)
    return records


def _read_text(path: pathlib.Path, errors: str = "strict") -> str:
    """Reads UTF-8 text of a regular file; a pipe would wait for its writer for ever."""
    information = path.stat()
    if not stat.S_ISREG(information.st_mode):
        raise ValueError("it is not a file")
    if information.st_size > _LONGEST_TEXT:
        raise ValueError(f"it has more than {_LONGEST_TEXT // 2**20} MiB")
    return path.read_text("utf-8", errors)


def write_json_lines(path: pathlib.Path, records: list[dict[str, Any]]) -> None:
    """Replaces the contents of the file with these records; see `replacing`."""
    replace_text(path, "".join(json.dumps(record) + "\n" for record in records))


def append_json_line(path: pathlib.Path, record: dict[str, Any]) -> None:
    """Adds one record to the file.

    Raises:
        OSError: If the file cannot be written; the message names it.
    """
    with naming(path), path.open("a") as file:
        file.write(json.dumps(record) + "\n")
