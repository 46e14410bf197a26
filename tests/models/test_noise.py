"""Random layers of a discriminator draw only in its update, as a function of the seed."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from support.games import POINTS, game_of_points, history_of
from tfgan_it.layers import GaussianBottleneck
from tfgan_it.models.runtime import Stream
from tfgan_it.seeds import StatelessSeed
from tfgan_it.terms import Term


def head(x):
    """A logit that is linear in a noisy code, and all that tells the noise."""
    code, information = GaussianBottleneck(3, name="bottleneck")(x)
    logits = keras.layers.Dense(1, name="logits")(code)
    return {"logits": logits, "bottleneck": information, "code": code, "features": x}


class Watcher(Term):
    """Keeps the outputs of the discriminator that its player is shown, real ones first.

    `again` more passes over the generated samples follow.
    """

    def __init__(self, again=0):
        super().__init__()
        self.again, self.seen = again, []

    def value(self, step):
        shown = [step.outputs.real, step.outputs.generated]
        shown += [step.networks.discriminate(step.batch.generated) for _ in range(self.again)]
        for outputs in shown:
            if outputs is not None:
                self.seen.append({name: value.numpy() for name, value in outputs.items()})
        return ops.zeros(())


def moments(model, features):
    """Mean and scale of the code."""
    kernel, bias = model.discriminator.get_layer("bottleneck").get_weights()
    mean, log_variance = np.split(features @ kernel + bias, 2, axis=1)
    return mean, np.exp(log_variance / 2)


def watched(steps=3, seed=7, start=0, player="discriminator", again=0, **options):
    """The noise of each pass in a game that stands still, `(passes, rows, 3)`."""
    watcher = Watcher(again)
    model = game_of_points(
        head=head,
        rates=(0.0, 0.0),
        seed=seed,
        run_eagerly=True,
        **{f"{player}_regularizers": [lambda: watcher]},
        **options,
    )
    model.step.assign(start)
    rows = 16 * options.get("discriminator_steps", 1)
    for step in range(steps):
        model.train_on_batch(np.roll(POINTS, step, axis=0)[:rows])
    noise = []
    for outputs in watcher.seen:
        mean, scale = moments(model, outputs["features"])
        noise.append((outputs["code"] - mean) / scale)
    return np.asarray(noise)


@pytest.fixture(scope="module")
def noise():
    """Of three steps: real and generated samples of each."""
    return watched()


def assert_all_differ(noise):
    """No two passes, and no two rows of one, have the same noise."""
    rows = noise.reshape(-1, 3)
    distances = np.abs(rows[:, None] - rows[None]).max(axis=2)
    assert distances[~np.eye(len(rows), dtype=bool)].min() > 1e-3


def test_noise_is_standard_normal_and_never_twice_the_same(noise):
    assert noise.shape == (6, 16, 3)
    assert stats.kstest(noise.ravel(), "norm").pvalue > 1e-3
    assert_all_differ(noise)


def test_noise_is_a_function_of_the_seed_and_the_step(noise):
    np.testing.assert_allclose(watched(), noise, atol=1e-5)
    np.testing.assert_allclose(watched(steps=1, start=2), noise[4:], atol=1e-5)
    assert np.abs(watched(seed=8) - noise).min(axis=-1).max() > 0.1


def test_noise_of_each_discriminator_step_and_of_each_pass():
    noise = watched(steps=2, discriminator_steps=2, again=1)
    assert noise.shape == (12, 16, 3)
    assert_all_differ(noise)


def test_the_generators_pass_sees_the_mean():
    noise = watched(player="generator", again=1)
    assert noise.shape == (6, 16, 3)
    np.testing.assert_allclose(noise, np.zeros_like(noise), atol=1e-4)


def logits_at_rest(model, x):
    """From the mean of the code, in NumPy."""
    kernel, bias = model.discriminator.layers[1].get_weights()
    hidden = x @ kernel + bias
    mean, _ = moments(model, np.where(hidden > 0, hidden, 0.2 * hidden))
    kernel, bias = model.discriminator.get_layer("logits").get_weights()
    return (mean @ kernel + bias)[:, 0]


def test_scores_and_evaluation_see_the_mean():
    model = game_of_points(head=head)
    expected = logits_at_rest(model, POINTS)
    np.testing.assert_allclose(model.score(POINTS), expected, rtol=1e-4, atol=1e-5)
    z = model.latent.sample(48, seed=StatelessSeed(model.seed, 0, Stream.EVALUATION))
    made = logits_at_rest(model, model.generator(z).numpy())
    softplus = np.logaddexp
    loss = (softplus(0, -expected) + softplus(0, made)).mean()
    result = model.evaluate(POINTS, batch_size=48, verbose=0)
    assert result["discriminator_loss"] == pytest.approx(loss, rel=1e-4)
    assert result["generator_loss"] == pytest.approx(softplus(0, -made).mean(), rel=1e-4)


@pytest.mark.slow
def test_compiled_by_xla_the_noise_is_the_same():
    plain, by_xla = (
        history_of(game_of_points(head=head, jit_compile=jit), steps=3) for jit in (False, True)
    )
    for name in plain:
        np.testing.assert_allclose(by_xla[name], plain[name], atol=1e-5)
