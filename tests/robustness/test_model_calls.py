"""Models that are built, compiled and called wrongly say so in one line."""

import functools

import keras
import numpy as np
import pytest

from support.bad_calls import bad, one_line
from support.dense_models import translation_model
from support.small_models import CODES, IMAGES, SHAPE, small_model
from tfgan_it import conditions, latents, losses, models, regularizers

NAN = float("nan")
Z, LABELS = np.zeros((4, 6), "float32"), np.arange(4) % 3


class Subclassed(keras.Model):
    """A network without an input shape."""

    def call(self, x):
        return keras.ops.reshape(x, (-1, 3))


def dense(inputs, *outputs, name="network"):
    """A network between flat shapes, with a list of outputs if there are several."""
    x = keras.Input(inputs)
    flat = keras.layers.Flatten()(x)
    made = [keras.layers.Reshape(o)(keras.layers.Dense(int(np.prod(o)))(flat)) for o in outputs]
    return keras.Model(x, made if len(made) > 1 else made[0], name=name)


@functools.cache
def parts():
    return dense((6,), SHAPE), dense(SHAPE, (1,))


@functools.cache
def model(codes=False):
    made = small_model(CODES) if codes else small_model()
    made.compile()
    return made


@functools.cache
def conditional():
    x, y = keras.Input((6,)), keras.Input((3,))
    generator = keras.Model([x, y], keras.layers.Dense(2)(keras.layers.Concatenate()([x, y])))
    x, y = keras.Input((2,)), keras.Input((3,))
    discriminator = keras.Model([x, y], keras.layers.Dense(1)(keras.layers.Concatenate()([x, y])))
    return models.GAN(generator, discriminator, 6, conditions=3)


@functools.cache
def translation():
    return translation_model()


def gan(generator=None, discriminator=None, latent=6, **kwargs):
    def call():
        own = parts()
        return models.GAN(generator or own[0], discriminator or own[1], latent, **kwargs)

    return call


NETWORKS = [
    bad(lambda: models.GAN("dcgan", parts()[1], 6), "generator", "'dcgan'"),
    bad(lambda: models.GAN(parts()[0], None, 6), "discriminator", "None"),
    bad(lambda: models.GAN(keras.layers.Dense(2), parts()[1], 6), "generator", "Dense"),
    bad(lambda: models.GAN(parts()[0], lambda x: x, 6), "discriminator", "function"),
    bad(lambda: models.GAN(*[parts()[0]] * 2, 6), "generator", "discriminator", "two networks"),
    bad(lambda: models.GAN(*parts()[::-1], 6), "generator", "(4, 4, 1)", "(6,)"),
    bad(lambda: models.GAN(*parts()), "latent"),
    bad(lambda: models.GAN(parts()[0], 6), "latent"),
    bad(gan(latent=7), "(6,)", "(7,)"),
    bad(gan(generator=Subclassed()), "discriminator", "(4, 4, 1)", "(3,)"),
    bad(gan(discriminator=Subclassed()), "logits", "(batch, 3)"),
    bad(gan(generator=keras.Sequential([keras.layers.Dense(5)])), "(4, 4, 1)", "(5,)"),
    bad(gan(discriminator=dense(SHAPE, (2,))), "logits", "(batch, 2)"),
    bad(gan(discriminator=dense(SHAPE, (4, 4, 3))), "logits", "(batch, 4, 4, 3)"),
    bad(gan(discriminator=dense(SHAPE, (1,), (5,))), "logits", "(batch, 5)"),
    bad(gan(discriminator=dense((4, 4, 3), (1,))), "(4, 4, 3)", "(4, 4, 1)"),
    bad(gan(generator=dense((6,), (4, 4, 3))), "(4, 4, 1)", "(4, 4, 3)"),
    bad(gan(generator=dense((6,), SHAPE, SHAPE)), "discriminator"),
]

CONSTRUCTORS = [
    *[bad(gan(latent=value), "latent", repr(value)) for value in (0, -1, 2.5, "16", None, [6])],
    *[bad(gan(seed=seed), "seed", str(seed)) for seed in (1.5, "0", None, 2**63, True)],
    bad(gan(moving_average=1.0), "moving_average", "1.0"),
    bad(gan(moving_average=-0.1), "moving_average", "-0.1"),
    bad(gan(moving_average="0.9"), "moving_average", "'0.9'"),
    bad(gan(moving_average=True), "moving_average", "True"),
    bad(gan(moving_averge=0.9), "moving_averge"),
    bad(gan(conditions="10"), "conditions", "'10'"),
    bad(gan(conditions=10), "(6,)", "(10,)"),
    bad(gan(conditions={"digit": "ten"}), "'ten'"),
    bad(lambda: models.AdaGAN(*parts(), latents.Normal(6), components=0), "components", "0"),
    bad(lambda: models.AdaGAN(*parts(), latents.Normal(6), components=2.5), "components", "2.5"),
    bad(lambda: models.AdaGAN(*parts(), latents.Normal(6), component=9), "component", "9"),
    bad(lambda: models.AdaGAN(*parts(), "16"), "latent", "'16'"),
    bad(lambda: models.AdaGAN(*parts(), 6, classifier_learning_rate=0), "classifier_learning_rate"),
    bad(lambda: models.AdaGAN(*parts(), 6, conditions=3), "AdaGAN", "conditions"),
    bad(lambda: models.AdaGAN("g", parts()[1], 6), "'g'"),
    bad(lambda: models.VariationalInfoGAN(*parts(), 6, parts()[1]), "latent", "Product", "6"),
    bad(lambda: models.VariationalInfoGAN(*parts(), CODES, "e"), "encoder", "'e'"),
    bad(lambda: models.MultimodalInfoGAN(*parts(), CODES, {"a": 1}), "codes"),
    bad(lambda: models.MultimodalInfoGAN(*parts(), CODES, {"a": 1.5}), "'a'", "1.5"),
    bad(lambda: models.MultimodalInfoGAN(*parts(), CODES, "ab"), "modalities", "'ab'"),
    bad(lambda: models.DomainTranslationGAN(*[parts()[0]] * 4), "two networks"),
    bad(
        lambda: models.DomainTranslationGAN(Subclassed(), *(dense((3,), (3,)) for _ in range(3))),
        "to_a",
        "functional",
    ),
    bad(
        lambda: models.DomainTranslationGAN(
            *(dense((3,), (3,)) for _ in range(2)),
            *(dense((3,), (1,)) for _ in range(2)),
            pool_size=-1,
        ),
        "pool_size",
        "-1",
    ),
    bad(lambda: models.boosting_weights([1.0], 2), "beta", "2"),
    bad(lambda: models.boosting_weights([-1.0], 0.5), "ratios"),
    bad(lambda: models.boosting_weights("a", 0.5), "ratios"),
]


def compiling(*args, **kwargs):
    return lambda: small_model().compile(*args, **kwargs)


SGD = keras.optimizers.SGD()
COMPILING = [
    bad(compiling("adam", "adamm"), "'adamm'", "nearest: adam"),
    bad(compiling(None), "None", "adam"),
    bad(compiling(0.1), "0.1", "adam"),
    bad(compiling(SGD, SGD), "two objects"),
    bad(compiling(keras.optimizers.LossScaleOptimizer), "LossScaleOptimizer"),
    bad(compiling({"class_name": "Sgdd", "config": {}}), "Sgdd"),
    bad(compiling(loss="hinj"), "'hinj'", "nearest: hinge"),
    bad(compiling(loss=["hinge"]), "['hinge']"),
    bad(compiling(loss="BinaryCrossentropy"), "nearest: non_saturating"),
    bad(compiling(loss=losses.Hinge().discriminator_loss), "hinge"),
    bad(compiling(discriminator_steps=0), "discriminator_steps", "0"),
    bad(compiling(discriminator_steps=1.5), "discriminator_steps", "1.5"),
    bad(compiling(discriminator_steps="5"), "discriminator_steps", "'5'"),
    bad(compiling(discriminator_regularizers="r5"), "'r5'", "nearest"),
    bad(compiling(generator_regularizers="r1"), "R1", "discriminator_regularizers"),
    bad(compiling(terms={"a": 1}), "terms"),
    bad(compiling(terms=regularizers.CodeInformation()), "codes"),
    bad(compiling(augmentation="diff"), "augmentation", "'diff'"),
    bad(compiling(discriminator_steps=np.array([1, 2])), "discriminator_steps"),
    bad(compiling(lr=1), "'lr'", "nearest"),
]

GENERATING = [
    *[
        bad(lambda n=n: model().generate(n), "n must be a whole number", str(n))
        for n in (-1, 2.5, "3", None, True, [3])
    ],
    *[
        bad(lambda seed=seed: model().generate(2, seed), "seed", str(seed))
        for seed in (1.5, "0", 2**63, True)
    ],
    bad(lambda: model().generate(10**12), "GiB", "smaller"),
    bad(lambda: model().sample_latents(10**14), "GiB"),
    bad(lambda: model().sample_latents(-2), "n must", "-2"),
    bad(lambda: model().latents_of_seeds([0, 1.5]), "seed", "1.5"),
    *[
        bad(lambda seeds=seeds: model().latents_of_seeds(seeds), "seeds", "whole numbers")
        for seeds in (3, None, "12")
    ],
    bad(lambda: model().sample_conditions(2, 0), "takes no conditions"),
    bad(lambda: model(True).with_codes(np.zeros((3, 4)), {"category": 1}), "(n, 6)", "(3, 4)"),
    bad(lambda: model(True).with_codes(None, {"category": 1}), "(n, 6)", "()"),
    bad(lambda: model().train_on_batch((IMAGES, IMAGES)), "train_on_batch(x, y)"),
    bad(lambda: model()(inputs=IMAGES), "takes latents (n, 6)"),
    bad(lambda: translation().latents_of_seeds([1]), "no latent"),
    bad(lambda: translation().translate(IMAGES, batch_size=0), "batch_size", "0"),
    bad(lambda: translation()(IMAGES), "dict of samples, a, b", "(48, 4, 4, 1)"),
    bad(lambda: translation().predict({"a": IMAGES, "b": IMAGES[:3]}), "as many samples"),
    bad(lambda: conditional().sample_conditions(-1, 0), "n must", "-1"),
    bad(lambda: conditional().sample_conditions(2, 1.5), "seed", "1.5"),
    *[
        bad(lambda x=x: model().predict(x), "predict takes latents")
        for x in (None, "z", 3, IMAGES, {"z": 1}, Z.astype(object), np.zeros(6))
    ],
    *[
        bad(lambda size=size: model().predict(Z, batch_size=size), "batch_size", str(size))
        for size in (0, -1, 1.5, "2")
    ],
    *[
        bad(lambda f=f, x=x: getattr(model(), f)(x), "takes latents (n, 6)", "generate")
        for f in ("__call__", "predict_on_batch")
        for x in (None, IMAGES, Z[:, :5], 3)
    ],
    *[
        bad(lambda f=f: getattr(conditional(), f)(Z), "(latents, conditions)", "(4, 6)")
        for f in ("__call__", "predict", "predict_on_batch")
    ],
    *[
        bad(lambda f=f, y=y: getattr(conditional(), f)((Z, np.array(y))), "Label", str(n))
        for f in ("__call__", "predict", "predict_on_batch")
        for y, n in (([0, 1, 2, 3], 3), ([0, 1, 2], 4), (np.zeros((4, 7)), 7))
    ],
    bad(lambda: conditional().predict((Z[:, :5], LABELS)), "(n, 6)", "(4, 5)"),
    bad(lambda: conditional().predict((Z, LABELS, LABELS)), "(latents, conditions)", "tuple"),
    bad(lambda: model().generate(2, batch_size=0), "batch_size", "0"),
    bad(lambda: model().generate(2, batch_size="2"), "batch_size", "'2'"),
    bad(lambda: model().generate(2, codes={"category": 1}), "'category'", "there is none"),
    bad(lambda: model(True).generate(2, codes={"category": 1.5}), "0 to 2", "(2, 3)", "got 1.5"),
    bad(lambda: model().generate(2, codes=[1]), "codes", "[1]", "dict"),
    bad(lambda: model().generate(2, conditions=1), "takes no conditions"),
    bad(lambda: model(True).generate(2, codes={"categry": 1}), "'categry'", "nearest: category"),
    bad(lambda: model(True).generate(2, codes={"category": 3}), "category", "0 to 2", "3"),
    bad(lambda: model(True).generate(2, codes={"category": -1}), "category", "0 to 2", "-1"),
    bad(lambda: model(True).generate(2, codes={"category": [0, 1, 2]}), "category", "(2,)"),
    bad(lambda: model(True).generate(2, codes={"category": "one"}), "category", "'one'"),
    bad(lambda: model(True).generate(2, codes={"style": NAN}), "style"),
    bad(lambda: model(True).generate(2, codes={"style": [NAN]}), "style", "nan"),
    bad(lambda: model(True).generate(2, codes={"style": [[1, 2]]}), "style", "(1, 2)"),
    bad(lambda: model(True).generate(2, codes={"style": ["a"]}), "style", "'a'"),
    bad(lambda: model(True).generate(2, codes={"noise": [0, 0]}), "'noise'", "style"),
    bad(lambda: conditional().generate(2, conditions=3), "3", "0"),
    bad(lambda: conditional().generate(2, conditions=[0, 1, 2]), "3", "2"),
    bad(lambda: conditional().generate(2, conditions="a"), "<U1", "0..2"),
    bad(lambda: conditional().generate(2, conditions=NAN), "nan"),
    bad(lambda: model().score(np.zeros((2, 4, 4, 3))), "(n, 4, 4, 1)", "(2, 4, 4, 3)"),
    bad(lambda: model().score(np.zeros((4, 4, 1))), "(4, 4, 1)"),
    bad(lambda: model().score(np.full((2, *SHAPE), NAN)), "finite"),
    bad(lambda: model().score(None), "()", "(n, 4, 4, 1)"),
    bad(lambda: model().score("images"), "images"),
    bad(lambda: model().score(IMAGES, batch_size=0), "batch_size", "0"),
    bad(lambda: model().score(IMAGES[:0]), "0"),
    bad(lambda: model().infer_codes(IMAGES), "recognises no codes"),
    bad(lambda: model(True).infer_codes(IMAGES[..., 0]), "(n, 4, 4, 1)", "(48, 4, 4)"),
    bad(lambda: model(True).infer_codes(IMAGES, batch_size=1.5), "batch_size", "1.5"),
    bad(lambda: conditional().score(np.zeros((2, 2))), "conditional"),
    bad(lambda: conditional().score(np.zeros((2, 2)), [0]), "1", "2"),
    bad(lambda: conditional().score(np.zeros((2, 2)), [0, 9]), "9"),
    bad(lambda: conditional().infer_codes(np.zeros((2, 2)), [0, 1]), "recognises no codes"),
    bad(lambda: models.GAN(*parts(), 6).fit(IMAGES), "Compile"),
    bad(lambda: models.GAN(*parts(), 6, conditions=conditions.Vector(2)), "(6,)", "(2,)"),
]


@pytest.mark.parametrize("call, fragments", [*NETWORKS, *CONSTRUCTORS, *COMPILING, *GENERATING])
def test_a_mistake_is_one_line(call, fragments):
    with one_line(*fragments):
        call()
