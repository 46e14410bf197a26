"""A term whose force on the generator is never above that of all others, in one step of SGD."""

import functools

import keras
import numpy as np
import pytest
from keras import ops

from support.games import POINTS, game_of_points
from tfgan_it.layers import SeparableCritic
from tfgan_it.regularizers import MutualInformation, NeighborEntropy
from tfgan_it.terms import Term

RATE = 0.5


class Clipped(NeighborEntropy):
    """A term without weights of its own."""

    clipped = True


class Shrinking(Term):
    """A term that moves the generator where the discriminator does not: to small samples."""

    def value(self, step):
        return ops.mean(ops.square(step.batch.generated), axis=-1)


def information_term(**arguments):
    """MINE of latents and points by a small critic, which is new each time."""
    return MutualInformation("mine", SeparableCritic((8,), 4), **arguments)


def moved(*makers, optimizer=None, steps=1, **options):
    """What one step adds to the generator's weights, and to those of a critic, flat."""
    model = game_of_points(
        rates=(RATE, 0.1), generator_regularizers=makers, run_eagerly=True, **options
    )
    if optimizer is not None:
        parts = model.generator_regularizers
        rest = {"generator_regularizers": parts, "run_eagerly": True}
        model.compile(optimizer, keras.optimizers.SGD(0.1), **rest)
    networks = model.generator, getattr(model.generator_regularizers[-1], "critic", None)
    before = [network.get_weights() for network in networks if network is not None]
    for _ in range(steps):
        model.train_on_batch(POINTS[:16])
    after = [network.get_weights() for network in networks if network is not None]
    return [
        np.concatenate([(new - old).ravel() for new, old in zip(*weights, strict=True)])
        for weights in zip(after, before, strict=True)
    ]


@pytest.fixture(scope="module")
def adversarial():
    """By the adversarial loss, and a term that stands beside it unclipped."""
    return moved(Shrinking, lambda: NeighborEntropy(0.0))[0]


def information(beta, clipped, **options):
    return moved(Shrinking, lambda: information_term(beta=beta, clipped=clipped), **options)


@pytest.fixture(scope="module")
def unclipped():
    """By a term that is far stronger."""
    return information(50.0, False)


def test_its_part_has_the_norm_of_the_others_and_its_own_direction(adversarial, unclipped):
    own = unclipped[0] - adversarial
    limit, norm = np.linalg.norm(adversarial), np.linalg.norm(own)
    assert norm > 2 * limit
    part = information(50.0, True)[0] - adversarial
    np.testing.assert_allclose(part, own * limit / norm, rtol=1e-3, atol=1e-5)


def test_a_weak_term_is_left_as_it_is(adversarial):
    weak, clipped = information(0.01, False), information(0.01, True)
    norm = np.linalg.norm(weak[0] - adversarial)
    assert 1e-5 < norm < np.linalg.norm(adversarial)
    np.testing.assert_allclose(clipped[0], weak[0], atol=1e-6)


def test_the_critic_is_never_scaled(unclipped):
    critic = information(50.0, True)[1]
    assert np.abs(critic).max() > 1e-2
    np.testing.assert_allclose(critic, unclipped[1], rtol=1e-5, atol=1e-6)


def test_several_such_terms_are_scaled_as_one(adversarial):
    def both(clipped):
        entropy = Clipped if clipped else NeighborEntropy
        information = functools.partial(information_term, beta=50.0, clipped=clipped)
        return moved(Shrinking, lambda: entropy(20.0), information)[0] - adversarial

    together = both(False)
    limit, norm = np.linalg.norm(adversarial), np.linalg.norm(together)
    assert norm > 2 * limit
    np.testing.assert_allclose(both(True), together * limit / norm, rtol=1e-3, atol=1e-5)


def test_a_loss_that_is_scaled_is_clipped_alike(adversarial):
    scaling = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(RATE), initial_scale=1024.0)
    plain, scaled = information(50.0, True), information(50.0, True, optimizer=scaling)
    for ours, theirs in zip(scaled, plain, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    part = np.linalg.norm(scaled[0] - adversarial)
    assert part == pytest.approx(np.linalg.norm(adversarial), rel=1e-3)


def test_the_sum_is_clipped_by_the_optimizer_afterwards():
    limit = keras.optimizers.SGD(RATE, global_clipnorm=1e-3)
    generator, critic = information(50.0, True, optimizer=limit)
    norm = np.sqrt((generator**2).sum() + (critic**2).sum())
    assert norm == pytest.approx(RATE * 1e-3, rel=1e-3)


@pytest.mark.examples(1)
@pytest.mark.filterwarnings("ignore:Gradients do not exist")
@pytest.mark.parametrize("eager", [True, False])
def test_in_steps_without_it_nothing_is_added(eager):
    def generator_after_one(terms, eager):
        model = game_of_points(rates=(RATE, 0.1), generator_regularizers=terms, run_eagerly=eager)
        model.step.assign(1)
        model.train_on_batch(POINTS[:16])
        return model.generator.get_weights()

    term = functools.partial(information_term, beta=50.0, clipped=True, every=2)
    with_it, without = generator_after_one([term], eager), generator_after_one([], True)
    for ours, theirs in zip(with_it, without, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
