"""Parts of a model that are called wrongly say so: latents, conditions, losses, terms, layers."""

import keras
import numpy as np
import pytest

from support.bad_calls import bad, one_line
from tfgan_it import augmentation, conditions, latents, layers, losses, optimizers, regularizers
from tfgan_it.information import f_divergence
from tfgan_it.models import ImagePool, MovingAverage

NAN = float("nan")
NETWORK = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])

LATENTS = [
    bad(lambda kind=kind, value=value: kind(value), "whole number", str(value))
    for kind in (latents.Normal, latents.Uniform, latents.Categorical, latents.LearnedCategorical)
    for value in (0, 2.5, "16", None, True)
] + [
    bad(lambda: latents.Categorical(10**12), "categories", "GiB"),
    bad(lambda: latents.LearnedCategorical(10**12), "categories", "GiB"),
    bad(lambda: latents.Categorical(2, [0.5, 0.6]), "probabilities", "0.6", "sum to 1"),
    bad(lambda: latents.Categorical(2, [1.0]), "probabilities", "2 numbers"),
    bad(lambda: latents.Categorical(2, "ab"), "probabilities", "'ab'"),
    bad(lambda: latents.Categorical(2, 0.5), "probabilities", "0.5"),
    bad(lambda: latents.Categorical(2, [NAN, 1.0]), "probabilities", "nan"),
    bad(lambda: latents.LearnedCategorical(2, [0.0, 1.0]), "probability of 0"),
    bad(lambda: latents.LearnedCategorical(2, temperature="1"), "temperature", "'1'"),
    bad(lambda: latents.Normal(2, scale="1"), "scale", "'1'"),
    bad(lambda: latents.Normal(2, scale=True), "scale", "True"),
    bad(lambda: latents.Uniform(2, 1.0, 0.0), "low=1.0", "high=0.0"),
    bad(lambda: latents.Uniform(2, low=NAN), "low", "nan"),
    bad(lambda: latents.Product(), "at least one part"),
    bad(lambda: latents.Product(noise=62), "noise", "62", "Latent"),
    bad(lambda: latents.Product(category="10"), "category", "'10'"),
    bad(lambda: latents.get(-1), "latent", "-1"),
    bad(lambda: latents.get("normal"), "latent", "'normal'"),
    bad(lambda: latents.Normal(2).sample(-1), "batch", "-1"),
    bad(lambda: latents.Normal(2).sample("3"), "batch", "'3'"),
    bad(lambda: latents.Categorical(2).sample(2.5), "batch", "2.5"),
    bad(lambda: latents.Uniform(2).sample(10**13), "GiB"),
    bad(lambda: latents.Product(noise=latents.Normal(2)).sample(None), "batch", "None"),
    bad(lambda: latents.Normal(2).sample(1, seed=1.5), "seed", "1.5"),
    bad(lambda: latents.Normal(2).sample(1, seed="0"), "seed", "'0'"),
    bad(lambda: latents.Categorical(2).sample(1, seed=2**64), "seed", "18446744073709551616"),
]

CONDITIONS = [
    bad(lambda: conditions.Label(1), "classes", "1"),
    bad(lambda: conditions.Label("10"), "classes", "'10'"),
    bad(lambda: conditions.Label(3, [0.5, 0.5]), "probabilities", "3 numbers"),
    bad(lambda: conditions.Vector(0), "dimension", "0"),
    bad(lambda: conditions.Image((4, 4)), "shape", "(4, 4)"),
    bad(lambda: conditions.Image(4), "shape", "4"),
    bad(lambda: conditions.Image("4x4"), "shape", "'4x4'"),
    bad(lambda: conditions.Image((True, 4, 1)), "shape", "True"),
    bad(lambda: conditions.ConditionDict(), "at least one condition"),
    bad(lambda: conditions.ConditionDict(digit=10), "'digit'", "10"),
    bad(lambda: conditions.get("10"), "'10'", "Label(10)"),
    bad(lambda: conditions.get(True), "True"),
    bad(lambda: conditions.get(2.5), "2.5"),
    bad(lambda: conditions.get([10]), "[10]"),
    bad(lambda: conditions.Label(3).broadcast(3, 2), "3"),
    bad(lambda: conditions.Label(3).broadcast("a", 2), "label"),
    bad(lambda: conditions.Label(3).broadcast([0, 1, 2], 2), "3", "2"),
    bad(lambda: conditions.Label(3).broadcast(NAN, 2), "nan"),
    bad(lambda: conditions.Label(3).broadcast(0.5, 2), "0.5"),
    bad(lambda: conditions.Vector(2).broadcast([1.0], 2), "2"),
    bad(lambda: conditions.Vector(2).broadcast([NAN, 1.0], 2), "not finite"),
    bad(lambda: conditions.Vector(2).broadcast(["a", "b"], 2), "Vector"),
    bad(lambda: conditions.Image((2, 2, 1)).broadcast(np.full((2, 2, 1), 300.0), 1), "300"),
    bad(lambda: conditions.Vector(2).sample(2), "no prior"),
    bad(lambda: conditions.Image((2, 2, 1)).entropy(), "no prior"),
    bad(lambda: conditions.get({"a": 3}).broadcast({"b": 1}, 2), "['a']", "['b']"),
    bad(lambda: conditions.get({"a": 3}).broadcast(1, 2), "['a']", "int"),
]

LOSSES = [
    bad(lambda: losses.get("wasserstien"), "nearest: wasserstein"),
    bad(lambda: losses.get(losses.AdversarialLoss), "AdversarialLoss"),
    bad(lambda: losses.get(losses.InfoNCE()), "infonce"),
    bad(lambda: losses.Minimax(label_smoothing=1), "label_smoothing", "[0, 1)", "1"),
    bad(lambda: losses.NonSaturating(label_smoothing="0.1"), "label_smoothing", "'0.1'"),
    bad(lambda: losses.NonSaturating(lable_smoothing=0.1), "lable_smoothing"),
    bad(lambda: losses.LeastSquares(a=None), "a", "None"),
    bad(lambda: losses.BoundaryEquilibrium(gamma=-1), "gamma", "-1"),
    bad(lambda: losses.FDivergence("wasserstein"), "'wasserstein'", "nearest"),
    bad(lambda: losses.FDivergence(alternative="yes"), "alternative", "'yes'"),
    bad(lambda: losses.Hinge(every=0), "every", "0"),
    bad(lambda: losses.Hinge(start=-1), "start", "-1"),
    bad(lambda: losses.SMILE(tau=0), "tau", "0"),
    bad(lambda: losses.SMILE(tau="5"), "tau", "'5'"),
    bad(lambda: losses.MINE(decay=1.0), "decay", "1.0"),
    bad(lambda: losses.Interpolated(alpha=2), "alpha", "2"),
    bad(lambda: losses.Renyi(alpha="2"), "alpha", "'2'"),
    bad(lambda: losses.KullbackLeibler(direction="backward"), "'backward'", "nearest"),
    bad(lambda: losses.Entropy(base=1), "base", "1"),
    bad(lambda: losses.CrossEntropy(base="e"), "base", "'e'"),
    bad(lambda: losses.CrossEntropy(from_logits="yes"), "from_logits", "'yes'"),
    bad(lambda: losses.Entropy(maximize="yes"), "maximize", "'yes'"),
    bad(lambda: losses.InfoNCE(maximize=3), "maximize", "3"),
    bad(lambda: losses.IICLoss(entropy_weight=-1), "entropy_weight", "-1"),
    bad(lambda: losses.IICLoss(symmetric="no"), "symmetric", "'no'"),
    bad(lambda: losses.DiscreteFDivergence("js"), "'js'", "nearest"),
    bad(lambda: losses.DiscreteFDivergence(3), "3"),
    bad(lambda: losses.VariationalMutualInformation(3), "codes", "3"),
    bad(lambda: losses.VariationalMutualInformation(latents.Normal(2)), "codes", "Normal"),
    bad(lambda: losses.InfoNCE().estimate(None, np.zeros(3)), "(3,)"),
    bad(lambda: losses.CLUB().estimate(None, np.zeros((2, 3))), "(2, 3)"),
    bad(lambda: losses.InfoNCE(reduction="mean_of"), "mean_of"),
    bad(lambda: f_divergence([0.5, 0.5], [0.5, 0.5], "kll"), "'kll'", "nearest: kl"),
    bad(lambda: optimizers.get("adamm"), "'adamm'", "nearest: adam"),
    bad(lambda: optimizers.get(None), "None"),
]

TERMS = [
    bad(lambda: regularizers.get("gradient_penality"), "nearest: GradientPenalty"),
    bad(lambda: regularizers.get("label_marginal"), "LabelMarginal", "classifier"),
    bad(lambda: regularizers.get(None), "None", "nearest"),
    bad(lambda: regularizers.get(["r1"]), "['r1']"),
    bad(lambda: regularizers.R1(-1), "gamma", "-1"),
    bad(lambda: regularizers.R1("10"), "gamma", "'10'"),
    bad(lambda: regularizers.R1(every=1.5), "every", "1.5"),
    bad(lambda: regularizers.R1(start="100"), "start", "'100'"),
    bad(lambda: regularizers.R1(gama=1), "gama"),
    bad(lambda: regularizers.GradientPenalty(NAN), "lambda_", "nan"),
    bad(lambda: regularizers.LeCam(decay=1), "decay", "1"),
    bad(lambda: regularizers.WeightClip("0.01"), "limit", "'0.01'"),
    bad(lambda: regularizers.Orthogonal(-1), "beta", "-1"),
    bad(lambda: regularizers.Consistency("color"), "augmentation", "'color'"),
    bad(lambda: regularizers.CodeInformation("1"), "lambda_information", "'1'"),
    bad(lambda: regularizers.CodeInformation({"style": -1}), "lambda_information", "-1"),
    bad(lambda: regularizers.CodeInformation(information_start_step=-1), "-1"),
    bad(lambda: regularizers.ConditionInformation(None), "lambda_information", "None"),
    bad(lambda: regularizers.MutualInformation(loss="smiley"), "'smiley'", "nearest"),
    bad(lambda: regularizers.MutualInformation(loss=losses.Hinge()), "Hinge"),
    bad(lambda: regularizers.MutualInformation(critic=3), "critic", "3"),
    bad(lambda: regularizers.MutualInformation(clipped="yes"), "clipped", "'yes'"),
    bad(lambda: regularizers.DensityRatio("sideways"), "'sideways'", "nearest"),
    bad(lambda: regularizers.Bottleneck(player="critic"), "'critic'", "nearest"),
    bad(lambda: regularizers.FeatureGaussian(features="vgg"), "features", "'vgg'"),
    bad(lambda: regularizers.FeatureGaussian(covariance="spherical"), "'spherical'"),
    bad(lambda: regularizers.LabelMarginal("net"), "classifier", "'net'"),
    bad(lambda: regularizers.LabelMarginal(NETWORK, [0.5, 0.6]), "marginal", "0.6"),
    bad(lambda: regularizers.NeighborEntropy(neighbors=0), "neighbors", "0"),
    bad(lambda: regularizers.NeighborEntropy(features=3), "features", "3"),
    bad(lambda: regularizers.InfoMax(weight="0.2"), "weight", "'0.2'"),
    bad(lambda: regularizers.NTXent(transformations="views"), "transformations", "'views'"),
    bad(lambda: regularizers.ViewInformation(transformations=3), "transformations", "3"),
    bad(lambda: regularizers.ViewInformation(search_steps=1.5), "search_steps", "1.5"),
    bad(lambda: regularizers.ContrastiveCodes(shared_noise="no"), "shared_noise", "'no'"),
    bad(lambda: regularizers.CrossModalInformation("codes"), "outputs", "'codes'"),
    bad(lambda: regularizers.CrossModalInformation(("a",)), "outputs", "('a',)"),
    bad(lambda: regularizers.TotalCorrelation("reel"), "'reel'", "nearest"),
    bad(lambda: regularizers.TotalCorrelation(critic=3), "critic", "3"),
    bad(lambda: regularizers.ModalityInformation("image"), "modalities", "'image'"),
    bad(lambda: augmentation.DiffAugment("colour"), "'colour'", "color"),
    bad(lambda: augmentation.DiffAugment(None), "policy", "None"),
    bad(lambda: augmentation.AdaptiveAugmentation(geometric="no"), "geometric", "'no'"),
    bad(lambda: augmentation.InstanceNoise(stddev="0.1"), "stddev", "'0.1'"),
    bad(lambda: MovingAverage(1), "decay", "1"),
    bad(lambda: ImagePool(0), "size", "0"),
    bad(lambda: ImagePool("50"), "size", "'50'"),
]

X = np.zeros((4, 6), "float32")
IMAGES = np.zeros((4, 8, 8, 3), "float32")
LAYERS = [
    bad(lambda: layers.PackSamples(1.5), "pack_size", "1.5"),
    bad(lambda: layers.GaussianBottleneck("2"), "dimension", "'2'"),
    bad(lambda: layers.AttentionPooling(0), "queries", "0"),
    bad(lambda: layers.OverclusteringHead(None), "categories", "None"),
    bad(lambda: layers.PosteriorFusion("codes"), "codes", "'codes'"),
    bad(lambda: layers.PosteriorFusion(latents.Normal(2)), "codes", "Normal"),
    bad(lambda: layers.GaussianMarginal("spherical"), "'spherical'", "nearest"),
    bad(lambda: layers.InferenceMode("net"), "network", "'net'"),
    bad(lambda: layers.RandomViews(shift=2), "shift", "2"),
    bad(lambda: layers.RandomViews(mirror="yes"), "mirror", "'yes'"),
    bad(lambda: layers.RandomViews(seed=1.5), "seed", "1.5"),
    bad(lambda: layers.RandomViews(seed=2**63), "seed", "9223372036854775808"),
    bad(lambda: layers.SelfAttention("yes"), "spectral_normalization", "'yes'"),
    bad(lambda: layers.SelfAttention()(X), "(4, 6)"),
    bad(lambda: layers.SeparableCritic(hidden=256), "hidden", "256"),
    bad(lambda: layers.SeparableCritic(hidden=(0, 4)), "hidden", "(0, 4)"),
    bad(lambda: layers.SeparableCritic(hidden="256"), "hidden", "'256'"),
    bad(lambda: layers.SeparableCritic(dimension=-1), "dimension", "-1"),
    bad(lambda: layers.ConcatenatedCritic(activation="relo"), "relo"),
    bad(lambda: layers.ConcatenatedCritic(x_network="net"), "x_network", "'net'"),
    bad(lambda: layers.BilinearCritic(y_network=3), "y_network", "3"),
    bad(lambda: layers.GaussianCritic(minimum_scale=0), "minimum_scale", "0"),
    bad(lambda: layers.ProjectionLogit(use_bias="no"), "use_bias", "'no'"),
    bad(lambda: layers.ProjectionLogit()([IMAGES, X]), "(4, 8, 8, 3)", "(4, 6)"),
    bad(lambda: layers.ConditionalBatchNormalization(momentum=2), "momentum", "2"),
    bad(lambda: layers.ConditionalBatchNormalization(synchronized="no"), "synchronized", "'no'"),
    bad(lambda: layers.spectral_normalization("dense"), "dense"),
    bad(lambda: layers.GlobalSumPooling2D()(X), "(4, 6)"),
]


@pytest.mark.parametrize("call, fragments", [*LATENTS, *CONDITIONS, *LOSSES, *TERMS, *LAYERS])
def test_a_mistake_is_one_line(call, fragments):
    with one_line(*fragments):
        call()
