"""NT-Xent of two views, against a loop over all views."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import special

from support.games import assert_equal_on_two, drawn, slopes_of, step_of
from support.small_models import CODES, IMAGES, NOISE, compiled, small_model
from tfgan_it.layers import RandomViews
from tfgan_it.regularizers import NTXent

RNG = np.random.default_rng(0)
FIRST, SECOND = RNG.normal(size=(2, 5, 3)).astype("float32")
PICTURES = RNG.uniform(-1, 1, (5, 4, 4, 1)).astype("float32")
NUMBERS = RNG.uniform(-1, 1, (5, 7)).astype("float32")
KERNEL = RNG.normal(size=(16, 5)).astype("float32")


def by_loops(first, second, temperature=1.0):
    """The loss of each image: its two views, each told from all other views."""
    views = np.concatenate([first, second]).astype("float64")
    views /= np.linalg.norm(views, axis=1, keepdims=True)
    n = len(first)
    losses = np.zeros(n)
    for i in range(2 * n):
        partner = (i + n) % (2 * n)
        candidates = [views[i] @ views[k] / temperature for k in range(2 * n) if k != i]
        own = views[i] @ views[partner] / temperature
        losses[i % n] += 0.5 * (special.logsumexp(candidates) - own)
    return losses


@pytest.mark.parametrize("temperature", [1.0, 0.2])
def test_each_view_is_contrasted_with_all_others(temperature):
    loss, choices = NTXent(temperature=temperature).contrast(FIRST, SECOND)
    np.testing.assert_allclose(loss, by_loops(FIRST, SECOND, temperature), rtol=1e-5)
    assert float(choices) == 9


def test_limits():
    part = NTXent(temperature=0.01)
    same, choices = part.contrast(FIRST, FIRST)
    np.testing.assert_allclose(same, 0, atol=1e-3)
    blind, _ = part.contrast(np.ones((5, 2), "float32"), np.ones((5, 2), "float32"))
    np.testing.assert_allclose(blind, np.log(9), rtol=1e-5)
    assert float(choices) == 9


def test_of_certain_outcomes_equal_shares_cost_least():
    def loss(*counts):
        views = np.repeat(np.eye(len(counts), dtype="float32"), counts, axis=0)
        return float(np.mean(NTXent().contrast(views, views)[0]))

    def closed_form(*counts):
        n = sum(counts)
        each = [np.log((2 * k - 1) * np.e + 2 * (n - k)) - 1 for k in counts]
        return np.average(each, weights=counts)

    for counts in ((4, 4), (6, 2), (7, 1)):
        assert loss(*counts) == pytest.approx(closed_form(*counts), rel=1e-5)
    assert loss(4, 4) < loss(6, 2) < loss(7, 1)


def test_gradients_are_those_of_the_loop():
    views = [tf.constant(FIRST), tf.constant(SECOND)]
    part = NTXent(temperature=0.5)
    with tf.GradientTape() as tape:
        tape.watch(views)
        loss = tf.reduce_mean(part.contrast(*views)[0])
    slopes = slopes_of(lambda a, b: by_loops(a, b, 0.5).mean(), FIRST, SECOND)
    for gradient, slope in zip(tape.gradient(loss, views), slopes, strict=True):
        np.testing.assert_allclose(gradient, slope, atol=1e-5)


def test_empty_views_have_a_finite_gradient():
    views = tf.zeros((5, 3))
    with tf.GradientTape() as tape:
        tape.watch(views)
        loss = tf.reduce_mean(NTXent().contrast(views, views)[0])
    assert np.isfinite(tape.gradient(loss, views)).all()


def test_negatives_are_those_of_all_replicas():
    part = NTXent(temperature=0.5)
    loss = assert_equal_on_two(
        lambda a, b: tf.reduce_mean(part.contrast(a, b)[0]), FIRST[:4], SECOND[:4]
    )
    assert float(loss) == pytest.approx(by_loops(FIRST[:4], SECOND[:4], 0.5).mean(), rel=1e-5)


class Game:
    """What a part of a game is built for."""

    latent = CODES


def discriminate(images):
    parameters = tf.reshape(images, (-1, 16)) @ KERNEL
    return {"logits": parameters[:, 0], "codes": parameters, "features": tf.tanh(parameters)}


REPRESENTATIONS = {
    "category": lambda parameters: special.softmax(parameters[:, :3], axis=1),
    "style": lambda parameters: parameters[:, 3:4],
    "codes": lambda parameters: parameters,
    "features": np.tanh,
}


@pytest.mark.parametrize("output_name", list(REPRESENTATIONS))
def test_real_images_and_their_views(output_name):
    transformations = RandomViews(shift=0.25, rotation=30)
    part, reports = NTXent(3.0, output_name=output_name, transformations=transformations), {}
    part.build_for(Game)
    step = step_of(
        None,
        PICTURES,
        real_outputs=discriminate(PICTURES),
        discriminate=discriminate,
        draw=drawn(NUMBERS),
        report=reports.update,
    )
    penalty = part.value(step)
    views = transformations.transform(PICTURES, drawn(NUMBERS)).numpy()
    q = [
        REPRESENTATIONS[output_name](x.reshape(5, 16).astype("f8") @ KERNEL)
        for x in (PICTURES, views)
    ]
    expected = by_loops(*q)
    assert penalty.shape == (5,)
    np.testing.assert_allclose(penalty, 3 * expected, rtol=1e-4)
    assert list(reports) == list(part.metric_names) == ["view_nats"]
    np.testing.assert_allclose(reports["view_nats"], np.log(9) - expected, rtol=1e-3, atol=1e-5)


def test_it_trains_the_discriminator_and_not_the_generator():
    weights = []
    for weight in (0.0, 20.0):
        terms = [NTXent(weight, transformations=RandomViews(shift=0.3))]
        model = compiled(small_model(CODES), discriminator_regularizers=terms, run_eagerly=True)
        model.train_on_batch(IMAGES[:8])
        named = {v.path: v.numpy() for v in model.discriminator.trainable_variables}
        weights.append((named, model.generator_optimizer))
    without, with_term = (named for named, _ in weights)
    moved = {path: np.abs(without[path] - with_term[path]).max() for path in without}
    # It uses only the head of the codes.
    assert all((size > 1e-5) == ("logits" not in path) for path, size in moved.items()), moved


@pytest.mark.parametrize(
    "latent, output_name, message",
    [
        (CODES, "categroy", "use one of category, codes, logits, style .nearest: category."),
        (NOISE, "category", "use one of logits .nearest: logits."),
    ],
)
def test_an_unknown_representation_names_the_nearest(latent, output_name, message):
    model = compiled(
        small_model(latent),
        discriminator_regularizers=[NTXent(output_name=output_name)],
        run_eagerly=True,
    )
    with pytest.raises(
        ValueError, match=rf"^Unknown code or output '{output_name}': {message}\.\Z"
    ):
        model.train_on_batch(IMAGES[:8])
