"""Names of what a suite runs."""

import pytest

from experiments.suites.selection import selected, selected_pairs

PAIRS = [("noise", "pix2pix"), ("noise", "cut"), ("x4", "cut")]


def test_names_in_the_order_of_the_known_ones():
    assert selected(["c", "a", "c"], ["a", "b", "c"]) == ["a", "c"]
    assert selected(None, "abc") == selected([], "abc") == ["a", "b", "c"]


def test_pairs_by_either_name_or_both():
    assert selected_pairs(["cut"], PAIRS, "task or system") == PAIRS[1:]
    assert selected_pairs(["noise/cut", "x4"], PAIRS, "task or system") == PAIRS[1:]
    assert selected_pairs(None, PAIRS, "task or system") == PAIRS


@pytest.mark.parametrize("name", ["cutt", "noise/cutt", ""])
def test_an_unknown_name_is_one_line(name):
    with pytest.raises(ValueError, match=r"^Unknown task or system '.*nearest: (\w+/)?cut\)\.$"):
        selected_pairs([name], PAIRS, "task or system")
