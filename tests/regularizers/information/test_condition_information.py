"""ACGAN's term against cross-entropies in NumPy."""

import keras
import numpy as np
import pytest
from keras import layers

from support.games import step_of
from support.small_models import compiled
from tfgan_it.conditions import Label, Vector
from tfgan_it.latents import Normal
from tfgan_it.models import GAN
from tfgan_it.regularizers import ConditionInformation

RNG = np.random.default_rng(0)
PRIOR = [0.5, 0.3, 0.2]
LABELS = RNG.integers(0, 3, 12)
POINTS = RNG.normal(size=(12, 2)).astype("float32")
REAL, GENERATED = RNG.normal(size=(2, 12, 3)).astype("float32")


def classifying(condition, classes=3):
    """A GAN of points whose discriminator names the label."""
    size = condition.shape[0]
    inputs = keras.Input((2,)), keras.Input((size,))
    generator = keras.Model([*inputs], layers.Dense(2)(layers.Concatenate()(inputs)))
    inputs = keras.Input((2,)), keras.Input((size,))
    outputs = {
        "logits": layers.Dense(1)(layers.Concatenate()(inputs)),
        "labels": layers.Dense(classes, name="labels")(inputs[0]),
    }
    return GAN(generator, keras.Model([*inputs], outputs), Normal(2), conditions=condition)


def built(lambda_information=1.0, probabilities=PRIOR):
    term = ConditionInformation(lambda_information)
    term.build_for(classifying(Label(3, probabilities)))
    return term


def bound(scores, probabilities=PRIOR):
    """H(y) + ln Q(y|x) of each sample, nats."""
    entropy = -np.sum(probabilities * np.log(probabilities))
    log_q = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return entropy + log_q[np.arange(12), LABELS]


def shown(phase, report=lambda **values: None):
    return step_of(
        phase=phase,
        conditions=np.eye(3, dtype="float32")[LABELS],
        real_outputs={"labels": REAL} if phase != "generator" else None,
        generated_outputs={"labels": GENERATED},
        report=report,
    )


@pytest.mark.parametrize("probabilities", [PRIOR, [1 / 3] * 3])
def test_each_player_minimises_it_on_its_samples(probabilities):
    term, reports = built(0.7, probabilities), {}
    of_both = {name: bound(x, probabilities) for name, x in (("r", REAL), ("g", GENERATED))}
    value = term.value(shown("discriminator", reports.update))
    np.testing.assert_allclose(value, -0.7 * (of_both["r"] + of_both["g"]), rtol=1e-4, atol=1e-6)
    value = term.value(shown("generator", reports.update))
    np.testing.assert_allclose(value, -0.7 * of_both["g"], rtol=1e-4, atol=1e-6)
    expected = {
        "label_information_nats": of_both["g"],
        "real_label_information_nats": of_both["r"],
    }
    measured = term.evaluate(shown("evaluation"))
    assert set(reports) == set(measured) == set(expected) == set(term.metric_names)
    for name in expected:
        np.testing.assert_allclose(reports[name], expected[name], rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(measured[name], expected[name], rtol=1e-4, atol=1e-6)


def test_in_a_run_it_is_reported_in_nats():
    model = compiled(
        classifying(Label(3, PRIOR)), 0.0, 0.0, terms=[ConditionInformation()], run_eagerly=True
    )
    history = model.fit(POINTS, LABELS, batch_size=12, verbose=0).history
    kernel, bias = model.discriminator.get_layer("labels").get_weights()
    expected = bound(POINTS @ kernel + bias).mean()
    assert history["real_label_information_nats"] == [pytest.approx(expected, abs=1e-5)]
    measured = model.evaluate(POINTS, LABELS, verbose=0)
    assert measured["real_label_information_nats"] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: classifying(Vector(3)), r"^ConditionInformation needs .*=Label\(K\), got Vector"),
        (lambda: classifying(Label(3), 4), r"^The discriminator must give 'labels' \(batch, 3\)"),
    ],
)
def test_models_that_do_not_fit(model, message):
    with pytest.raises(ValueError, match=message):
        compiled(model(), terms=[ConditionInformation()])
