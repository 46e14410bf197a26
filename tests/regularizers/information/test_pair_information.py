"""InfoNCE of samples and their conditions, and mismatched pairs, against NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from support.games import step_of
from tfgan_it import losses
from tfgan_it.conditions import Vector
from tfgan_it.latents import Normal
from tfgan_it.models import GAN
from tfgan_it.regularizers import MatchingAware, PairInformation

RNG = np.random.default_rng(0)
B, D = 6, 3
U = RNG.normal(size=(2, B, 1)).astype("float32")
V, T = RNG.normal(size=(2, 2, B, D)).astype("float32")


def outputs(row):
    logits = U[row] + (V[row] * T[row]).sum(axis=1, keepdims=True)
    return {
        "logits": logits,
        "unconditional": U[row],
        "sample_embedding": V[row],
        "condition_embedding": T[row],
    }


def shown(phase, report=lambda **values: None):
    return step_of(
        phase=phase,
        real_outputs=None if phase == "generator" else outputs(0),
        generated_outputs=outputs(1),
        report=report,
    )


def info_nce(v, t, temperature):
    """ln B + the mean of both log-softmaxes of each pair, nats."""
    v, t = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (v, t))
    scores = v @ t.T / temperature
    found = [np.diagonal(s) - np.log(np.exp(s).sum(axis=1)) for s in (scores, scores.T)]
    return np.log(B) + (found[0] + found[1]) / 2


def judged(**more):
    """A GAN of points whose discriminator has these outputs."""
    inputs = keras.Input((2,)), keras.Input((2,))
    generator = keras.Model([*inputs], layers.Dense(2)(layers.Concatenate()(inputs)))
    samples, conditions = keras.Input((2,)), keras.Input((2,))
    parts = {"logits": layers.Dense(1)(layers.Concatenate()([samples, conditions]))}
    sizes = {"unconditional": 1, "sample_embedding": D, "condition_embedding": D, **more}
    for name, size in sizes.items():
        if size:
            source = conditions if name == "condition_embedding" else samples
            parts[name] = layers.Dense(size, name=name)(source)
    model = GAN(
        generator, keras.Model([samples, conditions], parts), Normal(2), conditions=Vector(2)
    )
    model.adversarial_loss = losses.get("hinge")
    return model


def built(term, **more):
    term.build_for(judged(**more))
    return term


@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_each_player_raises_the_information_of_its_pairs(temperature):
    term, reports = built(PairInformation(0.5, temperature)), {}
    report = lambda **values: reports.update(values)  # noqa: E731
    real, generated = (info_nce(V[i], T[i], temperature) for i in (0, 1))
    np.testing.assert_allclose(term.value(shown("discriminator", report)), -0.5 * real, rtol=2e-5)
    np.testing.assert_allclose(term.value(shown("generator", report)), -0.5 * generated, rtol=2e-5)
    np.testing.assert_allclose(reports["real_pair_information_nats"], real, rtol=2e-5)
    np.testing.assert_allclose(reports["pair_information_nats"], generated, rtol=2e-5)
    assert term.needs_both_players
    found = term.evaluate(shown("evaluation"))
    np.testing.assert_allclose(found["pair_information_nats"], generated, rtol=2e-5)


def test_pairs_that_are_found_have_all_of_the_information():
    exact = {"sample_embedding": 9 * np.eye(4, dtype="float32")}
    exact["condition_embedding"] = np.eye(4, dtype="float32")
    found = PairInformation(temperature=0.01).information(exact)
    np.testing.assert_allclose(found, np.log(4), rtol=1e-6)


@pytest.mark.parametrize("loss", ["hinge", "non_saturating", "least_squares"])
def test_mismatched_pairs_are_generated_ones_to_the_discriminator(loss):
    term, reports = MatchingAware(0.7), {}
    model = judged()
    model.adversarial_loss = losses.get(loss)
    term.build_for(model)
    others = np.roll(T[0], 1, axis=0)  # Sample i has the condition of sample i - 1.
    np.testing.assert_array_equal(others[1], T[0][0])
    mismatched = U[0] + (V[0] * others).sum(axis=1, keepdims=True)
    expected = losses.get(loss).discriminator_loss(outputs(0)["logits"], ops.array(mismatched))
    value = term.value(shown("discriminator", lambda **values: reports.update(values)))
    np.testing.assert_allclose(value, 0.7 * np.asarray(expected)[:, 0], rtol=1e-5)
    np.testing.assert_allclose(reports["mismatched_loss"], np.asarray(expected)[:, 0], rtol=1e-5)
    assert term.players == ("discriminator",)


@pytest.mark.parametrize(
    ("term", "missing"),
    [
        (PairInformation(), "sample_embedding"),
        (PairInformation(), "condition_embedding"),
        (MatchingAware(), "unconditional"),
    ],
)
def test_outputs_that_are_missing_are_named(term, missing):
    with pytest.raises(ValueError, match=f"^{type(term).__name__} needs a .*{missing}") as error:
        built(term, **{missing: 0})
    assert "\n" not in str(error.value)
    built(term)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: PairInformation(-1.0), "lambda_"),
        (lambda: PairInformation(temperature=0.0), "temperature"),
        (lambda: MatchingAware(-0.1), "weight"),
    ],
)
def test_numbers_have_bounds(make, name):
    with pytest.raises(ValueError, match=name):
        make()


def test_gradients_are_those_of_differences():
    term = PairInformation(temperature=0.5)
    values = [keras.Variable(part) for part in (V[0], T[0])]
    mean = lambda: ops.mean(  # noqa: E731
        term.information(
            {"sample_embedding": values[0].value, "condition_embedding": values[1].value}
        )
    )
    with tf.GradientTape() as tape:
        tape.watch([each.value for each in values])
        found = tape.gradient(mean(), [each.value for each in values])
    for variable, gradient in zip(values, found, strict=True):
        start = ops.convert_to_numpy(variable)
        for index in ((0, 0), (3, 1), (5, 2)):
            step = np.zeros_like(start)
            step[index] = 1e-2
            ends = []
            for sign in (1, -1):
                variable.assign(start + sign * step)
                ends.append(float(mean()))
            variable.assign(start)
            assert (ends[0] - ends[1]) / 2e-2 == pytest.approx(float(gradient[index]), abs=1e-3)


def test_embeddings_of_zero_tell_nothing_and_move():
    still = keras.Variable(np.zeros((4, D), "float32"))
    with tf.GradientTape() as tape:
        both = {"sample_embedding": still.value, "condition_embedding": T[0][:4]}
        information = ops.mean(PairInformation().information(both))
    assert float(information) == pytest.approx(0.0, abs=1e-6)
    assert np.isfinite(tape.gradient(information, still.value)).all()


def test_one_pair_has_no_negatives():
    with pytest.raises(ValueError, match="^InfoNCE: needs at least 2 rows, got 1"):
        PairInformation().information(
            {"sample_embedding": V[0][:1], "condition_embedding": T[0][:1]}
        )
