import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import entr, log_softmax, logsumexp, rel_entr, softmax, xlogy

from tfgan_it.losses.discrete_f_divergence import DiscreteFDivergence
from tfgan_it.losses.divergences import (
    CrossEntropy,
    Entropy,
    Jeffreys,
    JensenShannon,
    KullbackLeibler,
    Renyi,
    SymmetricCrossEntropy,
)


def jensen_shannon(p, q):
    m = (p + q) / 2
    return (rel_entr(p, m) + rel_entr(q, m)) / 2


def renyi(alpha):
    def divergence(p, q):
        with np.errstate(all="ignore"):
            terms = np.where(p > 0, p * (p / q) ** (alpha - 1), 0)
            return np.log(terms.sum(-1) / p.sum(-1)) / (alpha - 1)

    return divergence


def largest_ratio(p, q):
    with np.errstate(all="ignore"):
        return np.log(np.where(p > 0, p / q, 0).max(-1))


def ratio_of_squares(p, q):
    with np.errstate(all="ignore"):
        return np.where((p == 0) & (q == 0), 0, (p - q) ** 2 / q).sum(-1)


# Each loss, by its constructor, and what NumPy and SciPy make of true p and predicted q.
KNOWN = {
    "entropy": ((Entropy, {}), lambda p, q: entr(q).sum(-1)),
    "cross_entropy": ((CrossEntropy, {}), lambda p, q: -xlogy(p, q).sum(-1)),
    "forward": ((KullbackLeibler, {}), lambda p, q: rel_entr(p, q).sum(-1)),
    "reverse": (
        (KullbackLeibler, {"direction": "reverse"}),
        lambda p, q: rel_entr(q, p).sum(-1),
    ),
    "jeffreys": ((Jeffreys, {}), lambda p, q: (rel_entr(p, q) + rel_entr(q, p)).sum(-1)),
    "symmetric": (
        (SymmetricCrossEntropy, {}),
        lambda p, q: -(xlogy(p, q) + xlogy(q, p)).sum(-1),
    ),
    "jensen_shannon": ((JensenShannon, {}), lambda p, q: jensen_shannon(p, q).sum(-1)),
    "renyi_0": ((Renyi, {"alpha": 0}), renyi(0)),
    "renyi_half": ((Renyi, {}), renyi(0.5)),
    "renyi_near_1": ((Renyi, {"alpha": 0.9999}), renyi(0.9999)),
    "renyi_1": ((Renyi, {"alpha": 1}), lambda p, q: rel_entr(p, q).sum(-1)),
    "renyi_3": ((Renyi, {"alpha": 3}), renyi(3)),
    "renyi_inf": ((Renyi, {"alpha": math.inf}), largest_ratio),
    "f_kl": ((DiscreteFDivergence, {}), lambda p, q: rel_entr(p, q).sum(-1)),
    "f_reverse_kl": (
        (DiscreteFDivergence, {"divergence": "reverse_kl"}),
        lambda p, q: rel_entr(q, p).sum(-1),
    ),
    "f_jensen_shannon": (
        (DiscreteFDivergence, {"divergence": "jensen_shannon"}),
        lambda p, q: jensen_shannon(p, q).sum(-1),
    ),
    "f_pearson": ((DiscreteFDivergence, {"divergence": "pearson"}), ratio_of_squares),
    "f_neyman": (
        (DiscreteFDivergence, {"divergence": "neyman"}),
        lambda p, q: ratio_of_squares(q, p),
    ),
    "f_squared_hellinger": (
        (DiscreteFDivergence, {"divergence": "squared_hellinger"}),
        lambda p, q: ((np.sqrt(p) - np.sqrt(q)) ** 2).sum(-1),
    ),
    "f_total_variation": (
        (DiscreteFDivergence, {"divergence": "total_variation"}),
        lambda p, q: np.abs(p - q).sum(-1) / 2,
    ),
    "f_gan": (
        (DiscreteFDivergence, {"divergence": "gan"}),
        lambda p, q: (2 * jensen_shannon(p, q) - np.log(4) * (p + q) / 2).sum(-1),
    ),
}
CLASSES = {kind for (kind, _), _ in KNOWN.values()}
RNG = np.random.default_rng(0)
P, Q = RNG.dirichlet(np.full(5, 3.0), size=(2, 4))
LOGITS = RNG.normal(size=(4, 5))
# Zeros in both, only in p, only in q; one-hot samples, equal and different; disjoint support.
ZEROS = np.asarray(
    [
        [[0, 0.5, 0.5], [0, 0.2, 0.8]],
        [[0, 0.5, 0.5], [0.3, 0.3, 0.4]],
        [[0.3, 0.3, 0.4], [0, 0.5, 0.5]],
        [[1, 0, 0], [1, 0, 0]],
        [[1, 0, 0], [0.5, 0.25, 0.25]],
        [[1, 0, 0], [0, 0, 1]],
        [[0.5, 0.5, 0], [0.5, 0, 0.5]],
    ]
)

every_loss = pytest.mark.parametrize("name", KNOWN)
every_class = pytest.mark.parametrize("kind", sorted(CLASSES, key=lambda kind: kind.__name__))


def made(name, **kwargs):
    (kind, arguments), _ = KNOWN[name]
    return kind(**arguments, **kwargs)


def slopes(function, *arguments, dtype="float64"):
    arguments = [tf.constant(x, dtype) for x in arguments]
    with tf.GradientTape() as tape:
        tape.watch(arguments)
        total = tf.reduce_sum(function(*arguments))
    found = tape.gradient(total, arguments, unconnected_gradients="zero")
    return [slope.numpy() for slope in found]


def differences(function, x, step=1e-6):
    """d sum(function(x)) / dx, by central differences."""
    found = np.empty_like(x)
    for index in np.ndindex(x.shape):
        move = np.zeros_like(x)
        move[index] = step
        found[index] = (function(x + move) - function(x - move)).sum() / (2 * step)
    return found


@every_loss
def test_values_and_their_mean(name):
    _, expected = KNOWN[name]
    loss = made(name)
    np.testing.assert_allclose(loss.call(P, Q), expected(P, Q), rtol=1e-5, atol=1e-6)
    for value in (loss.estimate(P, Q), loss(P, Q)):
        assert float(value) == pytest.approx(expected(P, Q).mean(), rel=1e-5, abs=1e-6)
    exact = made(name, dtype="float64")
    np.testing.assert_allclose(exact.call(P, Q), expected(P, Q), rtol=1e-10, atol=1e-12)


@every_loss
def test_logits(name):
    _, expected = KNOWN[name]
    value = made(name, from_logits=True, dtype="float64").call(P, LOGITS)
    np.testing.assert_allclose(value, expected(P, softmax(LOGITS, -1)), rtol=1e-10, atol=1e-12)


@every_loss
def test_bits(name):
    nats, bits = made(name, dtype="float64"), made(name, base=2, dtype="float64")
    np.testing.assert_allclose(bits.call(P, Q), nats.call(P, Q) / np.log(2), rtol=1e-12)
    assert float(bits.estimate(P, Q)) == pytest.approx(float(nats.estimate(P, Q)) / np.log(2))


@every_loss
def test_zeros(name):
    _, expected = KNOWN[name]
    p, q = ZEROS[:, 0], ZEROS[:, 1]
    value = np.asarray(made(name).call(p, q))
    np.testing.assert_allclose(value, expected(p, q), rtol=1e-5, atol=1e-6)
    assert not np.isnan(value).any()
    with np.errstate(divide="ignore"):
        value = made(name, from_logits=True).call(p, np.log(q))
    np.testing.assert_allclose(value, expected(p, q), rtol=1e-5, atol=1e-6)


@every_loss
def test_gradients_are_finite_differences(name):
    _, expected = KNOWN[name]
    loss = made(name, dtype="float64")
    true, predicted = slopes(loss.call, P, Q)
    want = differences(lambda p: expected(p, Q), P)
    np.testing.assert_allclose(true, want, rtol=1e-5, atol=3e-6)
    want = differences(lambda q: expected(P, q), Q)
    np.testing.assert_allclose(predicted, want, rtol=1e-5, atol=1e-6)
    assert np.abs(predicted).max() > 0 and (np.abs(true).max() > 0) == (name != "entropy")
    single = slopes(made(name).call, P, Q, dtype="float32")
    np.testing.assert_allclose(single, [true, predicted], rtol=1e-4, atol=1e-4)


@every_loss
def test_gradients_with_logits_are_finite_differences(name):
    _, expected = KNOWN[name]
    loss = made(name, from_logits=True, dtype="float64")
    true, predicted = slopes(loss.call, P, LOGITS)
    q = softmax(LOGITS, -1)
    want = differences(lambda p: expected(p, q), P)
    np.testing.assert_allclose(true, want, rtol=1e-5, atol=1e-6)
    want = differences(lambda x: expected(P, softmax(x, -1)), LOGITS)
    np.testing.assert_allclose(predicted, want, rtol=1e-5, atol=1e-6)
    assert np.abs(predicted).max() > 0


@every_loss
def test_gradients_at_zeros_are_finite_and_right_where_nothing_is_zero(name):
    _, expected = KNOWN[name]
    p, q = ZEROS[:, 0], ZEROS[:, 1]
    found = slopes(made(name).call, p, q, dtype="float32")
    assert np.isfinite(found).all()
    finite = np.isfinite(expected(p, q))
    with np.errstate(all="ignore"):
        true = differences(lambda x: expected(x, q)[finite], p)
        predicted = differences(lambda x: expected(p, x)[finite], q)
    # Where p and q meet at 1 the largest ratio and the total variation have a kink.
    inside = (p > 0) & (q > 0) & finite[:, None]
    if name in ("renyi_inf", "f_total_variation"):
        inside &= p != q
    np.testing.assert_allclose(found[0][inside], true[inside], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(found[1][inside], predicted[inside], rtol=1e-3, atol=1e-3)


@every_loss
def test_gradients_with_ruled_out_outcomes_are_finite(name):
    p, q = ZEROS[:, 0], ZEROS[:, 1]
    with np.errstate(divide="ignore"):
        found = slopes(made(name, from_logits=True).call, p, np.log(q), dtype="float32")
    assert np.isfinite(found).all()
    assert (found[1][q == 0] == 0).all()


@pytest.mark.parametrize("name", ["entropy", "cross_entropy", "forward", "renyi_half"])
def test_an_absent_entry_passes_no_gradient(name):
    p, q = ZEROS[2], ZEROS[1]
    _, predicted = slopes(made(name).call, p[:1], q[:1], dtype="float32")
    assert predicted[0, 0] == 0 and np.abs(predicted).max() > 0


def test_missing_support_is_infinite_for_its_sample_only():
    p = [[0.5, 0.5], [0.25, 0.75]]
    q = [[1.0, 0.0], [0.75, 0.25]]
    np.testing.assert_allclose(KullbackLeibler().call(p, q), [np.inf, 0.5 * np.log(3)], rtol=1e-6)
    _, predicted = slopes(KullbackLeibler(), p, q, dtype="float32")
    np.testing.assert_allclose(predicted, [[-0.25, 0], [-1 / 6, -1.5]], rtol=1e-5)


@pytest.mark.parametrize("name", ["cross_entropy", "forward", "renyi_half", "renyi_3"])
def test_logits_far_apart_stay_finite(name):
    # exp(-1000) is 0 in floating point, and its logarithm is known all the same.
    p, logits = np.asarray([[0.5, 0.5]]), np.asarray([[0.0, -1000.0]])
    logs = log_softmax(logits, -1)
    order = {"renyi_half": 0.5, "renyi_3": 3}.get(name)
    if order is None:
        expected = -(p * logs).sum() - (np.log(2) if name == "forward" else 0)
    else:
        terms = order * np.log(p) + (1 - order) * logs
        expected = logsumexp(terms) / (order - 1)
    loss = made(name, from_logits=True)
    assert float(loss.estimate(p, logits)) == pytest.approx(expected, rel=1e-5)
    assert np.isfinite(slopes(loss.call, p, logits, dtype="float32")).all()


@pytest.mark.parametrize("alpha", [1 - 1e-3, 1 - 1e-5, 1 + 1e-6, 1 + 1e-3])
def test_renyi_near_one_is_exact_in_single_precision(alpha):
    expected = renyi(alpha)(*(x.astype("longdouble") for x in (P, Q)))
    np.testing.assert_allclose(Renyi(alpha).call(P, Q), expected.astype("float64"), rtol=2e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_computed_in_single_precision_whatever_comes_in(dtype):
    q = tf.nn.softmax(tf.cast(LOGITS, dtype))
    value = KullbackLeibler().call(tf.cast(P, dtype), q)
    assert value.dtype == "float32"
    rounded = (tf.cast(tf.cast(x, dtype), "float64").numpy() for x in (P, q))
    np.testing.assert_allclose(value, rel_entr(*rounded).sum(-1), rtol=1e-5, atol=1e-6)


def test_half_precision_that_is_asked_for_is_widened():
    p = [[0.0, 0.5, 0.5]]
    for kind in CLASSES:
        loss = kind(dtype="float16")
        assert loss.call(p, p).dtype == "float32" and np.isfinite(loss(p, p))


@pytest.mark.parametrize(
    "reduction, reduce",
    [("sum_over_batch_size", np.mean), ("sum", np.sum), ("none", np.asarray)],
)
def test_reductions(reduction, reduce):
    loss = JensenShannon(reduction=reduction)
    np.testing.assert_allclose(loss(P, Q), reduce(jensen_shannon(P, Q).sum(-1)), rtol=1e-5)


def test_entropy_to_be_maximised():
    loss = Entropy(maximize=True)
    np.testing.assert_allclose(loss.call(None, Q), -entr(Q).sum(-1), rtol=1e-5)
    assert float(loss.estimate(None, Q)) == pytest.approx(entr(Q).sum(-1).mean(), rel=1e-5)
    assert float(loss(P, Q)) == pytest.approx(-entr(Q).sum(-1).mean(), rel=1e-5)


def test_training_by_fit_reaches_the_distribution():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5)])
    model.compile(keras.optimizers.Adam(0.2), loss=KullbackLeibler(from_logits=True))
    x = np.eye(4, dtype="float32")
    first = model.evaluate(x, P, verbose=0)
    model.fit(np.tile(x, (150, 1)), np.tile(P, (150, 1)), batch_size=4, shuffle=False, verbose=0)
    assert model.evaluate(x, P, verbose=0) < 1e-3 < first
    np.testing.assert_allclose(softmax(model.predict(x, verbose=0), -1), P, atol=0.02)


# What is refused.

INSTEAD = (
    "pixels and features are not probabilities: use a divergence of labels "
    "(regularizers.LabelMarginal), of Gaussian features (regularizers.FeatureGaussian) or of a "
    "density ratio (regularizers.DensityRatio)."
)
FAIR = np.full((2, 2), 0.5, "float32")


def message_of(function, *arguments, **kwargs):
    with pytest.raises(ValueError) as error:
        function(*arguments, **kwargs)
    return str(error.value)


@every_class
def test_images_are_refused(kind):
    images = np.zeros((2, 8, 8, 1), "float32")
    assert message_of(kind().call, images, images) == (
        f"{kind.__name__}: y_pred must be (batch, K) with a distribution in each row, got shape "
        f"(2, 8, 8, 1); {INSTEAD}"
    )


def test_images_are_refused_while_a_graph_is_traced():
    images = tf.zeros((2, 8, 8, 1))
    message = message_of(tf.function(lambda x: JensenShannon().call(FAIR, x)), images)
    assert "y_pred must be (batch, K) with a distribution in each row" in message
    assert "got shape (2, 8, 8, 1); pixels" in message


def test_pixels_in_rows_are_refused():
    pixels = np.full((3, 64), 0.25, "float32")
    uniform = np.full((3, 64), 1 / 64, "float32")
    assert message_of(KullbackLeibler().call, uniform, pixels) == (
        "KullbackLeibler: y_pred must sum to 1 in each row, got 16 in row 0; for logits give "
        f"from_logits=True; {INSTEAD}"
    )
    assert message_of(KullbackLeibler(from_logits=True).call, pixels, uniform) == (
        "KullbackLeibler: y_true must sum to 1 in each row, got 16 in row 0; for logits give "
        f"their softmax; {INSTEAD}"
    )


def test_negative_entries_are_refused():
    wrong = np.asarray([[0.5, 0.5], [1.5, -0.5]], "float32")
    assert message_of(Jeffreys().call, FAIR, wrong) == (
        "Jeffreys: y_pred must be probabilities, got -0.5 in row 1; for logits give "
        f"from_logits=True; {INSTEAD}"
    )
    assert message_of(Jeffreys().call, wrong, FAIR) == (
        "Jeffreys: y_true must be probabilities, got -0.5 in row 1; for logits give their "
        f"softmax; {INSTEAD}"
    )


def test_integer_labels_are_refused():
    assert message_of(CrossEntropy().call, np.asarray([0, 1]), FAIR) == (
        "CrossEntropy: y_true must be (batch, K) with a distribution in each row, got shape (2,); "
        "for integer labels give keras.ops.one_hot(labels, K)."
    )


def test_one_column_is_refused():
    assert message_of(Entropy().call, None, [[0.5], [0.25]]) == (
        "Entropy: y_pred must have a column for each of K >= 2 outcomes, got shape (2, 1): for the "
        "probability p of one outcome give [1 - p, p]."
    )


@pytest.mark.parametrize("shape", [(2, 3), (1, 2)])
def test_shapes_must_agree(shape):
    other = np.full(shape, 1 / shape[1])
    assert message_of(Renyi().call, other, FAIR) == (
        f"Renyi: y_true and y_pred must have one shape, got {shape} and (2, 2)."
    )


@pytest.mark.parametrize("base", [1.0, 0.5, -2, math.inf, math.nan])
def test_invalid_bases(base):
    assert message_of(Entropy, base=base) == (
        f"Entropy: base must be a finite number above 1, got {base}; 2 gives bits, math.e nats."
    )


def test_another_direction():
    assert message_of(KullbackLeibler, "backward") == (
        "Unknown direction 'backward': use one of forward, reverse (nearest: forward)."
    )


@pytest.mark.parametrize("alpha", [-0.5, math.nan])
def test_invalid_orders(alpha):
    assert message_of(Renyi, alpha) == (f"Renyi: alpha must be at least 0, got {alpha}.")


def test_rounding_of_half_precision_is_accepted():
    q = tf.cast(tf.nn.softmax(tf.constant(RNG.normal(size=(64, 100)), "float32")), "bfloat16")
    sums = tf.reduce_sum(tf.cast(q, "float32"), axis=-1)
    assert np.abs(sums - 1).max() > 1e-4
    assert np.isfinite(Entropy().call(None, q)).all()


@every_loss
def test_what_has_diverged_is_not_called_pixels(name):
    nothing = np.full((2, 2), np.nan)
    for from_logits in (False, True):
        assert np.isnan(made(name, from_logits=from_logits).call(FAIR, nothing)).all()
