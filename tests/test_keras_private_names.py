"""Private names of Keras: where they are used, and that Keras still has them."""

import ast
import pathlib

import keras

from support.small_models import IMAGES, compiled, small_model
from tfgan_it.models import GAN

ROOT = pathlib.Path(__file__).parents[1]
FILES = sorted([*(ROOT / "tfgan_it").rglob("*.py"), *(ROOT / "trainers").rglob("*.py")])
# Each by the files that use it.
ONLY_FILE = "tfgan_it/keras_private.py"
# What breaks when Keras changes it:
ALLOWED = {
    "_initial_epoch": "a later fit begins after the epochs that an earlier one restored",
    "_get_variable_index": "Adam in one pass cannot find its moments",
    "_maybe_symbolic_build": "fit calls the model on a batch, which fails under several workers",
    "_momentums": "Adam in one pass cannot find the mean of gradients",
    "_velocities": "Adam in one pass cannot find the mean of their squares",
}


def private_names_of_keras():
    """What objects of the classes that we extend or hold have."""
    adam = keras.optimizers.Adam()
    adam.build([keras.Variable(0.0)])
    objects = [
        adam,
        keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]),
        keras.losses.MeanSquaredError(),
        keras.metrics.Mean(),
        keras.callbacks.Callback(),
        keras.random.SeedGenerator(0),
        keras.constraints.NonNeg(),
        keras.initializers.Zeros(),
        keras.Variable(0.0),
    ]
    names = {name for thing in objects for name in [*dir(thing), *dir(type(thing))]}
    return {name for name in names if name.startswith("_") and not name.startswith("__")}


def private_names_in(path):
    """Attributes that are read or set, and methods that are defined."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            yield node.attr
        if isinstance(node, ast.ClassDef):
            yield from (part.name for part in node.body if isinstance(part, ast.FunctionDef))


def test_private_names_of_keras_are_used_nowhere_else():
    private = private_names_of_keras()
    used = {}
    for path in FILES:
        for name in sorted(private.intersection(private_names_in(path))):
            used.setdefault(name, []).append(str(path.relative_to(ROOT)))
    assert used == {name: [ONLY_FILE] for name in ALLOWED}


def test_nothing_is_imported_from_the_inside_of_keras_or_tensorflow():
    for path in FILES:
        text = path.read_text()
        assert "keras.src" not in text and "tensorflow.python" not in text, path


def test_fit_still_asks_for_a_symbolic_build(monkeypatch):
    """By another name, Keras would call the model on a batch of samples, where it takes latents.

    With several workers it would fail there, as it averages what it finds of them, and no device
    averages uint8.
    """
    asked = []
    monkeypatch.setattr(GAN, "_maybe_symbolic_build", lambda self, **_: asked.append(self))
    model = compiled(small_model(), run_eagerly=True)
    model.fit(IMAGES[:8], batch_size=8, verbose=0)
    model.evaluate(IMAGES[:8], batch_size=8, verbose=0)
    assert asked and all(each is model for each in asked)
