"""A code that two views of one real image share, over-complete first, then grouped."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from support.games import assert_survives, step_of
from support.replicas import MIRRORED
from support.small_models import IMAGES, NOISE, SHAPE, assert_same_state, compiled, small_model
from tfgan_it.latents import Categorical, LearnedCategorical, Product
from tfgan_it.layers import RandomViews
from tfgan_it.layers.nested import nested_layers
from tfgan_it.models import GAN
from tfgan_it.networks import grouped_discriminator, infogan_generator
from tfgan_it.regularizers import CodeInformation, ViewInformation
from tfgan_it.regularizers.views.view_information import nearest_neighbors
from tfgan_it.seeds import StatelessSeed, seeded_initializers

STILL = RandomViews(0, 0, 0)
SMALL = {"width": 2, "features": 8}


def game(strategy=None, prior=Categorical, **options):
    """A small InfoGAN with six outcomes, its groups found after two steps."""
    with (strategy or tf.distribute.get_strategy()).scope():
        latent = Product(noise=NOISE, category=prior(3))
        with seeded_initializers(3):
            generator = infogan_generator(SHAPE, latent.dimension, **SMALL)
            discriminator = grouped_discriminator(SHAPE, 3, outcomes=6, **SMALL)
        model = GAN(generator, discriminator, latent, seed=5)
        for network in (generator, discriminator):
            for layer in nested_layers(network):
                if isinstance(layer, keras.layers.BatchNormalization):
                    layer.synchronized = True
        term = ViewInformation(search_steps=2, **options)
        terms = [CodeInformation(information_start_step=2)]
        return compiled(model, 0.1, 0.1, generator_regularizers=[term], terms=terms)


def information(p, q):
    joint = p.T @ q / len(p)
    joint = (joint + joint.T) / 2
    return np.sum(joint * np.log(joint / np.outer(joint.sum(0), joint.sum(1))))


def term_of(model, updates, reports=None):
    """The term on eight real images at a step, and what the encoder says of them."""
    part = model.generator_regularizers[0]
    real = tf.constant(IMAGES[:8] / 127.5 - 1, "float32")
    report = (lambda **values: reports.update(values)) if reports is not None else None
    shown = {"report": report} if report else {}
    stream = StatelessSeed(updates)
    draw = lambda function: function(8, seed=stream)  # noqa: E731
    step = step_of(step=updates, real=real, draw=draw, **shown)
    encoder = model.discriminator.get_layer("inference_encoder").network
    twice = encoder(tf.concat([real, real], 0), training=True)["outcomes"]
    return part, step, np.asarray(ops.softmax(twice[:8]), "float64")


def test_it_is_minus_the_information_of_outcomes_and_then_of_categories_too():
    model = game(transformations=STILL, weight=0.5)
    layer = model.discriminator.get_layer("inference_encoder").network.get_layer("categories")
    layer.groups.assign([0, 1, 2, 2, 1, 0])
    reports = {}
    part, step, p = term_of(model, 1, reports)
    of_outcomes = information(p, p)
    of_categories = information(
        p @ np.eye(3)[[0, 1, 2, 2, 1, 0]], p @ np.eye(3)[[0, 1, 2, 2, 1, 0]]
    )
    np.testing.assert_allclose(part.loss(step), -0.5 * of_outcomes, rtol=1e-4)
    np.testing.assert_allclose(np.mean(reports["outcome_nats"]), of_outcomes, rtol=1e-4)
    np.testing.assert_allclose(np.mean(reports["category_nats"]), of_categories, rtol=1e-4)
    part, step, p = term_of(model, 2)
    np.testing.assert_allclose(part.loss(step), -0.5 * (of_outcomes + of_categories), rtol=1e-4)


def test_a_category_costs_its_name_under_a_learned_prior():
    model = game(prior=LearnedCategorical, transformations=STILL, weight=0.5, beta=0.3)
    free = game(prior=LearnedCategorical, transformations=STILL, weight=0.5, beta=0.0)
    logits = np.log([0.7, 0.2, 0.1])
    values, gradients = [], []
    for each in (model, free):
        each.latent.parts["category"].logits.assign(logits)
        part, step, p = term_of(each, 2)
        with tf.GradientTape() as tape:
            term = part.loss(step)
        values.append(float(term))
        gradients.append(tape.gradient(term, each.latent.trainable_variables[0]))
    shares = (p @ np.eye(3)[[0, 1, 2, 0, 1, 2]]).mean(axis=0)
    cost = 0.5 * 0.3 * -(shares @ np.log([0.7, 0.2, 0.1]))
    np.testing.assert_allclose(values[0] - values[1], cost, rtol=1e-3)
    # So p follows the shares among real images.
    np.testing.assert_allclose(gradients[0], 0.15 * ([0.7, 0.2, 0.1] - shares), atol=1e-6)
    np.testing.assert_allclose(gradients[1], 0, atol=1e-9)


@pytest.mark.slow
def test_a_learned_prior_becomes_the_shares_of_the_groups():
    model = game(prior=LearnedCategorical)
    prior, (part,) = model.latent.parts["category"].prior, model.generator_regularizers
    table = np.diag([5.0, 4.0, 1.0, 3.0, 0.0, 2.0]) + np.eye(6)[::-1]
    part.joint.assign(table)
    part.update(step_of(step=0))
    np.testing.assert_allclose(prior(), 1 / 3, rtol=1e-6)
    part.update(step_of(step=1))
    shares = table.sum(axis=0) @ np.asarray(part.grouping().members()) / table.sum()
    np.testing.assert_allclose(prior(), shares, rtol=1e-5)
    assert np.ptp(shares) > 0.05
    part.joint.assign(np.eye(6))
    part.update(step_of(step=2))  # From there on it learns.
    np.testing.assert_allclose(prior(), shares, rtol=1e-5)


@pytest.mark.slow
def test_the_encoder_is_trained_only_by_the_term_and_with_the_generator():
    model = game()
    encoder = model.discriminator.get_layer("inference_encoder").network
    own = {id(v) for v in encoder.trainable_variables}
    assert own and own <= {id(v) for v in model.players[1].variables}
    assert not own & {id(v) for v in model.players[0].variables}
    assert len(model.players[0].variables) == len(model.discriminator.trainable_variables) - len(
        own
    )
    part, step, _ = term_of(model, 5)
    with tf.GradientTape() as tape:
        term = part.loss(step)
    variables = model.players[1].variables
    gradients = zip(variables, tape.gradient(term, variables), strict=True)
    assert {id(v) for v, g in gradients if g is not None and np.abs(g).max() > 1e-9} <= own
    before = [np.array(v) for v in encoder.trainable_variables]
    part.weight = 0.0
    model.fit(IMAGES, batch_size=8, steps_per_epoch=4, verbose=0)
    for variable, value in zip(encoder.trainable_variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)


@pytest.mark.slow
def test_outcomes_are_grouped_once_at_the_end_of_the_search():
    model = game()
    groups = (
        model.discriminator.get_layer("inference_encoder").network.get_layer("categories").groups
    )
    seen = []
    for _ in range(4):
        model.fit(IMAGES, batch_size=8, steps_per_epoch=1, verbose=0)
        seen.append(groups.numpy().tolist())
    assert seen[0] == [0, 1, 2, 0, 1, 2]
    assert seen[1] == seen[2] == seen[3]
    assert set(seen[1]) == {0, 1, 2}
    joint = model.generator_regularizers[0].joint.numpy()
    np.testing.assert_allclose(joint, joint.T, atol=1e-7)
    np.testing.assert_allclose(joint.sum(), 1 - 0.99**4, rtol=1e-4)


def test_the_table_is_of_images_and_their_nearest_neighbours():
    model = game(transformations=STILL, decay=0.0)
    part, step, p = term_of(model, 0)
    part.loss(step)
    rows = IMAGES[:8].reshape(8, -1) / 127.5
    distances = np.square(rows[:, None] - rows[None]).sum(-1) + 1e9 * np.eye(8)
    joint = p.T @ p[distances.argmin(1)] / 8
    np.testing.assert_allclose(part.joint, (joint + joint.T) / 2, rtol=1e-4)


def test_neighbours_may_be_those_of_the_least_angle_between_features():
    model = game(transformations=STILL, decay=0.0, neighbors="features")
    encoder = model.discriminator.get_layer("inference_encoder").network
    kernel = encoder.get_layer("encoder_trunk").layers[-3].kernel
    kernel.assign(np.random.default_rng(1).normal(size=kernel.shape))
    part, step, p = term_of(model, 0)
    part.loss(step)
    twice = tf.concat([step.batch.samples, step.batch.samples], 0)
    features = np.asarray(encoder(twice, training=True)["features"], "float64")[:8]
    units = features / np.linalg.norm(features, axis=1, keepdims=True)
    nearest = (units @ units.T - 9 * np.eye(8)).argmax(1)
    lengths = np.square(features[:, None] - features[None]).sum(-1) + 1e9 * np.eye(8)
    assert (nearest != lengths.argmin(1)).any()  # Or the length would not show.
    joint = p.T @ p[nearest] / 8
    np.testing.assert_allclose(part.joint, (joint + joint.T) / 2, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    "prior, neighbors",
    [(Categorical, "images"), (Categorical, "features"), (LearnedCategorical, "images")],
)
def test_replicas_learn_as_one_device_does(prior, neighbors):
    one, two = (game(strategy, prior, neighbors=neighbors) for strategy in (None, MIRRORED))
    for model in (one, two):
        model.fit(IMAGES, batch_size=8, steps_per_epoch=3, verbose=0)
    assert_same_state(one, two, tolerance=2e-4)


@pytest.mark.slow
@pytest.mark.parametrize("prior", [Categorical, LearnedCategorical])
def test_a_loaded_model_continues_as_the_original(tmp_path, prior):
    views = RandomViews(0.2)
    options = {"decay": 0.5, "weight": 2.0, "transformations": views, "neighbors": "features"}
    model = game(prior=prior, **options)
    model.fit(IMAGES, batch_size=8, steps_per_epoch=1, verbose=0)
    copy = assert_survives(model, tmp_path).generator_regularizers[0]
    assert (copy.weight, copy.search_steps, copy.decay) == (2.0, 2, 0.5)
    assert (copy.transformations.shift, copy.neighbors) == (0.2, "features")


@pytest.mark.parametrize(
    "arguments, text",
    [
        ({"weight": -1.0}, "weight must be at least 0, got -1.0"),
        ({"search_steps": 0}, "search_steps must be a whole number of at least 1, got 0"),
        ({"decay": 1.0}, r"decay must be in \[0, 1\), got 1.0"),
        ({"beta": 1.0}, r"beta must be in \[0, 1\), got 1.0"),
        ({"neighbors": "feature"}, "Unknown neighbors 'feature'.*nearest: features"),
    ],
)
def test_numbers_outside_their_range_are_named(arguments, text):
    with pytest.raises(ValueError, match=text):
        ViewInformation(**arguments)


def test_a_discriminator_without_outcomes_is_named():
    with pytest.raises(ValueError, match="networks.grouped_discriminator, got"):
        compiled(small_model(), generator_regularizers=[ViewInformation()])


def test_an_offset_changes_no_neighbour():
    samples = np.random.default_rng(7).normal(size=(40, 6)).astype("float32")
    expected = np.array(nearest_neighbors(samples))
    moved = samples + np.float32(1e4)  # Rounds to 1e-3.
    assert np.mean(np.array(nearest_neighbors(moved)) == expected) > 0.95
