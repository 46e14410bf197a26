"""Where the train step augments: whatever the discriminator sees in training."""

import keras
import numpy as np
import pytest
from keras import ops

from support.cases import slow
from support.games import recorded
from support.small_models import IMAGES, compiled, scaled, small_model
from tfgan_it.augmentation import AdaptiveAugmentation, Augmentation, DiffAugment
from tfgan_it.regularizers import R1


class Spy(Augmentation):
    """Counts what it is shown; multiplies it by a factor."""

    def __init__(self, factor=1.0):
        super().__init__()
        self.factor, self.seen = factor, []

    def augment(self, images, draw):
        self.seen.append(ops.convert_to_numpy(images))
        return self.factor * images


def played(augmentation, steps=1, **options):
    """A small game of eager steps on the first images, not shuffled."""
    model = compiled(small_model(), augmentation=augmentation, run_eagerly=True, **options)
    for _ in range(steps):
        model.train_on_batch(IMAGES[:8])
    return model


@pytest.mark.parametrize(
    "options, calls",
    [
        ({}, "real fake fake"),
        ({"discriminator_regularizers": [R1(1.0)]}, "real fake fake"),
        ({"loss": "relativistic_pairing"}, "real fake real fake"),
    ],
)
def test_both_players_see_augmented_images_only(options, calls):
    spy = Spy()
    played(spy, **options)
    real = [np.array_equal(images, scaled(IMAGES[:8])) for images in spy.seen]
    assert real == [call == "real" for call in calls.split()]


def test_each_discriminator_step_augments_its_own_images():
    spy = Spy()
    played(spy, discriminator_steps=2)
    assert [len(images) for images in spy.seen] == [4, 4, 4, 4, 4]


def test_nothing_is_augmented_in_inference_mode():
    spy = Spy()
    model = compiled(small_model(), augmentation=spy, run_eagerly=True)
    model.evaluate(IMAGES, verbose=0)
    model.score(IMAGES)
    assert spy.seen == []


def generator_weights(model):
    return [v.numpy() for v in model.generator.trainable_variables]


def test_the_generator_learns_through_the_augmentation():
    start = generator_weights(small_model())
    moves = []
    for factor in (0.0, 1.0, -1.0):
        after = generator_weights(played(Spy(factor)))
        moves.append([a - b for a, b in zip(after, start, strict=True)])
    assert all(np.abs(move).max() == 0 for move in moves[0])
    assert all(np.abs(move).max() > 1e-6 for move in moves[1])
    assert any(np.abs(a - b).max() > 1e-5 for a, b in zip(*moves[1:], strict=True))


class WatchedR1(R1):
    """Keeps the penalties."""

    def value(self, step):
        self.seen = ops.convert_to_numpy(super().value(step))
        return ops.zeros(())


def test_r1_is_with_respect_to_the_images_before_augmentation():
    watched = WatchedR1(2.0)
    model = compiled(
        small_model(),
        0.1,
        0.0,
        augmentation=Spy(3.0),
        discriminator_regularizers=[watched],
        run_eagerly=True,
    )
    kernel, bias, last, _ = (v.numpy() for v in model.discriminator.trainable_variables)
    model.train_on_batch(IMAGES[:8])
    hidden = np.tanh(3 * scaled(IMAGES[:8]).reshape(8, 16) @ kernel + bias)
    slope = 3 * ((1 - hidden**2) * last[:, 0]) @ kernel.T
    np.testing.assert_allclose(watched.seen, (slope**2).sum(axis=1), rtol=1e-4)


def test_draws_differ_between_calls_and_steps_and_are_those_of_the_seed():
    class Draws(Augmentation):
        def augment(self, images, draw):
            drawn.append(draw(lambda rows, seed: keras.random.uniform((rows, 1), seed=seed)))
            return images

    runs = []
    for _ in range(2):
        drawn = []
        played(Draws(), steps=2)
        runs.append(np.asarray(drawn))
    np.testing.assert_array_equal(*runs)
    assert runs[0].shape == (6, 8, 1)
    assert len(np.unique(runs[0])) == runs[0].size


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [DiffAugment, *slow(lambda: AdaptiveAugmentation(interval=1, images=20, initial=0.5))],
)
def test_a_game_with_second_order_gradients_through_it(make):
    model, _, history = recorded(3, augmentation=make, regularizers=[lambda: R1(1.0, every=2)])
    assert np.isfinite([value for values in history.values() for value in values]).all()
    if isinstance(model.augmentation, AdaptiveAugmentation):
        assert all(0 <= p <= 1 for p in history["augmentation_p"])
        assert all(-1 <= r <= 1 for r in history["augmentation_r"])


def test_an_augmentation_must_define_what_it_does():
    with pytest.raises(NotImplementedError):
        Augmentation().augment(IMAGES, None)
