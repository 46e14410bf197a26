"""Estimators, metrics, data sets, callbacks and pictures that are called wrongly say so."""

import numpy as np
import pytest

from support.bad_calls import bad, one_line
from support.small_models import small_model
from tfgan_it import callbacks, datasets, estimators, metrics, networks, visualization

NAN = float("nan")
X = np.random.default_rng(0).normal(size=(60, 2))
LABELS = np.arange(60) % 3
IMAGES = np.zeros((20, 4, 4, 1), "uint8")


def represent(rows):
    return rows


def sample_factors(n, seed):
    return np.random.default_rng(seed).integers(0, 3, (n, 2))


def estimating(kind, *args, data=(X, X), **options):
    return lambda: getattr(estimators, kind)(*args, **options).fit(*data)


ESTIMATORS = [
    *[
        bad(estimating(kind, neighbors=value), "neighbors", str(value))
        for kind in ("KSG", "ResidualKSG")
        for value in (0, 1.5, "3", 60)
    ],
    bad(estimating("KSG", variant=3), "variant", "3"),
    bad(estimating("KSG", base=1), "base", "1"),
    bad(estimating("KSG", preprocessing="rank"), "'rank'", "nearest"),
    bad(estimating("KSG", data=(X, X[:3])), "60", "3"),
    bad(estimating("KSG", data=(np.full((60, 2), NAN), X)), "NaN"),
    bad(estimating("KSG", data=([], [])), "empty"),
    bad(estimating("KSG", data=("a", "b")), "x"),
    bad(estimating("CCA", correction="bonferroni"), "'bonferroni'", "nearest"),
    bad(estimating("Histogram", bins=1.5), "bins", "1.5"),
    bad(estimating("Histogram", bins="auto"), "bins", "'auto'"),
    bad(estimating("Ross", neighbors=-1, data=(X, LABELS)), "neighbors", "-1"),
    bad(estimating("NeuralEstimator", loss="mine2"), "'mine2'", "nearest"),
    bad(estimating("NeuralEstimator", critic="mlp"), "'mlp'", "nearest"),
    bad(estimating("NeuralEstimator", steps=0), "steps", "0"),
    bad(estimating("NeuralEstimator", batch_size=1.5), "batch_size", "1.5"),
    bad(estimating("NeuralEstimator", hidden=(0,)), "hidden", "0"),
    bad(estimating("NeuralEstimator", hidden=8), "hidden", "(256, 256)", "8"),
    bad(estimating("NeuralEstimator", learning_rate="1"), "learning_rate", "'1'"),
    *[
        bad(call, "learning_rate", "(0, 1]", "1e+30")
        for call in (
            estimating("NeuralEstimator", learning_rate=1e30),
            estimating("DensityRatioEstimator", learning_rate=1e30),
            lambda: metrics.LabelClassifier(learning_rate=1e30).fit(X, LABELS),
            lambda: metrics.FeatureNetwork(learning_rate=1e30).fit(IMAGES),
        )
    ],
    *[
        bad(estimating(kind, seed=seed), "seed", str(seed))
        for kind in ("NeuralEstimator", "DensityRatioEstimator")
        for seed in (1.5, "0", 2**63, None)
    ],
    bad(estimating("DensityRatioEstimator", train=2), "train", "2"),
    bad(lambda: estimators.KozachenkoLeonenko(neighbors=0).fit(X), "neighbors", "0"),
    bad(lambda: estimators.GaussianEntropy(correction="x").fit(X), "'x'", "nearest"),
]

MEASURES = [
    bad(lambda: metrics.ClusterAccuracy(0, 3), "num_classes", "0"),
    bad(lambda: metrics.ClusterAccuracy(3, "4"), "num_clusters", "'4'"),
    bad(lambda: metrics.LabelInformation(2.5), "num_classes", "2.5"),
    bad(lambda: metrics.LabelInformation(3, from_logits="no"), "from_logits", "'no'"),
    bad(lambda: metrics.LabelInformation(3, base=0), "base", "0"),
    bad(lambda: metrics.CalibrationError(0), "num_bins", "0"),
    bad(lambda: metrics.CalibrationError(strategy="equal"), "'equal'", "nearest"),
    bad(lambda: metrics.ModeCoverage(np.eye(2), 0), "std", "0"),
    bad(lambda: metrics.LabelClassifier(seed=1.5).fit(X, LABELS), "seed", "1.5"),
    bad(lambda: metrics.LabelClassifier(steps="9").fit(X, LABELS), "steps", "'9'"),
    bad(lambda: metrics.LabelClassifier(held_out=1).fit(X, LABELS), "held_out", "(0, 1)"),
    bad(lambda: metrics.LabelClassifier().fit(X, LABELS[:3]), "60"),
    bad(lambda: metrics.LabelClassifier().fit(X, LABELS - 1), "labels"),
    bad(lambda: metrics.clustering_scores(LABELS, LABELS, 0), "num_clusters", "0"),
    bad(lambda: metrics.clustering_scores(LABELS, LABELS, "3"), "num_clusters", "'3'"),
    bad(lambda: metrics.clustering_scores(LABELS, LABELS, 2), "2"),
    *[
        bad(lambda f=f, seed=seed: f(X, LABELS[:, None], seed=seed), "seed", str(seed))
        for f in (
            metrics.dci_scores,
            metrics.explicitness,
            metrics.separated_attribute_predictability,
        )
        for seed in (0.5, "0", 2**63)
    ],
    bad(lambda: metrics.dci_scores(X, LABELS[:, None], trees=0), "trees", "0"),
    bad(lambda: metrics.dci_scores(X, LABELS[:, None], tress=5), "'tress'", "nearest: trees"),
    bad(lambda: metrics.mutual_information_gap(X, LABELS[:, None], bins=0), "bins", "0"),
    bad(lambda: metrics.modularity(X, LABELS[:, None], bins="20"), "bins", "'20'"),
    bad(lambda: metrics.modularity(X, LABELS[:3, None]), "3", "60"),
    *[
        bad(lambda f=f, o=o, v=v: f(represent, sample_factors, **{o: v}), o, str(v))
        for f, o, v in [
            (metrics.factor_vae_score, "votes", 0),
            (metrics.factor_vae_score, "batch", 1.5),
            (metrics.factor_vae_score, "seed", "1"),
            (metrics.beta_vae_score, "points", -1),
            (metrics.beta_vae_score, "held_out", "9"),
            (metrics.beta_vae_score, "seed", 0.5),
        ]
    ],
    bad(lambda: metrics.model_centrality([1.0]), "(1,)"),
    bad(lambda: metrics.normalized_network((8, 8, 1), 0), "classes", "0"),
    bad(lambda: metrics.normalized_network((8, 8, 1), 2, width="32"), "width", "'32'"),
]

DATA = [
    bad(lambda: datasets.load("digts"), "digts", "digits", slow=True),
    bad(lambda: datasets.load(None), "None"),
    bad(lambda: datasets.load(3), "3"),
    bad(lambda: datasets.load("digits", image_size=0), "image_size", "0"),
    bad(lambda: datasets.load("digits", image_size="16"), "image_size", "16"),
    bad(lambda: datasets.load("digits", image_size=(8, 8, 1)), "image_size", "(8, 8, 1)"),
    bad(lambda: datasets.load("digits", image_size=1.5), "image_size", "1.5"),
    bad(lambda: datasets.points("rings"), "'rings'", "nearest: ring"),
    bad(lambda: datasets.points("ring", train=0), "train", "0"),
    bad(lambda: datasets.points("ring", test="10"), "test", "'10'"),
    bad(lambda: datasets.points("ring", train=10**13), "GiB"),
    bad(lambda: datasets.ring(modes=0), "modes", "0"),
    bad(lambda: datasets.ring(radius="1"), "radius", "'1'"),
    bad(lambda: datasets.ring(mods=3), "'mods'", "nearest: modes"),
    bad(lambda: datasets.grid(side=1.5), "side", "1.5"),
    bad(lambda: datasets.ring().sample(-1), "n", "-1"),
    bad(lambda: datasets.ring().sample(2.5), "n", "2.5"),
    bad(lambda: datasets.ring().sample(10**13), "GiB"),
    bad(lambda: datasets.ring().sample(2, seed=1.5), "seed", "1.5"),
    bad(lambda: datasets.Sprites(30), "image_size", "30"),
    bad(lambda: datasets.Sprites("32"), "image_size", "'32'"),
    bad(lambda: datasets.Sprites().sample_factors(-1), "n", "-1"),
    bad(lambda: datasets.Sprites().sample_factors(2, seed="a"), "seed", "'a'"),
    bad(lambda: datasets.CorrelatedGaussian(0, 1.0), "dimension", "0"),
    bad(lambda: datasets.CorrelatedGaussian(1, -1.0), "mutual_information", "-1.0"),
    bad(lambda: datasets.CorrelatedGaussian(1, 1.0).sample("3"), "n", "'3'"),
    bad(lambda: datasets.CorrelatedGaussian(1, 1.0).sample(3, seed=[0, 1.5]), "seed", "1.5"),
    bad(lambda: datasets.batches(IMAGES, 0, seed=0), "batch_size", "0"),
    bad(lambda: datasets.batches(IMAGES, 21, seed=0), "batch_size", "21", "20"),
    bad(lambda: datasets.batches(IMAGES, 2.5, seed=0), "batch_size", "2.5"),
    bad(lambda: datasets.batches(IMAGES, 2, seed=1.5), "seed", "1.5"),
    bad(lambda: datasets.batches(IMAGES, 2, seed=0, start_step=-1), "start_step", "-1"),
    bad(lambda: datasets.batches(IMAGES[:0], 2, seed=0), "0"),
    bad(lambda: datasets.paired_by_class(*[IMAGES, LABELS[:20]] * 2, seed=0.5), "seed", "0.5"),
    bad(lambda: datasets.LogMel().waveform(np.zeros(3)), "(3,)"),
]

NETWORKS = [
    *[
        bad(lambda f=f, a=a, v=v: f((8, 8, 1), *a, width=v), "width", str(v))
        for f, a in [
            (networks.dcgan_generator, (4,)),
            (networks.dcgan_discriminator, ()),
            (networks.sngan_generator, (4,)),
            (networks.residual_discriminator, ()),
            (networks.infogan_discriminator, (3,)),
            (networks.patch_discriminator, ()),
            (networks.image_encoder, (3,)),
            (networks.translation_generator, ()),
        ]
        for v in (0, "64", 2.5)
    ],
    bad(lambda: networks.dcgan_generator((8, 8, 1), 0), "latent_dimension", "0"),
    bad(lambda: networks.dcgan_generator((8, 8, 1), 4, widht=3), "'widht'", "nearest: width"),
    bad(lambda: networks.dcgan_generator("28x28", 4), "image_shape", "'28x28'"),
    bad(lambda: networks.mlp_generator((0,), 4), "data_shape", "(0,)"),
    bad(lambda: networks.mlp_discriminator((2,), width=10**12), "GiB"),
    bad(lambda: networks.mlp_discriminator((2, 2)), "data_shape", "(2, 2)"),
    bad(lambda: networks.dcgan_discriminator((8, 8, 1), normalization="group"), "'group'"),
    bad(lambda: networks.residual_generator((8, 8, 1), 4, attention="yes"), "attention", "'yes'"),
    bad(lambda: networks.recognition_head(0), "posterior_params_size", "0"),
    bad(lambda: networks.projection_generator((8, 8, 1), "4", (3,)), "latent_dimension", "'4'"),
]

OTHERS = [
    bad(lambda: callbacks.SampleGrid("x", every=0), "every", "0"),
    bad(lambda: callbacks.SampleGrid("x", every=1.5), "every", "1.5"),
    bad(lambda: callbacks.SampleGrid("x", seed="0"), "seed", "'0'"),
    bad(lambda: callbacks.CodeTraversal("x", seed=2**63), "seed", "9223372036854775808"),
    bad(lambda: callbacks.Checkpoints("x", 0), "every", "0"),
    bad(lambda: callbacks.Checkpoints("x", 5, keep=0), "keep", "0"),
    bad(lambda: callbacks.TrainingDiagnostics(0), "every", "0"),
    bad(lambda: callbacks.TrainingDiagnostics(5, samples="64"), "samples", "'64'"),
    bad(lambda: callbacks.TrainingDiagnostics(5, seed=0.5), "seed", "0.5"),
    bad(lambda: callbacks.InformationMeasurement(IMAGES, samples=3), "samples", "3"),
    bad(lambda: callbacks.InformationMeasurement(IMAGES, neighbors=0), "neighbors", "0"),
    bad(lambda: callbacks.InformationMeasurement(IMAGES, seed=1.5), "seed", "1.5"),
    bad(lambda: small_model().export("x", version=0), "version", "0"),
    bad(lambda: small_model().export("x", version="1"), "version", "1"),
    bad(lambda: visualization.grid(np.zeros((2, 2, 2, 2, 2, 2))), "(2, 2, 2, 2, 2, 2)"),
    bad(lambda: visualization.grid(IMAGES, columns=0), "columns", "0"),
    bad(lambda: visualization.grid(IMAGES, colums=3), "'colums'", "nearest: columns"),
    bad(lambda: visualization.pairs(IMAGES, IMAGES, columns=1.5), "columns", "1.5"),
    bad(lambda: visualization.sample_grid(small_model(), n=0), "n", "0"),
    bad(lambda: visualization.sample_grid(small_model(), seed=0.5), "seed", "0.5"),
    bad(lambda: visualization.code_traversal(small_model(), steps=-1), "steps", "-1"),
    bad(lambda: visualization.interpolation(small_model(), [1]), "two seeds", "1"),
    bad(lambda: visualization.interpolation(small_model(), [1, 2], frames=0), "frames", "0"),
    bad(lambda: visualization.scatter(np.zeros((3, 2)), side="a"), "side", "'a'"),
]


@pytest.mark.parametrize("call, fragments", [*ESTIMATORS, *MEASURES, *DATA, *NETWORKS, *OTHERS])
def test_a_mistake_is_one_line(call, fragments):
    with one_line(*fragments):
        call()
