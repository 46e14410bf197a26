"""A keyword that a constructor does not take is answered with the nearest that it takes."""

import copy
import inspect
import pickle

import keras
import pytest

import tfgan_it as ti
from tfgan_it.keywords import CheckedKeywords

CLASSES = {
    name: kind
    for name, kind in sorted(keras.saving.get_custom_objects().items())
    if name.startswith("tfgan_it>") and inspect.isclass(kind)
}
CLASSES |= {
    name: vars(room)[name]
    for room in (ti.estimators, ti.callbacks, ti.metrics, ti.datasets)
    for name in room.__all__
    if inspect.isclass(vars(room)[name]) and "__init__" in vars(vars(room)[name])
}
# Any keyword is the name of a part; the others are results, and errors.
TAKES_ANY = {"Product", "ConditionDict", "InformationMonitor", "MLflow", "WeightsAndBiases"}
RESULTS = {
    "CardRow",
    "Measurement",
    "InformationCard",
    "Inversion",
    "Candidate",
    "Estimate",
    "NonFiniteLoss",
}


@pytest.mark.parametrize("name", sorted(set(CLASSES) - RESULTS))
def test_every_class_says_so_in_one_line(name):
    kind = CLASSES[name]
    if kind.__name__ in TAKES_ANY:
        return
    with pytest.raises(TypeError) as error:
        kind(no_such_argument=1)
    message = str(error.value)
    assert "\n" not in message and "'no_such_argument'" in message, message
    assert message.startswith((f"Unknown argument of {kind.__name__} ", "Unknown hyperparameter"))


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_the_signature_of_a_class_is_that_of_its_constructor(name):
    # Recipes and editors read it: arguments that are not in it would be left out without a word.
    kind = CLASSES[name]
    _, *expected = inspect.signature(kind.__init__).parameters.values()
    assert list(inspect.signature(kind).parameters.values()) == expected


def test_an_instance_has_the_signature_of_its_call():
    for each in (ti.losses.Hinge(), ti.layers.BatchNormalization()):
        expected = inspect.signature(type(each).__call__.__get__(each))
        assert inspect.signature(each) == expected


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ti.estimators.KSG(k=5),
            "Unknown argument of KSG 'k': use one of base, neighbors, preprocessing, variant "
            "(nearest: neighbors).",
        ),
        (
            lambda: ti.regularizers.R1(10.0, evry=4),
            "Unknown argument of R1 'evry': use one of every, gamma, start (nearest: every).",
        ),
        (
            lambda: ti.regularizers.R1(nmae="penalty"),
            "Unknown argument of R1 'nmae': use one of every, gamma, start (nearest: name).",
        ),
        (
            lambda: ti.latents.Normal(dim=3),
            "Unknown argument of Normal 'dim': use one of dimension, minimum_scale, "
            "posterior_scale, scale (nearest: dimension).",
        ),
        (
            lambda: ti.metrics.Purity(n_classes=3, num_clusters=3),
            "Unknown argument of Purity 'n_classes': use one of dtype, name, num_classes, "
            "num_clusters (nearest: num_classes).",
        ),
        (
            lambda: ti.datasets.CorrelatedGaussian(1, cube=True),
            "Unknown argument of CorrelatedGaussian 'cube': use one of cubed, dimension, "
            "mutual_information (nearest: cubed).",
        ),
    ],
)
def test_the_names_and_the_nearest(call, message):
    with pytest.raises(TypeError) as error:
        call()
    assert str(error.value) == message


def test_keywords_of_keras_are_taken():
    layer = ti.layers.GlobalSumPooling2D(name="sum", dtype="float64", trainable=False)
    assert (layer.name, layer.compute_dtype, layer.trainable) == ("sum", "float64", False)
    assert ti.losses.Entropy(reduction="sum", name="h").name == "h"
    assert ti.optimizers.Adam(0.1, clipnorm=1.0, name="a").clipnorm == 1


class Reads(ti.terms.Term):
    """A class of a user's own, which reads its keywords itself."""

    def __init__(self, **kwargs):
        self.strength = kwargs.pop("strength", 1.0)
        super().__init__(**kwargs)


class Declares(ti.terms.Term):
    def __init__(self, strength=1.0):
        super().__init__()
        self.strength = strength


def test_classes_of_users():
    assert Reads(strength=2.0, every=3).strength == 2
    with pytest.raises(
        TypeError, match="^Unknown argument of Declares 'strenth': use one of stren"
    ):
        Declares(strenth=2.0)


class Plain(CheckedKeywords):
    def __init__(self, size, /, *, depth=1):
        self.size, self.depth = size, depth


def test_positional_arguments_copies_and_pickles():
    plain = Plain(3, depth=2)
    for again in (copy.copy(plain), copy.deepcopy(plain), pickle.loads(pickle.dumps(plain))):
        assert (again.size, again.depth) == (3, 2)
    with pytest.raises(TypeError, match="'size': use one of depth"):
        Plain(size=3)
    with pytest.raises(TypeError, match="missing 1 required"):
        Plain()


def test_signatures_are_those_of_the_constructors():
    assert list(inspect.signature(ti.estimators.KSG).parameters)[0] == "neighbors"
    assert list(inspect.signature(ti.callbacks.SampleGrid).parameters)[0] == "folder"
