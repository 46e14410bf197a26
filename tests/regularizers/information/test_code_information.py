"""The information term: what it trains, by how much, and what it does not change."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.small_models import (
    CODES,
    IMAGES,
    NOISE,
    compiled,
    discriminate,
    discriminator_weights,
    generate,
    generator_weights,
    information,
    small_model,
)
from tfgan_it.latents import Categorical, Normal, Product
from tfgan_it.models import GAN
from tfgan_it.models.runtime import Stream
from tfgan_it.regularizers import CodeInformation
from tfgan_it.seeds import StatelessSeed

BATCH = 8
LATENTS = CODES.sample(BATCH, seed=StatelessSeed(7, 0, Stream.LATENTS, 0)).numpy().astype("float64")


def information_of(weights):
    """L_I in nats of the first step's latents, in float64, without a model."""
    generator, discriminator = weights[:4], weights[4:]
    _, parameters = discriminate(discriminator, generate(generator, LATENTS))
    return sum(float(tf.reduce_mean(v)) for v in information(LATENTS, parameters).values())


def finite_difference(weights, tensor, index, width=1e-4):
    values = []
    for sign in (1, -1):
        moved = [w.copy() for w in weights]
        moved[tensor][index] += sign * width
        values.append(information_of(moved))
    return (values[0] - values[1]) / (2 * width)


def updates(player, lambda_information, images=IMAGES[:BATCH], **arguments):
    """What one step at learning rate 1 subtracts from the player's weights."""
    rates = {"generator": (1.0, 0.0), "discriminator": (0.0, 1.0)}[player]
    options = {"terms": [CodeInformation(lambda_information, **arguments)], "run_eagerly": True}
    model = compiled(small_model(CODES), *rates, **options)
    weights = {"generator": generator_weights, "discriminator": discriminator_weights}[player]
    before = weights(model)
    model.train_on_batch(images)
    return [a - b for a, b in zip(before, weights(model), strict=True)]


@pytest.fixture(scope="module")
def information_updates():
    """The part of each player's update that is due to L_I: -lambda dL_I/dw, by player."""
    return {
        player: [a - b for a, b in zip(updates(player, 1.0), updates(player, 0.0), strict=True)]
        for player in ("generator", "discriminator")
    }


@pytest.mark.parametrize(
    ("player", "tensor", "name"),
    [
        ("generator", 0, "hidden kernel"),
        ("generator", 3, "pixels' bias"),
        ("discriminator", 0, "trunk kernel"),
        ("discriminator", 4, "recognition kernel"),
        ("discriminator", 5, "recognition bias"),
    ],
)
def test_information_has_the_gradient_that_finite_differences_have(
    information_updates, player, tensor, name
):
    model = small_model(CODES)
    weights = [*generator_weights(model), *discriminator_weights(model)]
    weights = [w.astype("float64") for w in weights]
    update = information_updates[player][tensor]
    offset = 0 if player == "generator" else 4
    assert np.abs(update).max() > 1e-3
    for index in list(np.ndindex(update.shape))[::7]:
        slope = finite_difference(weights, offset + tensor, index)
        assert update[index] == pytest.approx(-slope, abs=2e-6), (name, index)


def test_information_has_no_gradient_in_the_adversarial_head(information_updates):
    kernel, bias = information_updates["discriminator"][2:4]
    assert not kernel.any() and not bias.any()


def test_recognition_learns_only_from_generated_images():
    one, other = (updates("discriminator", 1.0, IMAGES[i : i + BATCH]) for i in (0, 16))
    for index in (4, 5):
        np.testing.assert_array_equal(one[index], other[index])
        assert one[index].any()
    assert not np.array_equal(one[0], other[0])


def test_recognition_weight_is_of_the_discriminator_and_of_each_code():
    for player, weight in (("discriminator", 0.25), ("generator", 1.0)):
        whole = updates(player, {"category": 0.0, "style": 1.0})
        none = updates(player, 0.0)
        found = updates(player, 1.0, recognition_weight={"category": 0.0, "style": 0.25})
        category = updates(player, {"category": 1.0, "style": 0.0})
        shares = (0.0 if player == "discriminator" else 1.0), weight
        for change, a, b, zero in zip(found, category, whole, none, strict=True):
            expected = zero + shares[0] * (a - zero) + shares[1] * (b - zero)
            np.testing.assert_allclose(change, expected, atol=1e-6)
    message = r"^recognition_weight must name some of .*, got \['stile'\]\.\Z"
    with pytest.raises(ValueError, match=message):
        compiled(small_model(CODES), terms=[CodeInformation(recognition_weight={"stile": 0.5})])


def test_lambda_weighs_each_code_by_itself():
    lambdas = [{"category": a, "style": b} for a, b in ((0, 0), (3, 0), (0, 2), (3, 2))]
    by_lambdas = [updates("generator", each) for each in lambdas]
    for zero, first, second, total in zip(*by_lambdas, strict=True):
        assert np.abs(first - zero).max() > 1e-3 and np.abs(second - zero).max() > 1e-3
        np.testing.assert_allclose(total - zero, (first - zero) + (second - zero), atol=1e-6)


@pytest.mark.slow
def test_a_code_counts_from_the_step_it_is_given():
    late = CodeInformation(information_start_step={"category": 2})
    model = compiled(small_model(CODES), 0.0, 0.5, terms=[late])
    none = CodeInformation({"category": 0, "style": 1})
    without = compiled(small_model(CODES), 0.0, 0.5, terms=[none])
    for step in range(3):
        for each in (model, without):
            each.train_on_batch(IMAGES[:BATCH])
        pairs = zip(discriminator_weights(model), discriminator_weights(without), strict=True)
        assert all(np.array_equal(a, b) for a, b in pairs) == (step < 2)
    assert late.start_steps == {"category": 2, "style": 0}
    message = r"^information_start_step must name some of .*got \['styl'\]\.\Z"
    with pytest.raises(ValueError, match=message):
        compiled(small_model(CODES), terms=[CodeInformation(information_start_step={"styl": 3})])


def test_information_is_reported_in_nats():
    model = compiled(small_model(CODES), 0.0, 0.0, terms=[CodeInformation(0.5)])
    logs = model.train_on_batch(IMAGES[:BATCH], return_dict=True)
    weights = generator_weights(model), discriminator_weights(model)
    _, parameters = discriminate(weights[1], generate(weights[0], LATENTS.astype("float32")))
    expected = information(LATENTS.astype("float32"), parameters)
    for name, values in expected.items():
        assert logs[f"information_nats_{name}"] == pytest.approx(np.mean(values), abs=1e-6)
    total = logs["information_nats_category"] + logs["information_nats_style"]
    assert logs["information_nats"] == pytest.approx(total, abs=1e-6)
    # Only for the discrete code: the cross-entropy of its softmax.
    category = tf.nn.softmax_cross_entropy_with_logits(LATENTS[:, 2:5], parameters[:, :3])
    assert logs["information_gap_nats"] == pytest.approx(np.mean(category), abs=1e-6)


def test_history_has_each_code_and_no_loss():
    model = compiled(small_model(CODES), discriminator_steps=2)
    model.fit(IMAGES, batch_size=BATCH, verbose=0)
    # A step counts once, however many updates the discriminator makes.
    assert [m.count.numpy() for m in model.metrics] == [48, 24, 48, 24, 24, 24, 24]
    history = model.fit(IMAGES, batch_size=BATCH, validation_data=IMAGES[:BATCH], verbose=0).history
    names = ["discriminator_loss", "generator_loss", "js_nats"]
    names += ["information_nats", "information_nats_category", "information_nats_style"]
    names += ["information_gap_nats"]
    assert model.metric_names == names
    assert sorted(history) == sorted([*names, *(f"val_{name}" for name in names)])
    assert history["information_nats_category"][0] < math.log(3)


def test_infer_codes_gives_posteriors_by_name():
    model = small_model(CODES)
    codes = model.infer_codes(IMAGES, batch_size=32)
    shapes = {name: value.shape for name, value in codes.items()}
    assert shapes == {
        "category_probabilities": (48, 3),
        "style_mean": (48, 1),
        "style_scale": (48, 1),
    }
    assert {value.dtype for value in codes.values()} == {np.dtype("float32")}
    np.testing.assert_allclose(codes["category_probabilities"].sum(axis=1), 1, atol=1e-6)
    assert codes["style_scale"].min() > 0.05
    images = tf.constant(IMAGES / 127.5 - 1, "float32")
    _, parameters = discriminate(discriminator_weights(model), images)
    np.testing.assert_allclose(codes["style_mean"], parameters[:, 3:4], atol=1e-6)
    np.testing.assert_allclose(
        codes["category_probabilities"], tf.nn.softmax(parameters[:, :3]), atol=1e-6
    )


def test_averaged_weights_infer_codes_and_score():
    model = small_model(CODES, moving_average=0.9)
    before = model.infer_codes(IMAGES), model.score(IMAGES)
    compiled(model, discriminator_rate=1.0).train_on_batch(IMAGES[:BATCH])
    # After the first update, d = 1/10: the averages moved by nine tenths.
    averages = [v.numpy() for v in model.discriminator_average.averages]
    model.discriminator.set_weights(averages)
    plain = GAN(model.generator, model.discriminator, CODES)
    after = model.infer_codes(IMAGES), model.score(IMAGES)
    np.testing.assert_allclose(after[0]["style_mean"], plain.infer_codes(IMAGES)["style_mean"])
    np.testing.assert_allclose(after[1], plain.score(IMAGES))
    assert not np.allclose(after[0]["style_mean"], before[0]["style_mean"], atol=1e-3)
    assert not np.allclose(after[1], before[1], atol=1e-3)


def discriminator_with(outputs):
    model = small_model(CODES).discriminator
    features = model.get_layer("trunk").output
    return keras.Model(model.input, outputs(features, model.get_layer("logits").output))


@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        (lambda features, logits: logits, r"\{'logits': \(1,\)\}"),
        (lambda features, logits: {"logits": logits}, "logits"),
        (lambda features, logits: {"logits": logits, "codes": features}, r"'codes': \(8,\)"),
    ],
)
def test_refuses_a_discriminator_without_fitting_codes(outputs, got):
    wanted = r"^The discriminator must give 'codes' \(batch, 5\) beside 'logits', got .*"
    model = GAN(small_model(CODES).generator, discriminator_with(outputs), CODES)
    with pytest.raises(ValueError, match=wanted + got) as error:
        compiled(model, terms=[CodeInformation()])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("latent", [NOISE, Product(noise=Normal(6))])
def test_refuses_a_latent_without_codes(latent):
    parts = small_model(CODES)
    model = GAN(parts.generator, parts.discriminator, latent)
    message = "^CodeInformation needs a latent with codes, such as .*, got "
    with pytest.raises(ValueError, match=message):
        compiled(model, terms=[CodeInformation()])
    with pytest.raises(ValueError, match="^This model recognises no codes: its discriminator"):
        model.infer_codes(IMAGES)


@pytest.mark.parametrize("lambdas", [{"category": 1.0}, {"category": 1.0, "stile": 1.0}])
def test_refuses_lambdas_that_do_not_name_the_codes(lambdas):
    message = r"^lambda_information must name each of \['category', 'style'\], got \['category'"
    with pytest.raises(ValueError, match=message):
        small_model(CODES).compile(terms=[CodeInformation(lambdas)])


def test_codes_without_noise():
    latent = Product(category=Categorical(3))
    model = compiled(small_model(latent))
    logs = model.train_on_batch(IMAGES[:BATCH], return_dict=True)
    assert logs["information_nats"] == pytest.approx(logs["information_nats_category"])


def test_continuous_codes_have_no_gap():
    assert "information_gap_nats" not in compiled(small_model(Product(z=Normal(3)))).metric_names


def test_training_transmits_the_code():
    model = small_model(CODES)
    optimizers = (keras.optimizers.Adam(0.01) for _ in range(2))
    model.compile(*optimizers, terms=[CodeInformation()])
    history = model.fit(IMAGES, batch_size=16, epochs=40, verbose=0).history
    category = history["information_nats_category"]
    assert category[0] < 0.4 and 0.7 < np.mean(category[-10:]) < math.log(3)
