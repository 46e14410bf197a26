"""Information of two readings of real samples: NumPy, replicas, a game that finds the classes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.cases import slow
from support.games import assert_equal_on_two, step_of
from tfgan_it.latents import Categorical, Normal, Product, Uniform
from tfgan_it.regularizers import CrossModalInformation

PRIOR = np.asarray([0.5, 0.3, 0.2])
RNG = np.random.default_rng(0)
READINGS = RNG.normal(size=(2, 6, 5)).astype("float32")  # Parameters of `style`, then `category`.


class Game:
    latent = Product(
        noise=Normal(2), style=Uniform(1), category=Categorical(3, probabilities=PRIOR)
    )


def part(outputs=("codes_a", "codes_b"), game=Game, **arguments):
    term = CrossModalInformation(outputs, **arguments)
    term.build_for(game)
    return term


def shown(readings, **shown):
    names = ("codes_a", "codes_b", "codes_c")
    return step_of(real_outputs=dict(zip(names, readings, strict=False)), **shown)


def softmax(x):
    e = np.exp(np.asarray(x, "float64"))
    return e / e.sum(axis=-1, keepdims=True)


def shared_code(p, q):
    scores = np.log(np.einsum("ik,jk->ij", p / PRIOR, q))
    ways = [np.diagonal(s) - np.log(np.exp(s).mean(axis=1)) for s in (scores, scores.T)]
    return np.mean(ways)


def joint_table(p, q):
    table = p.T @ q / len(p)
    table = (table + table.T) / 2
    return (table * np.log(table / np.outer(table.sum(1), table.sum(0)))).sum()


def divergence(p):
    return (p.mean(axis=0) * np.log(p.mean(axis=0) / PRIOR)).sum()


@pytest.mark.parametrize("objective", [shared_code, joint_table])
def test_information_and_marginals_against_numpy(objective):
    term = part(objective=objective.__name__, weight=2.0, marginal_weight=0.3)
    p, q = softmax(READINGS[..., 2:])
    reports = {}
    value = term.loss(shown(READINGS, report=reports.update))
    information, marginal = objective(p, q), (divergence(p) + divergence(q)) / 2
    assert float(value) == pytest.approx(2.0 * (0.3 * marginal - information), abs=1e-5)
    assert list(reports) == list(term.metric_names)
    assert float(reports["cross_modal_information_nats"]) == pytest.approx(information, abs=1e-5)
    assert float(reports["code_marginal_nats"]) == pytest.approx(marginal, abs=1e-6)
    assert abs(information) > 1e-3 and marginal > 1e-3


def test_only_one_objective_wants_one_name_for_one_thing():
    rows = np.arange(60) % 3
    sure = np.concatenate([np.zeros((60, 2)), 30 * np.eye(3)[rows]], axis=1)
    other = np.concatenate([np.zeros((60, 2)), 30 * np.eye(3)[(2 - rows)]], axis=1)
    found = {}
    for objective in ("shared_code", "joint_table"):
        for name, reading in (("same", sure), ("other", other)):
            reports = {}
            part(objective=objective).loss(shown([sure, reading], report=reports.update))
            found[objective, name] = float(reports["cross_modal_information_nats"])
    assert found["shared_code", "same"] == pytest.approx(np.log(3), abs=1e-4)
    assert found["joint_table", "same"] == pytest.approx(np.log(3), abs=1e-4)
    assert found["joint_table", "other"] == pytest.approx(np.log(3), abs=1e-4)
    assert found["shared_code", "other"] < -5


def test_of_three_outputs_it_is_the_mean_over_pairs():
    readings = RNG.normal(size=(3, 6, 5)).astype("float32")
    value = part(("codes_a", "codes_b", "codes_c"), marginal_weight=0.0).loss(shown(readings))
    p = softmax(readings[..., 2:])
    expected = np.mean([shared_code(p[i], p[j]) for i, j in ((0, 1), (0, 2), (1, 2))])
    assert float(value) == pytest.approx(-expected, abs=1e-5)


def test_a_joint_posterior_is_told_from_the_parts():
    readings = RNG.normal(size=(3, 6, 5)).astype("float32")
    term, reports = part(joint="codes_c", weight=2.0, marginal_weight=0.3), {}
    value = term.loss(shown(readings, report=reports.update))
    a, b, c = softmax(readings[..., 2:])
    among, joint = shared_code(a, b), (shared_code(a, c) + shared_code(b, c)) / 2
    marginal = (divergence(a) + divergence(b)) / 2
    assert float(value) == pytest.approx(2.0 * (0.3 * marginal - among - joint), abs=1e-5)
    assert list(reports) == list(term.metric_names)
    assert float(reports["cross_modal_information_nats"]) == pytest.approx(among, abs=1e-5)
    assert float(reports["joint_information_nats"]) == pytest.approx(joint, abs=1e-5)
    with pytest.raises(ValueError, match="must give 'codes_c', got codes_a, codes_b"):
        term.loss(shown(readings[:2]))


@pytest.mark.slow
@pytest.mark.parametrize("objective", [*slow("shared_code"), "joint_table"])
def test_two_replicas_agree_with_one_device(objective):
    term = part(objective=objective)
    value = assert_equal_on_two(lambda a, b: term.loss(shown([a, b])), *READINGS)
    assert abs(float(value)) > 1e-3


def test_other_codes_get_no_gradient():
    readings = tf.constant(READINGS)
    with tf.GradientTape() as tape:
        tape.watch(readings)
        value = part().loss(shown(tf.unstack(readings)))
    gradient = tape.gradient(value, readings)
    assert not np.any(gradient[..., :2]) and np.all(gradient[..., 2:])


@pytest.mark.slow
def test_it_finds_classes_that_two_readings_share():
    # Four corners seen by two readers, each with noise of its own; nothing names them.
    rng = np.random.default_rng(0)
    labels = rng.integers(4, size=256)
    corners = 3 * np.asarray([[1, 1], [1, -1], [-1, 1], [-1, -1]])[labels]
    seen = [(corners + rng.normal(size=(256, 2))).astype("float32") for _ in range(2)]

    class Corners:
        latent = Product(category=Categorical(4))

    term = part(game=Corners)
    keras.utils.set_random_seed(1)
    readers = [
        keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(4)]) for _ in seen
    ]
    optimizer = keras.optimizers.Adam(0.03)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = term.loss(shown([read(x) for read, x in zip(readers, seen, strict=True)]))
        variables = [v for read in readers for v in read.trainable_variables]
        optimizer.apply(tape.gradient(loss, variables), variables)

    for read, x in zip(readers, seen, strict=True):
        read(x)
    optimizer.build([v for read in readers for v in read.trainable_variables])
    for _ in range(70):
        step()
    first, second = (np.argmax(read(x), axis=1) for read, x in zip(readers, seen, strict=True))
    assert (first == second).mean() > 0.97
    table = np.zeros((4, 4))
    np.add.at(table, (first, labels), 1)
    assert table.max(axis=0).sum() / 256 > 0.97 and (table.max(axis=1) > 0).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"outputs": "codes"}, "outputs must .*, got 'codes'"),
        ({"outputs": ["codes"]}, r"outputs must name at least two, got \['codes'\]"),
        ({"weight": -1.0}, "weight must be at least 0, got -1.0"),
        ({"marginal_weight": -1.0}, "marginal_weight must be at least 0, got -1.0"),
        ({"code": "style"}, "the code must be Categorical, got Uniform"),
    ],
)
def test_mistakes(arguments, message):
    with pytest.raises(ValueError, match=f"^CrossModalInformation: {message}"):
        part(**arguments)


def test_names_and_priors_that_do_not_fit():
    with pytest.raises(ValueError, match=r"^Unknown code 'categori': .*nearest: category"):
        part(code="categori")
    with pytest.raises(ValueError, match=r"^Unknown objective 'shared': .*nearest: shared_code"):
        part(objective="shared")

    class Excluding:
        latent = Product(category=Categorical(3, [0.5, 0.5, 0.0]))

    with pytest.raises(ValueError, match="^CrossModalInformation: the code's prior must have no 0"):
        part(game=Excluding)
    with pytest.raises(ValueError, match="must give 'codes_b', got codes_a"):
        part().loss(shown(READINGS[:1]))
