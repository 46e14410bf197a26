import concurrent.futures
import errno
import os
import pathlib

import numpy as np
import pytest

from support import damage
from tfgan_it.datasets import save_wav
from tfgan_it.datasets.archives import write_npz
from tfgan_it.files import (
    append_json_line,
    local_path,
    lock,
    partial_folder,
    read_json,
    read_json_lines,
    replace_text,
    replacing,
    write_json,
    write_json_lines,
)
from tfgan_it.visualization import save_animation, save_picture

PICTURE = np.zeros((4, 4, 3), "uint8")
WRITERS = {
    "text.md": lambda path: replace_text(path, "text"),
    "options.json": lambda path: write_json(path, {"a": 1}),
    "records.jsonl": lambda path: write_json_lines(path, [{"a": 1}]),
    "picture.png": lambda path: save_picture(PICTURE, path),
    "pictures.gif": lambda path: save_animation([PICTURE, PICTURE + 9], path),
    "sound.wav": lambda path: save_wav(np.zeros(9), path),
    "arrays.npz": lambda path: write_npz(path, {"images": PICTURE}),
}


def test_records_survive_and_are_replaced(tmp_path):
    path = tmp_path / "records.jsonl"
    assert read_json_lines(path) == []
    for records in ([{"a": 1}, {"b": [2.5, None]}], [{"c": "x"}]):
        write_json_lines(path, records)
        assert read_json_lines(path) == records
    assert list(tmp_path.iterdir()) == [path]


def test_a_half_written_last_line_is_dropped_and_an_earlier_one_is_not(tmp_path):
    path = tmp_path / "records.jsonl"
    path.write_text('{"a": 1}\n{"a": ')
    assert read_json_lines(path) == [{"a": 1}]
    path.write_text('{"a": \n{"a": 1}\n')
    with pytest.raises(ValueError, match=r"records.jsonl: line 1 is not a JSON object"):
        read_json_lines(path)


NOT_OBJECTS = [b"", b"[]", b"3", b"NaN", b'"x"', b"{", b"{}{}", b"[" * 99_999, b"\xff", b"{'a': 1}"]


@pytest.mark.parametrize("content", NOT_OBJECTS, ids=lambda content: repr(content[:9]))
def test_what_is_not_an_object_is_one_line(tmp_path, content):
    path = tmp_path / "options.json"
    path.write_bytes(content)
    line = damage.outcome(read_json, path)
    assert line.startswith(f"{path} is not a JSON object: ")
    path.write_bytes(b"{}\n" + content + b"\n{}\n")
    line = damage.outcome(read_json_lines, path)
    assert line.startswith(f"{path}: line 2 is not a JSON object: ")


@pytest.mark.parametrize("read", [read_json, read_json_lines])
def test_what_is_not_a_regular_file(tmp_path, read):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "dangling").symlink_to("nowhere")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**40)
    for name in ("folder", "pipe", "device", "dangling", "large"):
        assert damage.outcome(read, tmp_path / name), name


RECORDS = '{"step": 2, "js_nats": 0.5}\n{"step": 4, "test": {"js_nats": 0.25, "nmi": null}}\n'


def fuzz(folder, seeds):
    path = folder / "damaged"
    for seed in seeds:
        path.write_bytes(damage.damaged_json('{"options": {"set": ["a=1"], "steps": 3}}', seed))
        damage.outcome(read_json, path)
        path.write_bytes(damage.damaged_bytes(RECORDS.encode(), seed))
        damage.outcome(read_json_lines, path)


def test_damaged_texts(tmp_path):
    with damage.memory_limit(50):
        fuzz(tmp_path, range(100))


@pytest.mark.slow
def test_many_damaged_texts(tmp_path):
    with damage.memory_limit(50):
        fuzz(tmp_path, range(100, 5000))


def test_the_old_text_stands_until_the_new_is_whole(tmp_path, monkeypatch):
    path = tmp_path / "text.json"
    replace_text(path, "old")

    def killed(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        replace_text(path, "new")
    assert path.read_text() == "old"


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
def test_a_file_that_cannot_be_written_is_named_and_the_old_one_stays(
    tmp_path, monkeypatch, name, number
):
    path = tmp_path / name
    path.write_text("old")

    def refused(*arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refused)
    with pytest.raises(OSError) as error:
        WRITERS[name](path)
    assert str(error.value) == f"{path} cannot be written: {os.strerror(number)}."
    assert [path.read_text(), list(tmp_path.iterdir())] == ["old", [path]]


@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_that_cannot_be_made_is_one_line_with_the_file(tmp_path, name):
    (tmp_path / "file").touch()
    path = tmp_path / "file" / name
    with pytest.raises(OSError) as error:
        WRITERS[name](path)
    assert str(error.value) == f"{path} cannot be written: Not a directory."


def test_a_record_that_cannot_be_added_names_the_file():
    with pytest.raises(OSError, match="^/dev/full cannot be written: No space left on device.$"):
        append_json_line(pathlib.Path("/dev/full"), {"a": 1})


def test_writers_of_one_file_do_not_disturb_each_other(tmp_path):
    path = tmp_path / "made" / "text"
    texts = [letter * 9999 for letter in "abcd"]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda text: [replace_text(path, text) for i in range(20)], texts):
            assert path.read_text() in texts
    assert list(path.parent.iterdir()) == [path]


def test_what_a_killed_writer_left_is_removed_and_what_is_being_written_is_not(tmp_path):
    with partial_folder(tmp_path) as of_another:
        abandoned = tmp_path / (of_another.name + "left")
        abandoned.mkdir()
        (abandoned / "half.keras").touch()
        (tmp_path / ".writing-by-others").mkdir()
        replace_text(tmp_path / "text", "new")
        assert {p.name for p in tmp_path.iterdir()} == {
            of_another.name,
            ".writing-by-others",
            "text",
        }


def test_a_folder_is_locked_until_its_lock_is_closed(tmp_path):
    descriptor = lock(tmp_path)
    with pytest.raises(BlockingIOError):
        lock(tmp_path)
    os.close(descriptor)
    os.close(lock(tmp_path))
    assert not list(tmp_path.iterdir())


def test_nothing_replaces_a_file_if_the_block_fails(tmp_path):
    path = tmp_path / "text"
    replace_text(path, "old")
    with pytest.raises(KeyError), replacing(path) as partial:
        partial.write_text("half")
        raise KeyError
    assert [path.read_text(), list(tmp_path.iterdir())] == ["old", [path]]


@pytest.mark.parametrize("path", ["runs/a", "C:/a", "/a//b", "a:b/c", ""])
def test_a_path_on_this_machine_is_kept(path):
    assert local_path(path) == local_path(pathlib.Path(path)) == pathlib.Path(path)


def test_the_home_folder_is_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert local_path("~/runs") == local_path(pathlib.Path("~/runs")) == tmp_path / "runs"
    assert local_path("~") == tmp_path and local_path("./~") == pathlib.Path("~")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("gs://bucket/run", r"on this machine, got the URL .gs://bucket/run.: copy or mount it"),
        (pathlib.Path("gs://bucket/run"), "got the URL 'gs:/bucket/run'"),
        ("s3://bucket", "URL"),
        ("hdfs://host:8020/a", "URL"),
        ("HTTP://example.org/a.npz", "URL"),
        ("file:///tmp/a", "URL"),
        ("~nobody-of-this-name/a", "no such home folder"),
        ("a\0b", r"a path, a string or a pathlib.Path, got 'a.x00b'"),
        (b"runs", "got b'runs'"),
        (3, "got 3"),
        (None, "got None"),
    ],
)
def test_what_is_no_path_on_this_machine_is_refused_in_one_line(path, message):
    with pytest.raises(ValueError, match=f"^run_dir must be .*{message}") as error:
        local_path(path, "run_dir")
    assert "\n" not in str(error.value)
