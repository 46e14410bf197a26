"""Which cases of a test the default suite has."""

import pytest


def slow(*cases):
    """The cases, which run only with `-m slow`."""
    return [pytest.param(case, marks=pytest.mark.slow) for case in cases]


def slow_but(quick, cases):
    """All cases in order; those that are not among `quick` run only with `-m slow`."""
    return [case if case in quick else slow(case)[0] for case in cases]
