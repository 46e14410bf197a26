"""Every registered loss, term and penalty is finite, with finite gradients, far from 0."""

import inspect
import itertools
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.examples import ARGUMENTS
from support.games import step_of
from support.small_models import CODES
from tfgan_it import latents, losses, regularizers
from tfgan_it.information import DIVERGENCES
from tfgan_it.losses.gaussian_divergences import GaussianDivergence
from tfgan_it.losses.probabilities import ProbabilityLoss
from tfgan_it.regularizers.prior_score import PriorScore
from tfgan_it.terms import Term

REGISTERED = [
    kind
    for name, kind in sorted(keras.saving.get_custom_objects().items())
    if name.startswith("tfgan_it>") and inspect.isclass(kind)
]
EXTREMES = np.array([-1e4, -710, -90, -41, -1, 0, 0.5, 40, 88, 100, 1e4], "float32")
PAIRS = np.array(list(itertools.product(EXTREMES, EXTREMES)), "float32")
ROWS = np.array(list(itertools.product(EXTREMES[[0, 2, 5, 8, -1]], repeat=3)), "float32")


def variants(kind):
    """The class with each of its names, or with its arguments of tests/support/examples.py."""
    if kind is losses.FDivergence:
        return [kind(name, alternative=a) for name in DIVERGENCES for a in (True, False)]
    if kind is losses.DiscreteFDivergence:
        return [kind(name, from_logits=True) for name in DIVERGENCES]
    if kind is losses.Renyi:
        return [kind(alpha, from_logits=True) for alpha in (0.0, 0.5, 1.0, 2.0, 20.0, np.inf)]
    if kind is losses.Interpolated:
        return [kind(alpha) for alpha in (0.01, 1.0)]
    arguments = ARGUMENTS.get(kind, dict)()
    if issubclass(kind, ProbabilityLoss | losses.IICLoss):
        arguments |= {"from_logits": True}
    if "direction" in inspect.signature(kind).parameters:
        return [kind(**arguments | {"direction": d}) for d in ("forward", "reverse")]
    return [kind(**arguments)]


def assert_finite(function, *arguments, value=True):
    """Whether the function's value and its gradients in the arguments are finite."""
    arguments = [tf.convert_to_tensor(x) for x in arguments]
    with tf.GradientTape() as tape:
        tape.watch(arguments)
        result = function(*arguments)
    numbers = tf.cast(result, "float64").numpy()
    assert np.isfinite(numbers).all() if value else not np.isnan(numbers).any()
    gradients = tape.gradient(result, arguments, unconnected_gradients="zero")
    for gradient in gradients:
        gradient = tf.cast(gradient, "float64").numpy()
        assert np.isfinite(gradient).all()
    return gradients


GAMES = [kind for kind in REGISTERED if issubclass(kind, losses.AdversarialLoss)]


@pytest.mark.parametrize("kind", GAMES)
def test_games_of_any_logits(kind):
    for game in variants(kind):
        for loss in (game.discriminator_loss, game.generator_loss):
            assert_finite(loss, PAIRS[:, 0], PAIRS[:, 1])
            assert_finite(loss, PAIRS[:, :1], PAIRS[:, 1:])
            assert_finite(loss, *tf.unstack(tf.cast(PAIRS, "bfloat16"), axis=1))
            half = loss(*tf.unstack(tf.cast(PAIRS, "float16"), axis=1))
            assert np.isfinite(tf.cast(half, "float32")).all()


def scores():
    """Scores of four pairs."""
    random = np.random.default_rng(0)
    yield from (1e4 * np.eye(4), -1e4 * np.eye(4), np.full((4, 4), 1e4), np.full((4, 4), -1e4))
    yield from (random.choice(EXTREMES, (4, 4)) for _ in range(2))


def inputs_of(loss):
    """Arguments of a loss's `call`: what is true, or a reference, and what is predicted."""
    if isinstance(loss, losses.InformationBound):
        references = itertools.cycle([np.zeros(4), np.full(4, 1e4), [-1e4, 1e4, 0, 90]])
        return list(zip(references, scores(), strict=False))
    if isinstance(loss, losses.VariationalMutualInformation):
        drawn = CODES.codes.sample(5, seed=0)
        size = CODES.codes.posterior_params_size
        return [(drawn, np.resize(np.roll(EXTREMES, k), (5, size))) for k in range(11)]
    if isinstance(loss, losses.IICLoss):
        return [(ROWS, np.roll(ROWS, k, axis=0)) for k in (0, 1, 40)]
    if isinstance(loss, ProbabilityLoss):
        inside = [[0.2, 0.3, 0.5], [1e-12, 1e-3, 1 - 1e-3], [1 / 3, 1 / 3, 1 / 3]]
        return [(np.tile(p, (len(ROWS), 1)), ROWS) for p in inside]
    if isinstance(loss, losses.DiagonalGaussianKL):
        four = np.array(list(itertools.product(EXTREMES[[0, 2, 5, 8, -1]], repeat=4)))
        return [(four[:, :2], four[:, 2:])]
    if isinstance(loss, GaussianDivergence):
        covariances = [1e-8 * np.eye(2), np.eye(2), 1e8 * np.eye(2)]
        given = [
            np.concatenate([np.full((2, 1), mean), covariance], axis=1)
            for mean, covariance in itertools.product((-1e4, 0, 1e4), covariances)
        ]
        return [(np.stack([p] * 9), np.stack(given)) for p in given]
    pytest.fail(f"{type(loss).__name__} has no inputs in tests/test_extremes.py")


@pytest.mark.parametrize("kind", [k for k in REGISTERED if issubclass(k, keras.losses.Loss)])
def test_losses_of_any_input(kind):
    for loss in variants(kind):
        functions = [loss.call]
        if isinstance(loss, losses.InformationBound):
            functions.append(loss.critic_loss)
        for (true, predicted), function in itertools.product(inputs_of(loss), functions):
            assert_finite(function, tf.cast(true, "float32"), tf.cast(predicted, "float32"))


@pytest.mark.parametrize("kind", [k for k in REGISTERED if issubclass(k, ProbabilityLoss)])
def test_one_hot_labels_pass_finite_gradients(kind):
    """A divergence from an outcome of probability 0 is infinite, but not its gradient."""
    one_hot = np.eye(3, dtype="float32")[np.arange(len(ROWS)) % 3]
    for loss in variants(kind):
        assert_finite(loss.call, one_hot, ROWS, value=False)


def test_exponentials_are_exact_up_to_their_tangent():
    logits = np.linspace(-30, 30, 61).astype("float32")
    expected = {
        "kl": (logits, np.exp(logits - 1)),
        "reverse_kl": (-np.exp(-logits), logits - 1),
        "neyman": (-np.expm1(-logits), -2 * np.expm1(-logits / 2)),
        "squared_hellinger": (-np.expm1(-logits), np.expm1(logits)),
    }
    for name, (activation, conjugate) in expected.items():
        d = DIVERGENCES[name]
        np.testing.assert_allclose(d.activation(logits), activation, rtol=1e-6)
        np.testing.assert_allclose(d.conjugate_of_activation(logits), conjugate, rtol=1e-6)


# Terms of the players' losses, each with a step far from 0.

SAMPLES = np.random.default_rng(2).choice(EXTREMES, (5, 3)).astype("float32")
OTHERS = np.random.default_rng(3).choice(EXTREMES, (5, 3)).astype("float32")


def outputs(x, **more):
    """What a discriminator gives, all of it extreme."""
    logits = tf.reduce_mean(x, axis=1)
    features = tf.tile(x[:, None, :], (1, 4, 1))
    named = {"logits": logits, "log_ratio": logits, "bottleneck": logits, "features": x}
    return named | {"local": features, "global": x, **more}


def phase(name, real, fake):
    return step_of(
        real=real,
        generated=fake,
        real_outputs=outputs(real),
        generated_outputs=outputs(fake),
        generator_outputs={"posterior_kl": tf.reduce_mean(fake, axis=1), **outputs(fake)},
        gradient=lambda function, x: tf.ones_like(x) * 1e4,
        input_gradient=lambda of: tf.ones_like(real) * 1e4 * tf.reduce_mean(real),
        discriminate=outputs,
        discriminate_unaugmented=outputs,
        latents=tf.constant(np.resize(EXTREMES, (5, 4))),
        step=10**6,
        phase=name,
    )


def built(term, shape=(3,)):
    term.build_for(types.SimpleNamespace(sample_shape=shape, latent=None, seed=0))
    return term


def classifier():
    return keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(3, "softmax", kernel_initializer="identity")]
    )


TERMS = {
    regularizers.Bottleneck: lambda: regularizers.Bottleneck(beta=1.0),
    regularizers.DensityRatio: lambda: regularizers.DensityRatio("forward", limit=1e4),
    regularizers.DensityRatioLoss: regularizers.DensityRatioLoss,
    regularizers.Dragan: regularizers.Dragan,
    regularizers.FeatureGaussian: lambda: built(regularizers.FeatureGaussian(covariance="full")),
    regularizers.GradientMatching: lambda: regularizers.GradientMatching(score="logit"),
    regularizers.GradientPenalty: regularizers.GradientPenalty,
    regularizers.InfoMax: regularizers.InfoMax,
    regularizers.LabelMarginal: lambda: regularizers.LabelMarginal(classifier()),
    regularizers.LeCam: regularizers.LeCam,
    regularizers.NeighborEmbedding: regularizers.NeighborEmbedding,
    regularizers.NeighborEntropy: regularizers.NeighborEntropy,
    regularizers.PosteriorKL: regularizers.PosteriorKL,
    regularizers.R1: regularizers.R1,
    regularizers.R2: regularizers.R2,
}
# Their values are those of losses and latents that are tried above, or distances.
OF_LOSSES = {
    regularizers.CodeInformation,
    regularizers.ConditionInformation,
    regularizers.Consistency,
    regularizers.ContrastiveCodes,
    regularizers.CrossModalInformation,
    regularizers.CycleConsistency,
    regularizers.FeatureReconstruction,
    regularizers.MatchingAware,
    regularizers.PairInformation,
    regularizers.IdentityMapping,
    regularizers.ModalityInformation,
    regularizers.MutualInformation,
    regularizers.NTXent,
    regularizers.PairedReconstruction,
    regularizers.PatchInformation,
    PriorScore,
    regularizers.TokenScore,
    regularizers.TotalCorrelation,
    regularizers.ViewInformation,
}


def test_every_term_is_tried():
    terms = {k for k in REGISTERED if issubclass(k, Term)} - set(GAMES)
    terms = {kind for kind in terms if kind.__module__.startswith("tfgan_it.regularizers")}
    assert losses.FDivergence in GAMES and terms == set(TERMS) | OF_LOSSES


@pytest.mark.parametrize("make", TERMS.values(), ids=lambda make: getattr(make, "__name__", ""))
@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_terms_of_any_outputs(make, player):
    term = make()
    if player not in term.players:
        pytest.skip("a term of the other player")

    def value(real, fake):
        return term.value(phase(player, real, fake))

    term.update(phase("discriminator", tf.constant(OTHERS), tf.constant(SAMPLES)))
    assert_finite(value, SAMPLES, OTHERS)
    assert_finite(value, SAMPLES, SAMPLES)
    assert all(np.isfinite(v.numpy()).all() for v in term.variables)


def test_contrastive_terms_of_long_features():
    """Scores below the -1e9 that once stood for minus infinity."""
    first, second = 1e4 * np.sign(SAMPLES), 1e4 * np.sign(OTHERS)
    wide = [np.tile(x, (1, 100)).astype("float32") for x in (first, second)]
    infomax = regularizers.InfoMax()
    local = -wide[0][:, None, :]
    found = infomax.information(local, wide[0])
    # A positive of -3e10 against negatives of at least -3e10: never above ln(1 + (B - 1) P).
    assert np.max(found) <= np.log(5) + 1e-6
    scores = -np.einsum("id,jd->ij", *[wide[0].astype("float64")] * 2)
    others = np.where(np.eye(5) > 0, -np.inf, scores).max(axis=1)
    expected = np.diag(scores) - np.maximum(np.diag(scores), others)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2)
    cold = regularizers.NTXent(temperature=1e-10)
    loss, _ = cold.contrast(tf.constant(wide[0]), tf.constant(-wide[0]))
    assert np.min(loss) > 1e9  # A view opposite to its own is far from it.
    assert_finite(lambda x, y: cold.contrast(x, y)[0], *wide)


@pytest.mark.parametrize("scale", [None, 0.1])
def test_posteriors_of_any_parameters(scale):
    """ln Q of every latent distribution."""
    parts = [
        latents.Categorical(3),
        latents.Categorical(2, [1.0, 0.0]),
        latents.LearnedCategorical(3),
        latents.Normal(2) if scale is None else latents.Normal(2, posterior_scale=scale),
        latents.Uniform(2),
    ]
    for part in parts:
        drawn = part.sample(11, seed=0)
        parameters = np.resize(np.concatenate([EXTREMES, EXTREMES[::-1]]), (11, 4))
        parameters = parameters[:, : part.posterior_params_size].astype("float32")
        assert_finite(lambda p, c=drawn, q=part: q.posterior_log_prob(c, p), parameters)
