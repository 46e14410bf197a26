import json
import os

import pytest

from tfgan_it.files import read_json_lines, replace_text, write_json_lines


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
