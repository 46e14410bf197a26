"""Arguments and inputs with which each registered class can be tried."""

import math

import keras
import numpy as np

from support.small_models import CODES, small_model
from tfgan_it import (
    augmentation,
    conditions,
    datasets,
    latents,
    layers,
    losses,
    metrics,
    models,
    regularizers,
)
from tfgan_it.models.domain_translation import DomainNetworks
from tfgan_it.models.translation import PairDiscriminator, SourceAndTranslation
from tfgan_it.networks.autoencoder import NegativeReconstructionError

ROWS = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")
IMAGES = np.random.default_rng(1).normal(size=(4, 8, 8, 3)).astype("float32")
TOKENS = np.random.default_rng(3).normal(size=(4, 5, 3)).astype("float32")
PARAMETERS = np.random.default_rng(2).normal(size=(4, 5)).astype("float32")


def network(units=3, shape=(6,)):
    """A network that classifies or describes rows or images."""
    inputs = keras.Input(shape)
    outputs = keras.layers.Dense(units)(keras.layers.Flatten()(inputs))
    return keras.Model(inputs, outputs)


def of_a_gan(latent=CODES, **more):
    """The arguments of a GAN of small images."""
    parts = small_model(latent)
    networks = {"generator": parts.generator, "discriminator": parts.discriminator}
    return {**networks, "latent": latent, **more}


def with_an_encoder():
    """The arguments of a GAN whose discriminator shows its features."""
    arguments = of_a_gan()
    discriminator = arguments["discriminator"]
    features = keras.layers.Identity()(discriminator.get_layer("logits").input)
    outputs = {**discriminator.output, "features": features}
    encoder = network(CODES.parts["noise"].posterior_params_size, (4, 4, 1))
    return arguments | {
        "discriminator": keras.Model(discriminator.input, outputs),
        "encoder": encoder,
    }


def of_two_modalities():
    """The arguments of a GAN whose images have one channel for each of two modalities."""
    inputs = keras.Input((CODES.dimension,))
    pixels = keras.layers.Reshape((4, 4, 2))(keras.layers.Dense(32)(inputs))
    images = keras.Input((4, 4, 2))
    flat = [keras.layers.Flatten()(images[..., i : i + 1]) for i in range(2)]
    codes = [keras.layers.Dense(CODES.codes.posterior_params_size)(x) for x in flat]
    fused, modality_weights = layers.PosteriorFusion(CODES.codes)(codes)
    logits = keras.layers.Dense(1)(keras.layers.Concatenate()(flat))
    outputs = {"logits": logits, "codes": fused, "modality_weights": modality_weights}
    outputs |= {"codes_a": codes[0], "codes_b": codes[1]}
    return {
        "generator": keras.Model(inputs, pixels),
        "discriminator": keras.Model(images, outputs),
        "latent": CODES,
        "modalities": {"a": 1, "b": 1},
    }


def translators():
    """The arguments of a model between two domains of small images."""

    def translator(channels, made):
        inputs = keras.Input((4, 4, channels))
        return keras.Model(inputs, keras.layers.Conv2D(made, 3, padding="same")(inputs))

    def patches(channels):
        inputs = keras.Input((4, 4, channels))
        return keras.Model(inputs, keras.layers.Conv2D(1, 2)(inputs))

    return {
        "to_a": translator(2, 1),
        "to_b": translator(1, 2),
        "discriminator_a": patches(1),
        "discriminator_b": patches(2),
        "pool_size": 6,
    }


def one_translator():
    """The arguments of a model from one domain of small images to another."""
    source, target = keras.Input((4, 4, 1)), keras.Input((4, 4, 2))
    judged = keras.layers.Concatenate()([target, source])
    return {
        "to_b": keras.Model(source, keras.layers.Conv2D(2, 3, padding="same")(source)),
        "discriminator": keras.Model([target, source], keras.layers.Conv2D(1, 2)(judged)),
    }


# Functions, for arguments such as networks belong to one object. What is missing takes none.
ARGUMENTS = {
    augmentation.DiffAugment: lambda: {"policy": "color,cutout"},
    conditions.ConditionDict: lambda: {
        "digit": conditions.Label(4),
        "position": conditions.Vector(2),
    },
    conditions.Image: lambda: {"shape": (4, 4, 1)},
    conditions.Label: lambda: {"classes": 3, "probabilities": [0.5, 0.3, 0.2]},
    conditions.Text: lambda: {"texts": ["cat", "goat"]},
    conditions.Vector: lambda: {"dimension": 2},
    latents.Categorical: lambda: {"categories": 3, "probabilities": np.array([0.5, 0.3, 0.2])},
    latents.LearnedCategorical: lambda: {"categories": 2, "probabilities": (0.3, 0.7)},
    latents.Normal: lambda: {"dimension": 2},
    latents.Product: lambda: {
        "noise": latents.Normal(2),
        "category": latents.LearnedCategorical(3),
        "style": latents.Uniform(1),
    },
    latents.Uniform: lambda: {"dimension": 2},
    layers.InferenceMode: lambda: {"network": network()},
    layers.AttentionPooling: lambda: {"queries": 2},
    layers.BilinearCritic: lambda: {"y_network": network(2)},
    layers.ConcatenatedCritic: lambda: {"hidden": (3,), "activation": keras.activations.tanh},
    layers.Conv2D: lambda: {"filters": 2, "kernel_size": 3, "activation": "elu"},
    layers.Conv2DTranspose: lambda: {"filters": 2, "kernel_size": 3, "strides": 2},
    layers.GaussianBottleneck: lambda: {"dimension": 2},
    layers.GaussianCritic: lambda: {"hidden": [3], "x_network": network(2)},
    layers.GaussianMarginal: lambda: {"covariance": "diagonal"},
    layers.OverclusteringHead: lambda: {"categories": 2},
    layers.PosteriorFusion: lambda: {"codes": CODES.codes, "posterior": "mixture"},
    layers.PriorIfMissing: lambda: {"codes": CODES.codes},
    layers.SeparableCritic: lambda: {"hidden": (3,), "x_network": network(2)},
    layers.TokenSampling: lambda: {
        "mode": "gumbel",
        "vocabulary": datasets.Vocabulary("ab", unknown="a"),
    },
    layers.Waveform: lambda: {"rate": 8000},
    datasets.Vocabulary: lambda: {"characters": "abc", "unknown": "c"},
    losses.DiscreteFDivergence: lambda: {"divergence": "pearson"},
    losses.FDivergence: lambda: {"divergence": "pearson"},
    losses.KullbackLeibler: lambda: {"direction": "reverse"},
    losses.VariationalMutualInformation: lambda: {"codes": CODES.codes},
    metrics.AdjustedRandIndex: lambda: {"num_classes": 3, "num_clusters": 4},
    metrics.AggregatedEntropy: lambda: {"num_classes": 3},
    metrics.ClusterAccuracy: lambda: {"num_classes": 3, "num_clusters": 4},
    metrics.FrechetDistance: lambda: {"dimension": 3},
    metrics.LabelInformation: lambda: {"num_classes": 3},
    metrics.ModeCoverage: lambda: {"centres": np.eye(2), "std": np.float32(0.5)},
    metrics.NormalizedMutualInformation: lambda: {"num_classes": 3, "num_clusters": 4},
    metrics.Purity: lambda: {"num_classes": 3, "num_clusters": 4},
    models.AdaGAN: lambda: of_a_gan(latents.Normal(6), components=2, component=1),
    DomainNetworks: lambda: {"a": network(), "b": network(), "swap": True},
    models.DomainTranslationGAN: translators,
    SourceAndTranslation: lambda: {"to_b": network()},
    PairDiscriminator: lambda: {"network": network(), "pairs": False},
    models.TranslationGAN: one_translator,
    models.GAN: lambda: of_a_gan(latents.Normal(6), moving_average=0.5),
    models.MultimodalInfoGAN: of_two_modalities,
    models.VariationalInfoGAN: with_an_encoder,
    regularizers.Consistency: lambda: {"augmentation": augmentation.InstanceNoise(0.2)},
    regularizers.FeatureGaussian: lambda: {"features": network(2), "covariance": "full"},
    regularizers.LabelMarginal: lambda: {"classifier": network(), "marginal": (0.5, 0.3, 0.2)},
    regularizers.ModalityInformation: lambda: {
        "modalities": ("image", "sound"),
        "lambda_modalities": {"image": 0.5, "sound": 1.0},
    },
    regularizers.MutualInformation: lambda: {
        "loss": losses.MINE(0.7),
        "critic": layers.SeparableCritic((3,), 2),
    },
    regularizers.NTXent: lambda: {"transformations": layers.RandomViews(0.2)},
    regularizers.NeighborEntropy: lambda: {"features": network(2)},
    regularizers.CrossModalInformation: lambda: {
        "outputs": ("codes_a", "codes_b"),
        "joint": "codes",
    },
    regularizers.TotalCorrelation: lambda: {"source": "real", "critic": network(1)},
    regularizers.ViewInformation: lambda: {"transformations": layers.RandomViews(0.2)},
}

# What a layer is called on; rows for all others.
INPUTS = {
    NegativeReconstructionError: ([IMAGES, IMAGES + 1],),
    layers.AttentionPooling: (IMAGES,),
    layers.BilinearCritic: (ROWS, ROWS + 1),
    layers.ConcatenatedCritic: (ROWS, ROWS + 1),
    layers.ConcatenateCondition: ([IMAGES, ROWS],),
    layers.ConditionalBatchNormalization: ([IMAGES, ROWS],),
    layers.Conv2D: (IMAGES,),
    layers.Conv2DTranspose: (IMAGES,),
    layers.GaussianCritic: (ROWS, ROWS + 1),
    layers.GlobalSumPooling2D: (IMAGES,),
    layers.RandomViews: (IMAGES,),
    layers.PackSamples: (np.ones((6, 4), "float32"),),
    layers.PosteriorFusion: ([PARAMETERS, PARAMETERS + 1], ROWS[:, :2]),
    layers.PriorIfMissing: (PARAMETERS, ROWS[:, :1]),
    layers.ProjectionLogit: ([ROWS, PARAMETERS],),
    layers.SelfAttention: (IMAGES,),
    layers.SeparableCritic: (ROWS, ROWS + 1),
    layers.PaddingMask: (TOKENS,),
    layers.PhaseShuffle: (TOKENS,),
    layers.TokenSampling: ([TOKENS, TOKENS],),
    layers.UnpackLogits: ([ROWS[:2, :1], ROWS],),
}

# What each refuses beside text, NaN, None and numbers below 0.
REFUSED = {
    augmentation.AdaptiveAugmentation: {"initial": [1.5], "interval": [0], "images": [0]},
    augmentation.DiffAugment: {"policy": ["colour"]},
    augmentation.InstanceNoise: {"steps": [0]},
    conditions.Image: {"shape": [(4, 4), (4, 4, 0)]},
    conditions.Label: {"classes": [1, 2.5]},
    conditions.Text: {"length": [0, 2.5], "texts": [["cat"]]},
    conditions.Vector: {"dimension": [0, 1.5]},
    latents.Categorical: {"categories": [0, 2.5]},
    latents.LearnedCategorical: {"gradient": ["scores"], "temperature": [0]},
    latents.Normal: {"dimension": [0, 1.5], "minimum_scale": [0], "scale": [0, math.inf]},
    latents.Uniform: {"dimension": [0], "minimum_scale": [0], "high": [-1.0, math.inf]},
    layers.AttentionPooling: {"queries": [0]},
    layers.GaussianBottleneck: {"dimension": [0]},
    layers.GaussianMarginal: {"covariance": ["diag"], "minimum_scale": [0, 1]},
    layers.OverclusteringHead: {"categories": [1]},
    layers.PhaseShuffle: {"shift": [0.5]},
    layers.TokenSampling: {"mode": ["hard"], "temperature": [0]},
    layers.Waveform: {"rate": [0, 0.5]},
    layers.RandomViews: {
        "shift": [2],
        "rotation": [200],
        "zoom": [1],
        "contrast": [1.5],
        "erase": [1.5],
        "seed": [0.5],
    },
    layers.PackSamples: {"pack_size": [0]},
    layers.UnpackLogits: {"pack_size": [0]},
    losses.BoundaryEquilibrium: {"gamma": [1.5], "lambda_k": [0.0]},
    losses.FDivergence: {"divergence": ["pearsen"]},
    losses.IICLoss: {"entropy_weight": [math.inf], "base": [1]},
    metrics.CalibrationError: {"strategy": ["with"]},
    metrics.FrechetDistance: {"kind": ["fll"], "shrinkage": ["oa"], "dimension": [0]},
    metrics.ModeCoverage: {"std": [0], "radius": [0]},
    regularizers.Bottleneck: {"player": ["generatr"]},
    regularizers.ContrastiveCodes: {"gap_drops": [0], "width": [0]},
    regularizers.DensityRatio: {"direction": ["revers"], "limit": [0]},
    regularizers.FeatureGaussian: {"covariance": ["ful"], "decay": [1.0], "floor": [0.0]},
    regularizers.GradientMatching: {"score": ["logits"]},
    regularizers.InfoMax: {"source": ["reel"]},
    regularizers.LeCam: {"decay": [1.0]},
    regularizers.MutualInformation: {
        "loss": ["info_nice"],
        "critic": ["separabel"],
        "source": ["code"],
    },
    regularizers.NTXent: {"temperature": [0]},
    regularizers.TotalCorrelation: {"source": ["reel"]},
    regularizers.NeighborEntropy: {"neighbors": [0]},
    regularizers.CrossModalInformation: {"objective": ["shared"]},
    regularizers.CodeInformation: {"information_start_step": [0.5]},
    regularizers.R1: {"every": [0]},
    regularizers.ViewInformation: {
        "search_steps": [0],
        "regroup_every": [0],
        "decay": [1.0],
        "neighbors": ["image"],
        "beta": [1.0],
    },
    regularizers.WeightClip: {"limit": [0]},
}
