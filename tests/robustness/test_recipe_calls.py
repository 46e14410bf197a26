"""Recipes that are called wrongly say so before anything is built."""

import keras
import numpy as np
import pytest

from support.bad_calls import bad, one_line
from tfgan_it import augmentation, latents, losses, networks, recipes, regularizers

IMAGE, POINT = (8, 8, 1), (2,)
SMALL = {"width": 2}


def call(name, *shape, **hyperparameters):
    return lambda: recipes.get(name)(*(shape or (POINT,)), **hyperparameters)


SHAPES = [
    bad(call("dcgan", shape), "sample_shape", repr(shape), "(28, 28, 1)")
    for shape in (8, None, "8x8", (), (0,), (-8, 8, 1), (8.0, 8, 1), (True, 8, 1), [], {8, 1})
] + [
    bad(call("dcgan", (8, 8)), "Images", "(height, width, channels)", "(8, 8)"),
    bad(call("infogan", POINT), "Images", "(height, width, channels)", "(2,)"),
    bad(call("sngan", (9, 8, 1)), "(9, 8, 1)", "divisible by 4", "(8, 8, 1)"),
    bad(call("began", (8, 8, 1, 1)), "Images", "(8, 8, 1, 1)"),
    bad(call("cyclegan", {"a": IMAGE}), "sample_shape", "'a' and 'b'"),
    bad(call("cyclegan", {"a": IMAGE, "b": (8, "8", 1)}), "sample_shape of b", "'8'"),
    bad(call("cyclegan", POINT), "(2,)"),
    bad(call("acgan", IMAGE, conditions=2.5), "conditions", "2.5"),
    bad(call("conditional_gan", IMAGE, conditions="10"), "conditions", "'10'"),
    bad(call("projection_gan", IMAGE, conditions=-3), "classes", "-3"),
]

SIZES = [
    bad(call(name, IMAGE, **{argument: value}), argument, "whole number", str(value))
    for name, argument in [
        ("dcgan", "width"),
        ("dcgan", "kernel_size"),
        ("infogan", "features"),
        ("infogan", "noise"),
        ("infogan", "categories"),
        ("began", "hidden"),
        ("cyclegan", "blocks"),
        ("cyclegan", "pool_size"),
        ("adagan", "components"),
        ("multimodal_infogan", "width"),
        ("attention_infogan", "hidden"),
        ("pacgan", "pack_size"),
    ]
    for value in (-1, 1.5, "32", True)
] + [
    bad(call("dcgan", IMAGE, width=0), "width", "at least 1", "0"),
    bad(call("dcgan", POINT, depth=-1), "depth", "whole number", "-1"),
    bad(call("dcgan", POINT, depth="2"), "depth", "whole number", "'2'"),
    bad(call("infogan", IMAGE, categories=0, continuous=0), "categories and continuous"),
    bad(call("dcgan", POINT, latent_dimension=0), "dimension", "at least 1", "0"),
    bad(call("dcgan", POINT, discriminator_steps=0), "discriminator_steps", "at least 1"),
    bad(call("dcgan", POINT, discriminator_steps=2.0), "discriminator_steps", "2.0"),
    bad(call("dcgan", POINT, decay_steps="100"), "decay_steps", "'100'"),
    bad(call("dcgan", POINT, steps_per_execution=0), "steps_per_execution", "0"),
    bad(call("dcgan", POINT, width=[4]), "width", "[4]"),
    bad(call("dcgan", POINT, width=np.array([4, 4])), "width", "array([4, 4])"),
    bad(call("dcgan", POINT, width=None), "width", "None"),
]

# 10^9 channels, 10^12 pixels and 10^9 classes fit into no memory.
TOO_LARGE = [
    bad(call("dcgan", IMAGE, width=10**9), "dcgan", "GiB", "smaller"),
    bad(call("dcgan", (10**6, 10**6, 3)), "dcgan", "GiB", "smaller"),
    bad(call("dcgan", (10**12,), **SMALL), "mlp_generator", "GiB", "smaller"),
    bad(call("dcgan", POINT, latent_dimension=10**12), "1000000000000x64", "GiB"),
    bad(call("infogan", IMAGE, features=10**10), "infogan", "GiB"),
    bad(call("infogan", IMAGE, categories=10**12), "categories", "GiB"),
    bad(call("infogan", IMAGE, noise=10**15, **SMALL), "GiB"),
    bad(call("sngan", IMAGE, width=2**40), "sngan", "GiB"),
    bad(call("cyclegan", IMAGE, pool_size=10**13, blocks=1, width=2), "GiB", slow=True),
]

NUMBERS = [
    bad(call("dcgan", learning_rate=value), "learning_rate", str(value))
    for value in (0, -1e-3, "fast", float("nan"), float("inf"), None, True, [1e-3])
] + [
    bad(call("dcgan", discriminator_learning_rate=0), "discriminator_learning_rate", "above 0"),
    bad(call("dcgan", beta_1=1.0), "beta_1", "[0, 1)", "1.0"),
    bad(call("dcgan", beta_2=-0.1), "beta_2", "[0, 1)", "-0.1"),
    bad(call("dcgan", clip_norm=0), "clip_norm", "above 0", "0"),
    bad(call("dcgan", clip_norm="1"), "clip_norm", "'1'"),
    bad(call("dcgan", moving_average=1.0), "moving_average", "[0, 1)", "1.0"),
    bad(call("dcgan", moving_average="0.9"), "moving_average", "'0.9'"),
    bad(call("wgan_gp", lambda_=-1), "lambda_", "at least 0", "-1"),
    bad(call("wgan", limit=0), "limit", "above 0", "0"),
    bad(call("r3gan", gamma="1"), "gamma", "'1'"),
    bad(call("began", IMAGE, gamma=2), "gamma", "[0, 1]", "2"),
    bad(call("lecam", lambda_=float("nan")), "lambda_", "nan"),
    bad(call("infogan", IMAGE, minimum_scale=0, **SMALL), "minimum_scale", "above 0"),
    bad(call("infogan", IMAGE, lambda_information="1", **SMALL), "lambda_information", "'1'"),
    bad(call("infogan", IMAGE, lambda_information={"styl": 1}, **SMALL), "styl", "style"),
    bad(call("adagan", classifier_learning_rate="1"), "classifier_learning_rate", "'1'"),
    bad(call("dcgan_ada", IMAGE, target="high"), "target", "'high'"),
    bad(call("lsgan", a="0"), "a", "'0'"),
]

SWITCHES = [
    bad(call("dcgan", **{argument: value}), argument, "True or False", repr(value))
    for argument, value in [
        ("synchronized", "yes"),
        ("jit_compile", 1),
        ("jit_compile", "auto"),
        ("run_eagerly", None),
        ("run_eagerly", 0.5),
    ]
] + [
    bad(call("fgan", alternative="no"), "alternative", "True or False", "'no'"),
    bad(call("dcgan_ada", IMAGE, geometric="no"), "geometric", "True or False", "'no'"),
]

NAMES = [
    bad(call("dcgan", widht=3), "'widht'", "nearest: width"),
    bad(call("dcgan", lr=1e-3), "'lr'", "learning_rate"),
    bad(call("infogan", IMAGE, latent_dimension=3), "'latent_dimension'", "nearest"),
    bad(call("wgan_gp", lambda_gp=10), "'lambda_gp'", "nearest: lambda_"),
    bad(call("cyclegan", IMAGE, loss="mse"), "'mse'", "nearest"),
    bad(lambda: recipes.get("DCGAN2"), "'DCGAN2'", "nearest"),
    bad(lambda: recipes.get(None), "None", "nearest"),
    bad(call("dcgan", normalization="layer"), "'layer'", "nearest"),
    bad(call("dcgan", IMAGE, normalization=True), "True", "batch"),
    bad(call("dcgan", schedule="cosin"), "'cosin'", "nearest: cosine"),
    bad(call("dcgan", schedule=3), "schedule", "3", "constant"),
    bad(call("dcgan", latent="gaussian"), "'gaussian'", "nearest"),
    bad(call("dcgan", latent=-4), "latent", "-4"),
    bad(call("dcgan", latent=1.5), "latent", "1.5"),
    bad(call("dcgan", latent=latents.Normal), "latent", "Normal"),
    bad(call("infogan", IMAGE, prior="learnt"), "'learnt'", "nearest: learned"),
    bad(call("infogan", IMAGE, encoder="seperate"), "'seperate'", "nearest: separate"),
    bad(call("fgan", divergence="js"), "'js'", "nearest"),
    bad(call("multimodal_infogan", (8, 8, 2), posterior="sum"), "'sum'", "nearest"),
    bad(call("dcgan", discriminator="batch"), "discriminator", "'batch'", "dict"),
    bad(call("dcgan", discriminator={"pack": 2}), "'pack'", "nearest: pack_size"),
    bad(call("dcgan", IMAGE, discriminator={"widht": 2}), "'widht'", "nearest: width"),
]

LOSSES = [
    bad(call("dcgan", loss="mse"), "'mse'", "nearest: least_squares"),
    bad(call("dcgan", loss="mean_squared_error"), "nearest: least_squares"),
    bad(call("dcgan", loss="wgan_gp"), "'wgan_gp'", "nearest: wasserstein"),
    bad(call("dcgan", loss="hing"), "'hing'", "nearest: hinge"),
    bad(call("dcgan", loss="sparse_categorical_crossentropy"), "use one of", "hinge"),
    bad(call("dcgan", loss=None), "None", "hinge"),
    bad(call("dcgan", loss=3), "3", "hinge"),
    bad(
        call("dcgan", loss=keras.losses.BinaryCrossentropy()),
        "'binarycrossentropy'",
        "nearest: non_saturating",
    ),
    bad(
        call("dcgan", loss=keras.losses.MeanSquaredError()),
        "'meansquarederror'",
        "nearest: least_squares",
    ),
    bad(call("dcgan", loss=keras.losses.Hinge), "'hinge'", "nearest: hinge"),
    bad(call("dcgan", loss=losses.KullbackLeibler()), "'kullbackleibler'", "nearest"),
    bad(call("dcgan", loss={"class_name": "Nothing", "config": {}}), "Nothing"),
    bad(call("dcgan", loss=lambda real, fake: 0), "function", "hinge"),
]

TERMS = [
    bad(call("dcgan", discriminator_regularizers="r3"), "'r3'", "nearest: R"),
    bad(call("dcgan", discriminator_regularizers=["gradient_penaltee"]), "GradientPenalty"),
    bad(call("dcgan", discriminator_regularizers=3), "discriminator_regularizers", "3"),
    bad(call("dcgan", discriminator_regularizers=[None]), "discriminator_regularizers", "None"),
    bad(call("dcgan", discriminator_regularizers="consistency"), "Consistency", "augmentation"),
    bad(call("dcgan", discriminator_regularizers=[keras.regularizers.L2()]), "L2"),
    bad(call("dcgan", discriminator_regularizers="l2"), "'l2'", "nearest"),
    bad(
        call("dcgan", generator_regularizers=regularizers.R1()), "R1", "discriminator_regularizers"
    ),
    bad(call("wgan_gp", discriminator_regularizers="r4"), "'r4'"),
    bad(call("infogan", IMAGE, terms="nothing", **SMALL), "'nothing'", "nearest"),
    bad(call("dcgan", augmentation="color"), "augmentation", "'color'", "diffaugment"),
    bad(call("dcgan", augmentation=augmentation.Augmentation), "augmentation", "diffaugment"),
    bad(call("cyclegan", augmentation="diffaugmnt"), "'diffaugmnt'", "nearest: diffaugment"),
    bad(call("dcgan", terms=[networks.mlp_generator(POINT, 2)]), "terms"),
]

SGD = keras.optimizers.SGD(0.1)
OPTIMIZERS = [
    bad(call("dcgan", optimizer="adm"), "'adm'", "nearest: adam"),
    bad(call("dcgan", optimizer=None), "None", "adam"),
    bad(call("dcgan", optimizer=0.1), "0.1", "adam"),
    bad(call("dcgan", optimizer=keras.losses.Hinge), "Hinge", "adam"),
    bad(call("dcgan", optimizer="loss_scale"), "'loss_scale'", "adam"),
    bad(call("dcgan", optimizer=keras.optimizers.LossScaleOptimizer), "LossScaleOptimizer"),
    bad(call("dcgan", optimizer=SGD, learning_rate=0.1), "learning_rate", "own settings"),
    bad(call("wgan_gp", optimizer=SGD, beta_1=0.1, schedule="cosine"), "beta_1, schedule"),
    bad(call("cyclegan", IMAGE, optimizer=SGD, learning_rate=1.0), "learning_rate"),
    bad(call("dcgan", optimizer={"class_name": "Nonsense", "config": {}}), "Nonsense"),
    bad(call("dcgan", optimizer={"learning_rate": 1}), "optimizer", "learning_rate"),
]

SEEDS = [
    bad(call(name, IMAGE, seed=seed), "seed", "-2**63 to 2**63 - 1", str(seed))
    for name in ("dcgan", "variational_infogan", "adagan", "cyclegan")
    for seed in (1.5, "0", 2**63, True, None)
]


@pytest.mark.parametrize(
    "call, fragments",
    [
        *SHAPES,
        *SIZES,
        *TOO_LARGE,
        *NUMBERS,
        *SWITCHES,
        *NAMES,
        *LOSSES,
        *TERMS,
        *OPTIMIZERS,
        *SEEDS,
    ],
)
def test_a_mistake_is_one_line(call, fragments):
    with one_line(*fragments):
        call()
