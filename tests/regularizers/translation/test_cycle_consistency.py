"""There and back by translators that are known."""

import numpy as np
import pytest
import tensorflow as tf

from support.games import step_of
from tfgan_it.regularizers import CycleConsistency, IdentityMapping

RNG = np.random.default_rng(0)
# Domains of different shapes of one size.
REAL = {name: RNG.normal(size=(5, 4, 2)).astype("float32") for name in "ab"}


def to_a(x):
    return 0.5 * x - 1


def to_b(x):
    return 3.0 * x


def generate(inputs):
    return {"samples": {"a": to_a(inputs["b"]), "b": to_b(inputs["a"])}}


def step(**more):
    generated = generate(REAL)["samples"]
    return step_of(real=REAL, generated=generated, phase="generator", generate=generate, **more)


def distance(x, y):
    return np.abs(x - y).mean(axis=(1, 2))


@pytest.mark.parametrize("lambda_", [10.0, 0.5, 0.0])
@pytest.mark.parametrize(
    ("term", "name", "expected"),
    [
        (
            CycleConsistency,
            "cycle_loss",
            distance(REAL["a"], to_a(to_b(REAL["a"]))) + distance(REAL["b"], to_b(to_a(REAL["b"]))),
        ),
        (
            IdentityMapping,
            "identity_loss",
            distance(REAL["a"], to_a(REAL["a"])) + distance(REAL["b"], to_b(REAL["b"])),
        ),
    ],
)
def test_it_is_the_mean_distance_in_both_domains(term, name, expected, lambda_):
    reports = {}
    value = term(lambda_).value(step(report=reports.update))
    np.testing.assert_allclose(value, lambda_ * expected, rtol=1e-5)
    np.testing.assert_allclose(reports[name], expected, rtol=1e-5)
    assert value.shape == (5,) and term.players == ("generator",)


def test_what_comes_back_as_it_was_costs_nothing():
    def inverse(inputs):
        return {"samples": {"a": inputs["b"] / 3, "b": 3 * inputs["a"]}}

    real = {name: tf.constant(x) for name, x in REAL.items()}
    generated = inverse(real)["samples"]
    known = step_of(real=real, generated=generated, phase="generator", generate=inverse)
    np.testing.assert_allclose(CycleConsistency().value(known), np.zeros(5), atol=1e-5)


def test_defaults_are_those_of_the_paper():
    assert (CycleConsistency().lambda_, IdentityMapping().lambda_) == (10.0, 5.0)
