"""Work counted by hand."""

import keras
import pytest
from keras import layers

from tfgan_it import latents, models, recipes
from tfgan_it.augmentation import DiffAugment
from tfgan_it.regularizers import R1, R2, Consistency, GradientPenalty
from trainers.benchmarks.work import ProductRate, products, step_work

# By hand: 2 * 3; 2 * 2 positions of the input x 3 * 3 kernel x 3 channels in x 1 out.
GENERATOR = [2 * 12, 4 * 9 * 3]
# 2 * 2 positions of the output x 3 * 3 x 1 x 2; 8 * 5; 5 * 1.
DISCRIMINATOR = [4 * 9 * 2, 8 * 5, 5]


def game(**options):
    generator = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(12),
            layers.Reshape((2, 2, 3)),
            layers.Conv2DTranspose(1, 3, strides=2, padding="same"),
        ]
    )
    trunk = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            layers.Conv2D(2, 3, strides=2, padding="same"),
            layers.BatchNormalization(),
            layers.Flatten(),
        ]
    )
    discriminator = keras.Sequential([trunk, layers.Dense(5), layers.LeakyReLU(), layers.Dense(1)])
    model = models.GAN(generator, discriminator, latents.Normal(2))
    model.compile(**options)
    return model


def test_products_of_each_layer():
    model = game()
    assert products(model.generator) == GENERATOR
    assert products(model.discriminator) == DISCRIMINATOR


def test_products_are_in_the_order_of_the_layers_whatever_holds_them():
    model = recipes.infogan((8, 8, 1), width=2, features=5)
    # 4 x 4 positions, 4 x 4 kernel, 1 to 2; 2 x 2 positions, 2 to 4; 2 x 2 x 4 to 5; then heads.
    assert products(model.discriminator)[:3] == [16 * 16 * 2, 4 * 16 * 2 * 4, 16 * 5]


F, FIRST, G, LAST = sum(DISCRIMINATOR), DISCRIMINATOR[0], sum(GENERATOR), GENERATOR[0]
UPDATE = 6 * F - 2 * FIRST + G
GENERATORS_UPDATE = 2 * F + 2 * G - LAST


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, UPDATE + GENERATORS_UPDATE),
        ({"discriminator_steps": 3}, 3 * UPDATE + GENERATORS_UPDATE),
        ({"loss": "relativistic_pairing"}, UPDATE + GENERATORS_UPDATE + F),
        (
            {"discriminator_regularizers": [R1(1.0), R2(1.0)], "discriminator_steps": 2},
            2 * (UPDATE + 6 * F) + GENERATORS_UPDATE,
        ),
        (
            {"discriminator_regularizers": [GradientPenalty(1.0)]},
            UPDATE + 4 * F + GENERATORS_UPDATE,
        ),
    ],
)
def test_the_work_of_a_step(options, expected):
    assert step_work(game(**options), 7) == 2 * 7 * expected


def test_a_penalty_that_is_not_counted_is_refused():
    part = Consistency(DiffAugment("translation"))
    with pytest.raises(ValueError, match=r"^The work of Consistency is not counted\.\Z"):
        step_work(game(discriminator_regularizers=[part]), 7)


def test_a_rate_is_that_of_so_many_products(monkeypatch):
    clock = iter([0.0, 0.5, 1.5, 2.0])
    monkeypatch.setattr("trainers.benchmarks.work.time.perf_counter", lambda: next(clock))
    assert ProductRate(size=10).measure(seconds=1.0) == 2 * 10**3 * 1 / 2.0
