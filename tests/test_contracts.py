"""What every class that is registered with Keras promises."""

import inspect
import json
import math
import re

import keras
import numpy as np
import pytest

import tfgan_it
from support.examples import ARGUMENTS, INPUTS, REFUSED, ROWS
from tfgan_it.conditions import Condition
from tfgan_it.configuration import Configurable

CLASSES = {
    name.removeprefix("tfgan_it>"): kind
    for name, kind in sorted(keras.saving.get_custom_objects().items())
    if name.startswith("tfgan_it>") and inspect.isclass(kind)
}
every_class = pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)

# Their constructors are tried in tests/models.
MODELS = {kind for kind in CLASSES.values() if kind.__module__.startswith("tfgan_it.models")}
# Numbers that may be below 0, and those that may be infinite.
MAY_BE_NEGATIVE = {
    *((name, argument) for name in ["LeastSquares"] for argument in "abc"),
    ("AdaptiveAugmentation", "target"),
    ("DiscreteFDivergence", "slope_at_infinity"),
    ("RandomViews", "fill"),
    ("RandomViews", "seed"),
    ("Uniform", "low"),
}
MAY_BE_INFINITE = {
    ("DensityRatio", "limit"),
    ("DiscreteFDivergence", "slope_at_infinity"),
    ("Renyi", "alpha"),
    ("SMILE", "tau"),
}
# They stand in every textbook, or are what the package makes of its own parts.
WITHOUT_SOURCE = {
    "AggregatedEntropy",
    "InferenceMode",
    "Categorical",
    "ConditionDict",
    "GaussianMarginal",
    "Image",
    "Label",
    "OverclusteringHead",
    "Normal",
    "PaddingMask",
    "Product",
    "Uniform",
    "Vector",
    "Vocabulary",
    "Waveform",
}


@keras.saving.register_keras_serializable(package="tests")
class Holder(Configurable, keras.Model):
    """A model that has one part, and keeps its state."""

    def __init__(self, part, **kwargs):
        super().__init__(**kwargs)
        self.part = part
        if not isinstance(part, keras.layers.Layer | keras.metrics.Metric):
            self.state = variables(part)
        self.built = True


def parameters(kind):
    """The arguments that the package itself declares for a class, by name."""
    declared = {}
    for parent in kind.__mro__:
        if "__init__" in vars(parent):
            if not parent.__module__.startswith("tfgan_it"):
                break
            own = list(inspect.signature(parent.__init__).parameters.values())[1:]
            if declared:  # What a parent requires, a subclass that does not declare it gives.
                own = [p for p in own if p.default is not p.empty or p.kind == p.VAR_KEYWORD]
            declared = {p.name: p for p in own if p.kind != p.VAR_POSITIONAL} | declared
            if all(p.kind != p.VAR_KEYWORD for p in own):
                break
    return {name: p for name, p in declared.items() if p.kind != p.VAR_KEYWORD}


def numeric(kind):
    """The names of its numeric arguments, and whether each may be None and is an integer."""
    for name, parameter in parameters(kind).items():
        types = str(parameter.annotation).split(" | ")
        if "int" in types or "float" in types:
            yield name, "None" in types, "int" in types


def example(kind):
    """Arguments of an object of the class, its numbers other than by default where they may be."""
    arguments = ARGUMENTS.get(kind, dict)()
    try:
        kind(**arguments)
    except TypeError:
        pytest.fail(f"{kind.__name__} has no arguments in tests/support/examples.py")
    for name, _, whole in numeric(kind) if kind not in MODELS else ():
        default = parameters(kind)[name].default
        if name not in arguments and isinstance(default, int | float) and math.isfinite(default):
            other = {**arguments, name: default + 1 if whole else default / 2 + 0.125}
            try:
                kind(**other)
            except ValueError:
                continue
            arguments = other
    return arguments


def variables(value):
    """The state of an object, in order."""
    names = "variables", "trainable_variables"
    return list(next((getattr(value, name) for name in names if hasattr(value, name)), []))


def plain(config):
    """A configuration without the names that Keras counts up."""
    return re.sub(r'("[a-z_]+?)_\d+"', r'\1"', json.dumps(config, sort_keys=True))


@every_class
def test_the_configuration_makes_an_equal_object(kind):
    value = kind(**example(kind))
    config = value.get_config()
    assert parameters(kind).keys() <= config.keys()
    serialized = json.loads(json.dumps(keras.saving.serialize_keras_object(value)))
    assert serialized["registered_name"] == f"tfgan_it>{kind.__name__}"
    text = json.dumps(serialized)
    again = keras.saving.deserialize_keras_object(serialized)
    assert type(again) is kind
    # Keras itself changes the configuration of a network that it is given.
    assert "input_layers" in text or json.dumps(serialized) == text
    assert plain(again.get_config()) == plain(config)
    for name in parameters(kind):
        attribute = getattr(value, name, None)
        if isinstance(attribute, bool | int | float | str | tuple):
            assert getattr(again, name) == attribute, name
    if isinstance(value, Configurable):
        assert plain(repr(again)) == plain(repr(value))


@every_class
def test_its_state_is_saved_with_a_model(kind, tmp_path):
    value = kind(**example(kind))
    called = isinstance(value, keras.layers.Layer) and kind.call is not keras.layers.Layer.call
    called = called and kind not in MODELS
    if called:
        value(*INPUTS.get(kind, (ROWS,)))
    random = np.random.default_rng(0)
    for variable in variables(value):
        if variable.trainable or "seed" not in variable.path:
            numbers = random.integers(0, 2, variable.shape) + 0.5
            variable.assign(numbers.astype(variable.dtype))
    Holder(value).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras").part
    assert type(loaded) is kind
    if isinstance(value, keras.metrics.Metric):
        return  # Keras saves no metric's state, which is of one epoch.
    for kept, saved in zip(variables(loaded), variables(value), strict=True):
        np.testing.assert_array_equal(kept, saved)
    if called and kind.__name__ != "RandomViews":
        outputs = [keras.tree.flatten(part(*INPUTS.get(kind, (ROWS,)))) for part in (value, loaded)]
        for expected, got in zip(*outputs, strict=True):
            np.testing.assert_array_equal(got, expected)


@every_class
def test_a_compiled_model_keeps_its_loss(kind, tmp_path):
    if not issubclass(kind, keras.losses.Loss):
        pytest.skip("not a loss of Keras")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    model.compile("sgd", loss=kind(**example(kind), reduction="sum", name="mine"))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded.loss) is kind and loaded.loss.get_config() == model.loss.get_config()


@every_class
def test_wrong_numbers_are_refused_in_one_line(kind):
    if kind in MODELS:
        pytest.skip("tried in tests/models")
    arguments = example(kind)
    for name, optional, _ in numeric(kind):
        values = [math.nan, "x", *([] if optional else [None])]
        values += [-1] if (kind.__name__, name) not in MAY_BE_NEGATIVE else []
        values += [math.inf] if (kind.__name__, name) not in MAY_BE_INFINITE else []
        for value in values:
            refused(kind, arguments, name, value)


@pytest.mark.parametrize(
    "kind, name, value",
    [
        (kind, name, value)
        for kind, cases in REFUSED.items()
        for name, values in cases.items()
        for value in values
    ],
)
def test_what_is_just_outside_of_the_range_is_refused(kind, name, value):
    refused(kind, example(kind), name, value)


def refused(kind, arguments, name, value):
    """Whether a constructor says in one line which of its arguments it does not take."""
    with pytest.raises((ValueError, TypeError)) as error:
        kind(**{**arguments, name: value})
    message = str(error.value)
    assert "\n" not in message and str(value) in message, message
    assert re.search(rf"\b{name}\b|^Unknown ", message), message


@every_class
def test_its_docstring_says_what_one_needs_to_know(kind):
    if kind in MODELS:
        pytest.skip("these are described in docs")
    text = inspect.cleandoc(vars(kind).get("__doc__") or "")  # Python 3.13 indents it less.
    summary = text.strip().partition("\n\n")[0]
    assert re.search(r"[.:]$", summary) and len(summary) > 20, "no summary"
    own = inspect.signature(kind.__init__).parameters if "__init__" in vars(kind) else {}
    described = set(re.findall(r"^ {4}\**(\w+):", text, re.MULTILINE))
    assert set(own) - {"self"} <= described, f"Args lack {set(own) - {'self'} - described}"
    assert ("Source" in text) != (kind.__name__ in WITHOUT_SOURCE), "no Source"
    assert ">>> " in text, "no Example"


def test_what_the_package_shows_is_registered():
    rooms = (
        "augmentation",
        "conditions",
        "latents",
        "layers",
        "losses",
        "metrics",
        "models",
        "regularizers",
    )
    kinds = keras.layers.Layer | keras.losses.Loss | keras.metrics.Metric | Condition
    shown = {
        kind
        for room in rooms
        for kind in vars(getattr(tfgan_it, room)).values()
        if inspect.isclass(kind) and issubclass(kind, kinds)
    }
    registered = set(CLASSES.values())
    bases = {base for kind in registered for base in kind.__mro__[1:]}
    assert shown - bases <= registered
