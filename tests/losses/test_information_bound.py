"""What all losses on scores of pairs promise: value, sign, gradient, replicas, refusals."""

import re

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit

from numpy_bounds import VALUES, classification
from support.replicas import MIRRORED
from tfgan_it.losses import information_bound
from tfgan_it.losses.ratio_estimates import MINE, SMILE
from tfgan_it.losses.upper_bounds import CLUB, VariationalUpperBound

RNG = np.random.default_rng(0)
ROWS = 6
SCORES = RNG.normal(0, 1.5, (ROWS, ROWS)).astype("float32")
REFERENCE = RNG.normal(0, 1, ROWS).astype("float32")


def first_step_of_mine(r, s):
    # The denominator of the first batch, held.
    off = ~np.eye(ROWS, dtype=bool)
    held = np.exp(SCORES[off].astype("float64")).mean()
    return np.diag(s) - (np.exp(s) * off).sum() / off.sum() / held


# Whose gradient is that of something else than the value.
SURROGATES = {
    "jensen_shannon_nwj": classification,
    "smile": classification,
    "mine": first_step_of_mine,
}
# What the critic minimises, where it is not what `call` minimises where it maximises.
CRITICS = {
    "club": lambda r, s: -np.diag(s),
    "difference_of_entropies": lambda r, s: -np.diag(s) - r,
    "leave_one_out": lambda r, s: -np.diag(s),
    "variational_upper_bound": lambda r, s: -r,
}
UPPER = {"club", "leave_one_out", "variational_upper_bound"}
NEEDS_REFERENCE = {
    "barber_agakov",
    "difference_of_entropies",
    "interpolated",
    "tuba",
    "variational_upper_bound",
}
JOINT_ONLY = {"barber_agakov", "difference_of_entropies", "variational_upper_bound"}

every_loss = pytest.mark.parametrize("name", sorted(VALUES))


def value(name, scores=SCORES, reference=REFERENCE):
    r, s = np.asarray(reference, "float64"), np.asarray(scores, "float64")
    return np.asarray(VALUES[name](r, s))


def slopes(function, reference=REFERENCE, scores=SCORES):
    """Values of function(reference, scores), and the gradients of their mean."""
    r, s = tf.constant(reference), tf.constant(scores)
    with tf.GradientTape() as tape:
        tape.watch([r, s])
        values = function(r, s)
        mean = tf.reduce_mean(values)
    return values.numpy(), *tape.gradient(mean, [r, s])


def finite_differences(function, x, step=1e-5):
    x = np.asarray(x, "float64")
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        shift = np.zeros_like(x)
        shift[index] = step
        gradient[index] = (np.mean(function(x + shift)) - np.mean(function(x - shift))) / 2 / step
    return gradient


# Value and sign.


@every_loss
def test_value_of_each_pair_against_numpy(name):
    loss = information_bound.get(name)
    sign = 1 if name in UPPER else -1
    np.testing.assert_allclose(loss.call(REFERENCE, SCORES), sign * value(name), rtol=2e-5)
    estimate = loss.estimate(REFERENCE, SCORES)
    assert estimate.shape == () and estimate.dtype == "float32"
    assert float(estimate) == pytest.approx(value(name).mean(), rel=1e-5)


@every_loss
def test_mean_of_call_is_exactly_the_estimate_with_its_sign(name):
    loss = information_bound.get(name)
    sign = 1 if name in UPPER else -1
    for scale in (1, 20, 1000):
        mean = tf.reduce_mean(loss.call(REFERENCE, scale * SCORES))
        assert float(mean) == sign * float(loss.estimate(REFERENCE, scale * SCORES))


@every_loss
def test_bits_where_they_are_asked_for(name):
    loss = type(information_bound.get(name))(base=2)
    sign = 1 if name in UPPER else -1
    bits = value(name) / np.log(2)
    np.testing.assert_allclose(loss.call(REFERENCE, SCORES), sign * bits, rtol=2e-5)
    assert float(loss.estimate(REFERENCE, SCORES)) == pytest.approx(bits.mean(), rel=1e-5)
    assert loss.get_config()["base"] == 2


@every_loss
def test_a_step_down_the_loss_moves_the_information_where_it_should(name):
    kind = type(information_bound.get(name))
    for maximize in (False,) if name in UPPER else (True, False):
        loss = kind(maximize=maximize)
        _, _, slope = slopes(loss.call)
        before = float(loss.estimate(REFERENCE, SCORES))
        after = float(loss.estimate(REFERENCE, SCORES - 0.1 * slope.numpy()))
        assert after > before + 1e-3 if maximize else after < before - 1e-3


@every_loss
def test_what_the_critic_minimises(name):
    loss = information_bound.get(name)
    values, to_reference, to_scores = slopes(loss.critic_loss)
    expected = CRITICS.get(name, lambda r, s: -np.asarray(VALUES[name](r, s)))
    r, s = REFERENCE.astype("float64"), SCORES.astype("float64")
    np.testing.assert_allclose(values, expected(r, s), rtol=2e-5)
    objective = SURROGATES.get(name)
    if objective is not None:
        expected = lambda r, s: -np.asarray(objective(r, s))  # noqa: E731
    numeric = finite_differences(lambda s: expected(r, s), SCORES)
    if name == "variational_upper_bound":
        assert to_scores is None
    else:
        np.testing.assert_allclose(to_scores, numeric, rtol=1e-4, atol=1e-6)
    if name in NEEDS_REFERENCE:
        numeric = finite_differences(lambda r: expected(r, s), REFERENCE)
        np.testing.assert_allclose(to_reference, numeric, rtol=1e-4, atol=1e-6)
        assert np.abs(numeric).max() > 0.01


@every_loss
@pytest.mark.parametrize("maximize", [True, False])
def test_the_critic_does_not_care_for_the_sign(name, maximize):
    if maximize and name in UPPER:
        pytest.skip("cannot be maximised")
    kind = type(information_bound.get(name))
    values = kind(maximize=maximize).critic_loss(REFERENCE, SCORES)
    np.testing.assert_array_equal(values, kind().critic_loss(REFERENCE, SCORES))


# Gradients.


@every_loss
def test_gradient_against_finite_differences(name):
    loss = information_bound.get(name)
    _, to_reference, to_scores = slopes(loss.call)
    sign = 1 if name in UPPER else -1
    objective = SURROGATES.get(name, VALUES[name])
    r, s = REFERENCE.astype("float64"), SCORES.astype("float64")
    numeric = finite_differences(lambda s: objective(r, s), SCORES)
    np.testing.assert_allclose(to_scores, sign * numeric, rtol=1e-4, atol=1e-6)
    if name in NEEDS_REFERENCE:
        numeric = finite_differences(lambda r: objective(r, s), REFERENCE)
        np.testing.assert_allclose(to_reference, sign * numeric, rtol=1e-4, atol=1e-6)
    else:
        assert to_reference is None


@pytest.mark.parametrize("name", ["jensen_shannon_nwj", "smile"])
def test_gradient_of_a_classifier_of_pairs(name):
    _, _, slope = slopes(information_bound.get(name).call)
    expected = expit(SCORES.astype("float64")) / (ROWS - 1)
    np.fill_diagonal(expected, -expit(-np.diag(SCORES.astype("float64"))))
    np.testing.assert_allclose(slope, expected / ROWS, rtol=1e-5)


def test_clipping_changes_the_value_of_smile_and_not_its_gradient():
    (a, _, slope_a), (b, _, slope_b) = (slopes(SMILE(tau).call) for tau in (0.1, np.inf))
    assert abs(a.mean() - b.mean()) > 0.1
    np.testing.assert_array_equal(slope_a, slope_b)


def test_critic_of_club_learns_only_from_joint_pairs():
    _, _, slope = slopes(CLUB().critic_loss)
    np.testing.assert_allclose(slope, -np.eye(ROWS) / ROWS, rtol=1e-6)


@every_loss
def test_huge_scores_have_finite_values_and_gradients(name):
    mixed = RNG.choice([-1e4, -30.0, 0.0, 30.0, 1e4], (ROWS, ROWS)).astype("float32")
    loss = information_bound.get(name)
    for scores in (mixed, -mixed, np.full_like(mixed, 1e4), np.full_like(mixed, -1e4)):
        for function in (loss.call, loss.critic_loss, lambda r, s: loss.estimate(r, s)[None]):
            values, *gradients = slopes(function, REFERENCE, scores)
            assert np.isfinite(values).all()
            assert all(np.isfinite(slope).all() for slope in gradients if slope is not None)


@pytest.mark.parametrize("name", sorted(set(VALUES) - {"nwj", "tuba", "jensen_shannon_nwj"}))
def test_huge_scores_have_the_right_value(name):
    scores = np.random.default_rng(1).choice([-1e4, 0.0, 30.0, 1e4], (ROWS, ROWS))
    values = information_bound.get(name).call(REFERENCE, scores.astype("float32"))
    expected = value(name, scores) * (1 if name in UPPER else -1)
    # The logarithm of a sum near e^10000 is known to 1e-3.
    atol = 2e-3 if name in {"donsker_varadhan", "mine"} else 1e-5
    np.testing.assert_allclose(values, expected, rtol=1e-6, atol=atol)


@pytest.mark.parametrize("name", ["nwj", "tuba", "jensen_shannon_nwj"])
def test_a_huge_score_apart_is_pulled_down(name):
    loss, scores = information_bound.get(name), np.zeros((3, 3), "float32")
    scores[0, 1] = 1e4
    _, _, slope = slopes(lambda r, s: -loss.estimate(r, s)[None], np.zeros(3, "float32"), scores)
    assert np.isfinite(np.square(slope)).all() and slope[0, 1] > 1e15
    # e^40 is still exact.
    scores[0, 1] = 40 + {"nwj": 1, "tuba": 0, "jensen_shannon_nwj": 0}[name]
    estimate = loss.estimate(np.zeros(3), scores)
    assert float(estimate) == pytest.approx(-np.exp(40) / 6, rel=1e-5)


# In Keras and TensorFlow.


@every_loss
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_inputs_of_any_precision_are_computed_in_float32(name, dtype):
    scores, reference = tf.cast(30 * SCORES, dtype), tf.cast(REFERENCE, dtype)
    values = information_bound.get(name).call(reference, scores)
    assert values.dtype == "float32"
    exact = information_bound.get(name).call(tf.cast(reference, "float32"), scores)
    np.testing.assert_array_equal(values, exact)


@pytest.mark.examples(1)
@pytest.mark.parametrize("jit_compile", [False, True])
def test_in_a_graph_that_does_not_know_the_batch(jit_compile):
    losses = {name: information_bound.get(name) for name in VALUES}

    @tf.function(
        input_signature=[tf.TensorSpec([None]), tf.TensorSpec([None, None])],
        jit_compile=jit_compile,
        autograph=False,
    )
    def call(reference, scores):
        return {name: loss.call(reference, scores) for name, loss in losses.items()}

    for name, values in call(REFERENCE, SCORES).items():
        sign = 1 if name in UPPER else -1
        np.testing.assert_allclose(values, sign * value(name), rtol=2e-5, err_msg=name)


@every_loss
@pytest.mark.parametrize(
    "reduction, reduce",
    [("sum_over_batch_size", np.mean), ("sum", np.sum), ("none", np.asarray)],
)
def test_through_keras_with_each_reduction(name, reduction, reduce):
    loss = type(information_bound.get(name))(reduction=reduction)
    reference = REFERENCE if name in NEEDS_REFERENCE else np.zeros(ROWS)
    expected = reduce(value(name)) * (1 if name in UPPER else -1)
    np.testing.assert_allclose(loss(reference, SCORES), expected, rtol=2e-5)
    np.testing.assert_allclose(loss(reference[:, None], SCORES), expected, rtol=2e-5)


@every_loss
def test_reference_may_be_none_where_it_is_ignored(name):
    loss = information_bound.get(name)
    assert loss.needs_reference == (name in NEEDS_REFERENCE)
    if loss.needs_reference:
        with pytest.raises(ValueError, match=r"needs reference, .* got None\.\Z"):
            loss.call(None, SCORES)
        return
    expected = loss.call(REFERENCE, SCORES)
    np.testing.assert_array_equal(loss.call(None, SCORES), expected)
    assert np.isfinite(loss.critic_loss(None, SCORES)).all()
    assert np.isfinite(loss.estimate(None, SCORES))


@pytest.mark.parametrize("name", sorted(JOINT_ONLY))
def test_scores_of_joint_pairs_suffice(name):
    loss, diagonal = information_bound.get(name), np.diag(SCORES)
    for function in (loss.call, loss.critic_loss, loss.estimate):
        expected = function(REFERENCE, SCORES)
        np.testing.assert_array_equal(function(REFERENCE, diagonal), expected)
    # One pair is a sample like any other.
    assert loss.call(REFERENCE[:1], diagonal[:1]).shape == (1,)


def test_bounds_say_what_they_are():
    losses = {name: information_bound.get(name) for name in VALUES}
    bounds = {name: loss.bound for name, loss in losses.items()}
    lower = {"barber_agakov", "nwj", "tuba", "info_nce", "interpolated", "jensen_shannon_nwj"}
    assert {name for name, bound in bounds.items() if bound == "lower"} == lower
    assert {name for name, bound in bounds.items() if bound == "upper"} == UPPER
    conditional = JOINT_ONLY | {"club", "leave_one_out"}
    assert {name for name, loss in losses.items() if loss.conditional} == conditional
    assert {name for name, loss in losses.items() if loss.maximize} == set(VALUES) - UPPER
    assert {name for name, loss in losses.items() if loss.variables} == {"mine"}


# Replicas.


def on_replicas(function, *arrays):
    """function on halves of the rows of the arrays: values, and each replica's gradients."""
    halves = [np.stack(np.split(array, 2)) for array in arrays]

    @tf.function(autograph=False)
    def run():
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        inputs = [tf.constant(half)[replica] for half in halves]
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            values = function(*inputs)
            # As the train step: a mean over replicas.
            mean = tf.reduce_mean(values) / 2
        return values, *tape.gradient(mean, inputs, unconnected_gradients="zero")

    parts = MIRRORED.run(run)
    return [np.concatenate(MIRRORED.experimental_local_results(part)) for part in parts]


@pytest.mark.examples(4)
@every_loss
def test_replicas_compare_with_the_pairs_of_all_replicas(name):
    with MIRRORED.scope():
        loss = information_bound.get(name)
    values, to_reference, to_scores = on_replicas(loss.call, REFERENCE, SCORES)
    alone, *expected = slopes(information_bound.get(name).call)
    np.testing.assert_allclose(values, alone, rtol=1e-5)
    np.testing.assert_allclose(to_scores, expected[1], rtol=1e-5, atol=1e-7)
    if name in NEEDS_REFERENCE:
        np.testing.assert_allclose(to_reference, expected[0], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", sorted(CRITICS))
def test_critics_on_replicas(name):
    loss = information_bound.get(name)
    values, to_reference, to_scores = on_replicas(loss.critic_loss, REFERENCE, SCORES)
    alone, *expected = slopes(loss.critic_loss)
    np.testing.assert_allclose(values, alone, rtol=1e-5)
    for found, slope in zip((to_reference, to_scores), expected, strict=True):
        np.testing.assert_allclose(found, 0 if slope is None else slope, atol=1e-7)


def test_denominator_of_mine_moves_alike_on_replicas():
    with MIRRORED.scope():
        loss = MINE(decay=0.8)
    alone = MINE(decay=0.8)
    for scale in (1.0, 0.5):
        scores = (scale * SCORES).astype("float32")
        values, _, slope = on_replicas(loss.call, REFERENCE, scores)
        expected, _, expected_slope = slopes(alone.call, REFERENCE, scores)
        np.testing.assert_allclose(values, expected, rtol=1e-5)
        np.testing.assert_allclose(slope, expected_slope, rtol=1e-5)
    moved = MIRRORED.experimental_local_results(loss.log_denominator.value)
    np.testing.assert_allclose([float(m) for m in moved], float(alone.log_denominator), rtol=1e-5)


def test_replicas_with_different_numbers_of_rows():
    loss = information_bound.get("leave_one_out")

    def call(starts):
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        scores = tf.constant(SCORES)[starts[replica] : starts[replica + 1]]
        assert scores.shape[0] is None
        return loss.call(None, scores)

    @tf.function(input_signature=[tf.TensorSpec([3], "int32")], autograph=False)
    def run(starts):
        return MIRRORED.run(call, args=(starts,))

    values = MIRRORED.experimental_local_results(run([0, 2, 6]))
    assert [len(part) for part in values] == [2, 4]
    np.testing.assert_allclose(np.concatenate(values), value("leave_one_out"), rtol=1e-5)


# Refusals.


@pytest.mark.parametrize("name", sorted(UPPER))
def test_an_upper_bound_cannot_be_maximised(name):
    kind = type(information_bound.get(name))
    with pytest.raises(ValueError, match=rf"^{kind.__name__}: maximize .*True.*InfoNCE\.\Z"):
        kind(maximize=True)


@pytest.mark.parametrize("name", sorted(set(VALUES) - JOINT_ONLY))
def test_a_single_pair_is_refused(name):
    loss = information_bound.get(name)
    for function in (loss.call, loss.critic_loss, loss.estimate):
        with pytest.raises(ValueError, match=r"needs at least 2 rows, got 1[^\n]*\Z"):
            function(np.zeros(1), np.zeros((1, 1)))


@pytest.mark.parametrize(
    "reference, scores, message",
    [
        (None, np.zeros((4, 3)), "CLUB: scores must have a column for each row"),
        (None, np.zeros(4), "CLUB: scores must be of shape (rows, columns), got (4,)."),
        (None, np.zeros((4, 4, 1)), "CLUB: scores must be of shape (rows, columns), got (4, 4, 1)"),
        (np.zeros(3), np.zeros((4, 4)), "reference must have a value for each of 4 rows, got 3."),
        (np.zeros((4, 2)), np.zeros(4), "reference must be of shape (rows,), got (4, 2)."),
    ],
)
def test_shapes_that_cannot_be_meant_are_refused(reference, scores, message):
    loss = CLUB() if reference is None else VariationalUpperBound()
    with pytest.raises(ValueError, match=re.escape(message)):
        loss.call(reference, scores)


def test_maximize_is_true_false_or_none():
    with pytest.raises(ValueError, match=r"^CLUB: maximize must be .*, got 'no'\.\Z"):
        CLUB(maximize="no")


@pytest.mark.parametrize("base", [1, 0.5, float("inf")])
def test_invalid_bases(base):
    with pytest.raises(ValueError, match=rf"^CLUB: base must be .*, got {base}; .*\.\Z"):
        CLUB(base=base)


def test_losses_by_name():
    loss = CLUB()
    assert information_bound.get(loss) is loss
    message = r"^Unknown information bound 'infonce': use one of .* \(nearest: info_nce\)\.\Z"
    with pytest.raises(ValueError, match=message):
        information_bound.get("infonce")
