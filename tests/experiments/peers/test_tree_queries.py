"""KSG beside the queries of trees: the same queries, and its record; not its speed."""

import json

import numpy as np
from scipy.special import digamma

from experiments.peers import tree_queries
from tfgan_it.estimators import KSG


def test_the_queries_are_those_of_the_estimator(monkeypatch):
    """The information from the counts of the queries is that of KSG."""
    n, k, counted = 400, 3, []

    class Tree(tree_queries.KDTree):
        def query_ball_point(self, *arguments, **options):
            counted.append(super().query_ball_point(*arguments, **options))
            return counted[-1]

    monkeypatch.setattr(tree_queries, "KDTree", Tree)
    x, y = tree_queries.gaussian_pairs(n, 2)
    tree_queries.queries(x, y, k)
    in_x, in_y = counted  # With the sample itself.
    expected = digamma(k) + digamma(n) - np.mean(digamma(in_x) + digamma(in_y))
    found = KSG(k, preprocessing=None).fit(x, y).estimate()
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_comparison_leaves_its_record(tmp_path, capsys):
    out = tmp_path / "made" / "ksg.json"
    tree_queries.main(["--n=200", "--dimensions=1", "--rounds=2", f"--out={out}"])
    record = json.loads(out.read_text())
    assert json.loads(capsys.readouterr().out) == record
    assert record["ratio"] > 0 and record["dimensions"] == [1, 1] and record["scipy"]
