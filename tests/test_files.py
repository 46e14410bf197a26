import json
import os
import pathlib

import pytest

from tfgan_it.files import local_path, read_json_lines, replace_text, write_json_lines


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
    with pytest.raises(json.JSONDecodeError):
        read_json_lines(path)


def test_the_old_text_stands_until_the_new_is_whole(tmp_path, monkeypatch):
    path = tmp_path / "text.json"
    replace_text(path, "old")

    def killed(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        replace_text(path, "new")
    assert path.read_text() == "old"


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
