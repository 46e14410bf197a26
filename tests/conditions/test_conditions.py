"""What holds for every condition, and which one is meant."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_it import conditions
from tfgan_it.conditions import ConditionDict, Image, Label, Vector

RANDOM = np.random.default_rng(0)
# A condition, raw values of 5 samples, and the dtype of an export's raw value.
CASES = {
    "label": (Label(4, [0.1, 0.2, 0.3, 0.4]), np.array([0, 3, 1, 1, 2]), "int64"),
    "vector": (Vector(3), RANDOM.normal(size=(5, 3)), "float32"),
    "image": (Image((2, 3, 1)), RANDOM.integers(0, 256, (5, 2, 3, 1), "uint8"), "float32"),
}
BOTH = ConditionDict(digit=Label(4), position=Vector(3))
RAW = {"digit": CASES["label"][1], "position": CASES["vector"][1]}
every = pytest.mark.parametrize("name", list(CASES))


@every
def test_prepared_values_have_the_shape_that_is_stated(name):
    condition, raw, _ = CASES[name]
    prepared = condition.prepare(raw)
    assert prepared.shape == (5, *condition.shape) and prepared.dtype == "float32"


@every
def test_a_graph_of_unknown_batch_gives_what_arrays_give(name):
    condition, raw, _ = CASES[name]
    spec = tf.TensorSpec((None, *raw.shape[1:]), raw.dtype)
    graph = tf.function(condition.prepare, [spec])
    for rows in (5, 2, 0):
        np.testing.assert_allclose(graph(raw[:rows]), condition.prepare(raw[:rows]), atol=1e-6)


@every
def test_the_raw_form_of_an_export_is_prepared_too(name):
    condition, raw, dtype = CASES[name]
    assert condition.spec() == {"conditions": (raw.shape[1:], dtype)}
    value = tf.zeros((2, *raw.shape[1:]), dtype)
    assert condition.from_named({"conditions": value}) is value
    assert condition.prepare(value).shape == (2, *condition.shape)


@every
def test_one_value_for_all_or_one_for_each(name):
    condition, raw, _ = CASES[name]
    for value in (raw[3], raw[3:4], tf.constant(raw[3])):
        same = condition.broadcast(value, 5)
        assert same.shape == raw.shape
        np.testing.assert_allclose(same, np.stack([raw[3]] * 5), rtol=1e-6)
    np.testing.assert_array_equal(condition.broadcast(raw, 5), raw)
    assert condition.broadcast(raw[3], 0).shape == (0, *raw.shape[1:])
    with pytest.raises(ValueError, match=r"^\w+: 5 conditions given for 4 samples\.\Z"):
        condition.broadcast(raw, 4)


@every
def test_what_is_right_passes_and_another_count_does_not(name):
    condition, raw, _ = CASES[name]
    condition.check(raw, 5)
    condition.check(raw[:0], 0)
    with pytest.raises(ValueError, match=r"^\w+: 5 conditions given for 6 samples\.\Z"):
        condition.check(raw, 6)
    with pytest.raises(ValueError, match=r"^\w+: no batch of conditions given for 6 samples\.\Z"):
        condition.check(1.0, 6)


@every
def test_keras_round_trip(name):
    condition = CASES[name][0]
    config = keras.saving.serialize_keras_object(condition)
    assert config["registered_name"] == f"tfgan_it>{type(condition).__name__}"
    copy = keras.saving.deserialize_keras_object(config)
    assert type(copy) is type(condition) and repr(copy) == repr(condition)


@pytest.mark.parametrize("name", ["vector", "image"])
def test_without_a_prior_there_are_no_samples(name):
    condition = CASES[name][0]
    assert not condition.has_prior
    for ask in (lambda: condition.sample(3, seed=0), condition.entropy):
        with pytest.raises(ValueError, match=r"^\w+ has no prior to draw from: .*\)\.\Z"):
            ask()


def test_descriptions_are_one_line():
    assert CASES["vector"][0].describe() == "a vector of 3 numbers"
    assert CASES["image"][0].describe() == "an image of 2x3x1"
    assert BOTH.describe() == (
        "digit: one of 4 classes, uniform, H(y) = 1.3863 nats; position: a vector of 3 numbers"
    )


def test_get():
    label = Label(3)
    assert conditions.get(label) is label
    assert repr(conditions.get(np.int64(7))) == repr(Label(7))
    assert repr(conditions.get({"a": 7, "b": Vector(1)})) == repr(
        ConditionDict(a=Label(7), b=Vector(1))
    )


@pytest.mark.parametrize("identifier", [None, "label", 2.0, True, [3]])
def test_what_is_not_a_condition(identifier):
    with pytest.raises(ValueError) as error:
        conditions.get(identifier)
    assert str(error.value) == (
        "conditions must be a condition such as Label(10), a number of classes, or a dict of those "
        f"by name, got {identifier!r}."
    )


def test_a_dict_is_its_parts():
    prepared = BOTH.prepare(RAW)
    for name, part in BOTH.parts.items():
        np.testing.assert_array_equal(prepared[name], part.prepare(RAW[name]))
    assert BOTH.shape == {"digit": (4,), "position": (3,)}
    assert BOTH.spec() == {"digit": ((), "int64"), "position": ((3,), "float32")}
    assert BOTH.from_named({"seed": 0, **RAW}) == RAW
    BOTH.check(RAW, 5)
    filled = BOTH.broadcast({"digit": 2, "position": RAW["position"]}, 5)
    assert filled["digit"].tolist() == [2] * 5
    np.testing.assert_array_equal(filled["position"], RAW["position"])


def test_a_dict_has_a_prior_where_all_parts_have_one():
    assert not BOTH.has_prior
    with pytest.raises(ValueError, match="^Vector has no prior"):
        BOTH.sample(3)
    labels = ConditionDict(a=Label(4), b=Label(4), c=Label(2))
    assert labels.has_prior
    assert labels.entropy() == pytest.approx(np.log(4 * 4 * 2))
    for seed in (3, keras.random.SeedGenerator(0)):
        drawn = {name: value.numpy() for name, value in labels.sample(2000, seed).items()}
        # Independent: I of the two, from counts, is about (4 - 1)^2 / (2 n).
        joint = np.histogram2d(drawn["a"], drawn["b"], bins=(4, 4))[0] / 2000
        product = joint.sum(1, keepdims=True) * joint.sum(0)
        assert np.sum(joint * np.log(joint / product)) < 0.01
    np.testing.assert_array_equal(labels.sample(9, 5)["b"], labels.sample(9, 5)["b"])


def test_round_trip_of_a_dict():
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(BOTH))
    expected = "digit=Label(classes=4), position=Vector(dimension=3)"
    assert repr(copy) == repr(BOTH) == f"ConditionDict({expected})"


@pytest.mark.parametrize(
    "y, message",
    [
        (
            {**RAW, "digit": [9] * 5},
            "conditions['digit']: Label: labels lie in [9, 9], must be whole numbers in 0..3 or "
            "rows of 4 probabilities.",
        ),
        (
            {"digit": RAW["digit"]},
            "conditions must be a dict with the names ['digit', 'position'], got ['digit'].",
        ),
        (
            RAW["digit"],
            "conditions must be a dict with the names ['digit', 'position'], got ndarray.",
        ),
    ],
)
def test_what_a_dict_refuses(y, message):
    for ask in (BOTH.check, BOTH.broadcast):
        with pytest.raises(ValueError) as error:
            ask(y, 5)
        assert str(error.value) == message


@pytest.mark.parametrize(
    "make, message",
    [
        (ConditionDict, "ConditionDict: give at least one condition, such as label=Label(10)."),
        (
            lambda: ConditionDict(a=3),
            "ConditionDict: 'a' must be Label, Vector or Image, got 3.",
        ),
        (lambda: Label(1), "Label: classes must be a whole number of at least 2, got 1."),
        (lambda: Label(2.5), "Label: classes must be a whole number of at least 2, got 2.5."),
        (
            lambda: Label(2, [0.5, 0.6]),
            "Categorical: probabilities must be 2 numbers of at least 0 that sum to 1, got "
            "[0.5 0.6].",
        ),
        (lambda: Vector(0), "Vector: dimension must be a whole number of at least 1, got 0."),
        (lambda: Image((8, 8)), "Image: shape must be (height, width, channels), got (8, 8)."),
    ],
)
def test_what_is_refused_when_made(make, message):
    with pytest.raises(ValueError) as error:
        make()
    assert str(error.value) == message
