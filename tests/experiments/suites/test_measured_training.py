"""The loop of a training that is measured on the way."""

import types

import pytest

from experiments.suites.measured_training import trained_and_measured


def test_steps_that_would_be_left_out_are_refused():
    with pytest.raises(ValueError, match=r"^steps must be a multiple of every, 20, got 50\.$"):
        trained_and_measured(None, None, None, steps=50, every=20)


def test_the_best_step_is_the_first_of_the_most_nats_and_is_shown_before_the_last():
    nats, shown = iter([0.2, 0.5, 0.5, 0.1]), []

    def show(which):
        shown.append(which)
        return {"read": len(shown)}

    record = trained_and_measured(
        lambda steps: types.SimpleNamespace(history={"loss": [9.0, float(steps)]}),
        lambda: {"information_nats": next(nats)},
        show,
        steps=40,
        every=10,
    )
    assert [each["step"] for each in record["measured"]] == [10, 20, 30, 40]
    assert shown == ["best", "best", "last"]
    assert record["best"] == {
        "step": 20,
        "information_nats": 0.5,
        "training": {"loss": 10.0},
        "read": 2,
    }
    assert record["last"]["step"] == 40 and record["last"]["read"] == 3
    assert record["measured"][2]["information_nats"] == pytest.approx(0.5)
    assert "read" not in record["measured"][2]
