import math
import re

import numpy as np
import pytest

from experiments.suites.tables import markdown, mean_and_deviation


@pytest.mark.parametrize(
    ("values", "digits", "expected"),
    [
        ([2.0], 2, "2.00"),
        ([2.345], 1, "2.3"),
        ([8], 1, "8.0"),
        ([1.0, 3.0], 2, f"2.00 ± {math.sqrt(2):.2f}"),
        ([7, 8, 8, 8], 1, "7.8 ± 0.5"),
        ([0.5, 0.5], 4, "0.5000 ± 0.0000"),
        ([-0.04, 0.0], 1, "-0.0 ± 0.0"),
    ],
)
def test_mean_and_deviation(values, digits, expected):
    assert mean_and_deviation(values, digits) == expected


def test_the_standard_deviation_is_that_of_a_sample():
    values = np.random.default_rng(0).normal(3, 2, 7).tolist()
    mean, deviation = mean_and_deviation(values, 6).split(" ± ")
    assert float(mean) == pytest.approx(sum(values) / 7, abs=1e-6)
    assert float(deviation) == pytest.approx(np.std(values, ddof=1), abs=1e-6)


def test_a_table_has_a_rule_below_its_header():
    table = markdown(
        ("system", "modes", ""), [["gan", "8.0 ± 0.0", "-"], ("*published*", "", "7.9")]
    )
    assert not table.endswith("\n")
    cells = [re.split(r" ?\| ?", line)[1:-1] for line in table.splitlines()]
    assert cells == [
        ["system", "modes", ""],
        ["---", "---", "---"],
        ["gan", "8.0 ± 0.0", "-"],
        ["*published*", "", "7.9"],
    ]
    assert {line[0] + line[-1] for line in table.splitlines()} == {"||"}


def test_a_table_without_rows_is_a_header():
    assert markdown(["a"], []) == "| a |\n| --- |"
