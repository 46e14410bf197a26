"""A probe of the density ratio, and divergences by it, on Gaussians whose ratio is known."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from support.games import POINTS, game_of_points, slopes_of, step_of
from support.small_models import compiled
from tfgan_it.latents import Normal
from tfgan_it.models import GAN
from tfgan_it.networks import mlp_discriminator, with_probe
from tfgan_it.regularizers import R1, DensityRatio, DensityRatioLoss
from tfgan_it.seeds import seeded_initializers

MEAN, SCALE = 0.7, 1.3  # Of generated samples; the data are N(0, 1).
# A sample without chance: the quantiles of N(0, 1).
NORMAL = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
REAL = np.asarray([-1.0, 0.5, 12.0, 2.0], "float32")
FAKE = np.asarray([0.3, -2.0, 11.0, 1.0], "float32")


def log_ratio(x):
    """ln p/q of the data and the generator with MEAN and SCALE."""
    p = -(x**2) / 2
    return p + (x - MEAN) ** 2 / (2 * SCALE**2) + np.log(SCALE)


def shown(real=REAL, fake=FAKE, reports=None):
    """A step in which the probe gives these ratios."""
    outputs = [{"logits": x, "log_ratio": tf.convert_to_tensor(x)[:, None]} for x in (real, fake)]
    report = {} if reports is None else {"report": reports.update}
    return step_of(real_outputs=outputs[0], generated_outputs=outputs[1], **report)


def gaussian_divergence(mean, scale, other_mean, other_scale):
    change = (scale / other_scale) ** 2
    return 0.5 * (change - 1 - np.log(change) + ((mean - other_mean) / other_scale) ** 2)


def exact(direction, mean, scale):
    """KL of N(mean, scale^2) and the data."""
    moments = (mean, scale, 0.0, 1.0) if direction == "reverse" else (0.0, 1.0, mean, scale)
    return gaussian_divergence(*moments)


both_directions = pytest.mark.parametrize("direction", ["reverse", "forward"])


@both_directions
def test_the_gradient_in_the_generator_is_that_of_the_divergence(direction):
    mean, scale = tf.Variable(MEAN), tf.Variable(SCALE)
    part = DensityRatio(direction, weight=0.3)
    with tf.GradientTape() as tape:
        samples = mean + scale * tf.constant(NORMAL, "float32")
        fake = {"logits": samples, "log_ratio": log_ratio(samples)[:, None]}
        term = part.loss(step_of(generated=samples, generated_outputs=fake))
    expected = slopes_of(
        lambda m, s: 0.3 * exact(direction, m, s), np.asarray(MEAN), np.asarray(SCALE)
    )
    gradient = tape.gradient(term, [mean, scale])
    np.testing.assert_allclose(gradient, expected, rtol=0.01)
    assert min(np.abs(expected)) > 0.02


@both_directions
def test_what_is_reported_is_the_divergence(direction):
    part = DensityRatio(direction, weight=0.3)
    real, fake = (log_ratio(x).astype("float32") for x in (NORMAL, MEAN + SCALE * NORMAL))
    reported = part.update(shown(real, fake))
    assert list(reported) == list(part.metric_names) == [f"{direction}_kl_nats"]
    nats = np.mean(reported[f"{direction}_kl_nats"])
    assert nats == pytest.approx(exact(direction, MEAN, SCALE), abs=2e-3)


def test_the_terms_of_samples():
    assert DensityRatio(weight=0.5).value(shown()).shape == (4,)
    np.testing.assert_allclose(DensityRatio(weight=0.5).value(shown()), -0.5 * FAKE)
    forward = DensityRatio("forward", weight=0.5, limit=1.5)
    expected = 1 - np.exp([0.3, -2.0, 1.5, 1.0])
    np.testing.assert_allclose(forward.value(shown()), 0.5 * expected, rtol=1e-5)
    reported = forward.update(shown())["forward_kl_nats"]
    np.testing.assert_allclose(reported, REAL + expected, rtol=1e-5)


def test_a_ratio_above_the_limit_pulls_no_more():
    ratio = tf.constant(FAKE)
    with tf.GradientTape() as tape:
        tape.watch(ratio)
        penalty = DensityRatio("forward", limit=1.5).value(shown(fake=ratio))
    expected = -np.exp(FAKE) * (FAKE < 1.5)
    np.testing.assert_allclose(tape.gradient(penalty, ratio), expected, rtol=1e-5)


def test_the_probe_learns_by_logistic_regression():
    reports, real, fake = {}, tf.constant(REAL), tf.constant(FAKE)
    with tf.GradientTape() as tape:
        tape.watch([real, fake])
        penalty = DensityRatioLoss(0.3).value(shown(real, fake, reports))
    losses = np.log1p(np.exp(-REAL)) + np.log1p(np.exp(FAKE))
    np.testing.assert_allclose(penalty, 0.3 * losses, rtol=1e-5)
    slopes = -1 / (1 + np.exp(REAL)), 1 / (1 + np.exp(-FAKE))
    for gradient, slope in zip(tape.gradient(penalty, [real, fake]), slopes, strict=True):
        np.testing.assert_allclose(gradient, 0.3 * slope, rtol=1e-5)
    assert list(reports) == list(DensityRatioLoss.metric_names)
    bound = np.log(2) - losses.mean() / 2
    assert np.mean(reports["probe_js_nats"]) == pytest.approx(bound, rel=1e-5)


def test_no_ratio_is_better_than_the_true_one():
    best = np.mean(DensityRatioLoss().value(shown(*_ratios())))
    for change in (lambda r: r + 0.1, lambda r: 1.1 * r, lambda r: r + 0.1 * np.sin(3 * r)):
        assert np.mean(DensityRatioLoss().value(shown(*map(change, _ratios())))) > best + 1e-4


def _ratios():
    return [log_ratio(x).astype("float32") for x in (NORMAL, MEAN + SCALE * NORMAL)]


def played(probe_weight=None, density_ratio=None, steps=2, **options):
    """Weights of the discriminator, the probe and the generator after some steps."""
    discriminator, generator = [lambda: R1(0.1)], []
    if probe_weight is not None:
        discriminator.append(lambda: DensityRatioLoss(probe_weight))
    if density_ratio is not None:
        generator.append(lambda: DensityRatio(*density_ratio))
    model = game_of_points(
        probe=True,
        discriminator_regularizers=discriminator,
        generator_regularizers=generator,
        run_eagerly=True,
        **options,
    )
    for step in range(steps):
        model.train_on_batch(POINTS[8 * step : 8 * step + 8])
    names = "mlp_discriminator", "mlp_discriminator_probe"
    networks = [model.discriminator.get_layer(name) for name in names]
    return [network.get_weights() for network in (*networks, model.generator)]


def assert_equal(ours, theirs, equal=True):
    differ = max(np.abs(a - b).max() for a, b in zip(ours, theirs, strict=True))
    assert (differ < 1e-6) if equal else (differ > 1e-3)


@pytest.fixture(scope="module")
def with_probe_alone():
    return played(1.0)


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_the_probe_learns_only_from_its_term(with_probe_alone):
    untouched = played(None, steps=0)
    adversarial, probe, generator = played(None)
    assert_equal(probe, untouched[1])
    # It disturbs neither player.
    assert_equal(adversarial, with_probe_alone[0])
    assert_equal(generator, with_probe_alone[2])
    assert_equal(with_probe_alone[1], untouched[1], equal=False)
    assert_equal(with_probe_alone[0], untouched[0], equal=False)


def test_the_probe_does_not_see_the_adversarial_loss(with_probe_alone):
    # The same generated samples in the first step, and only then.
    first, other = played(1.0, steps=1), played(1.0, steps=1, loss="wasserstein")
    assert_equal(first[1], other[1])
    assert_equal(first[0], other[0], equal=False)


@both_directions
def test_a_density_ratio_trains_only_the_generator(direction):
    plain, with_it = played(1.0, steps=1), played(1.0, (direction, 5.0), steps=1)
    assert_equal(plain[0], with_it[0])
    assert_equal(plain[1], with_it[1])
    assert_equal(plain[2], with_it[2], equal=False)


@pytest.mark.slow
@both_directions
def test_training_only_with_it_lowers_the_divergence(direction):
    data = np.random.default_rng(0).normal(1.0, 0.5, (256, 1)).astype("float32")
    inputs = keras.Input((1,))
    generator = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    generator.set_weights([np.ones((1, 1)), np.zeros(1)])
    with seeded_initializers(2):
        probe = mlp_discriminator((1,), width=32, depth=1)
    # A discriminator that says nothing: the divergence is all that moves the generator.
    silent = keras.Model(inputs, keras.layers.Lambda(lambda x: 0 * x)(inputs))
    model = GAN(generator, with_probe(silent, probe), Normal(1), seed=3)
    compiled(
        model,
        0.05,
        0.2,
        discriminator_regularizers=[DensityRatioLoss()],
        generator_regularizers=[DensityRatio(direction, limit=2.0)],
    )

    def divergence():
        scale, mean = (float(w.ravel()[0]) for w in generator.get_weights())
        pair = [(mean, abs(scale)), (1.0, 0.5)]
        one, other = pair if direction == "reverse" else pair[::-1]
        return gaussian_divergence(*one, *other)

    first = divergence()
    model.fit(data, batch_size=64, epochs=60, verbose=0)
    assert first > 0.5 and divergence() < 0.1 * first


@pytest.mark.parametrize(
    "list_, make, message",
    [
        ("discriminator", DensityRatioLoss, r"A density ratio needs .* 'log_ratio' .*, got logits"),
        ("generator", DensityRatio, r"A density ratio needs .* 'log_ratio' .*, got logits"),
    ],
)
def test_a_discriminator_without_a_probe_is_refused(list_, make, message):
    model = game_of_points(run_eagerly=True, **{f"{list_}_regularizers": [make]})
    with pytest.raises(ValueError, match=rf"^{message}\.\Z"):
        model.train_on_batch(POINTS[:8])
