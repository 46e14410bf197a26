"""The tables of docs/keras.md name every argument and every callback of the installed Keras."""

import inspect
import pathlib
import re

import keras
import pytest

from support.small_models import IMAGES, compiled, small_model
from tfgan_it import models

PAGE = pathlib.Path(__file__).parents[1] / "docs" / "keras.md"
METHODS = (
    "compile",
    "fit",
    "evaluate",
    "predict",
    "train_on_batch",
    "test_on_batch",
    "predict_on_batch",
    "export",
    "save",
)


def tables():
    """`{section: {name: status}}` of the page."""
    _, *sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)
    row = re.compile(r"^\| `(\w+)` \| (works|refused) \| .*\|$", re.MULTILINE)
    return {text.partition("\n")[0]: dict(row.findall(text)) for text in sections}


TABLES = tables()


def arguments(function):
    parameters = inspect.signature(function).parameters.values()
    return {p.name for p in parameters if p.kind is not p.VAR_KEYWORD} - {"self"}


@pytest.mark.parametrize("method", METHODS)
def test_every_argument_of_keras_is_named(method):
    assert arguments(getattr(keras.Model, method)) <= TABLES[method].keys()


@pytest.mark.parametrize("method", [m for m in METHODS if m not in ("compile", "export")])
@pytest.mark.parametrize("model", [models.GAN, models.AdaGAN])
def test_arguments_have_the_order_of_keras(model, method):
    def positional(function):
        parameters = inspect.signature(function).parameters.values()
        return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]

    ours, kerass = positional(getattr(model, method)), positional(getattr(keras.Model, method))
    assert ours == kerass[: len(ours)]


def test_every_argument_of_load_model_is_named():
    assert arguments(keras.saving.load_model) <= TABLES["load_model"].keys()


def test_every_callback_of_keras_is_named():
    public = {
        name
        for name, value in vars(keras.callbacks).items()
        if inspect.isclass(value) and issubclass(value, keras.callbacks.Callback)
    }
    assert public <= TABLES["Callbacks"].keys()


@pytest.fixture(scope="module")
def model():
    return compiled(small_model(), run_eagerly=True)


def call(model, method, **kwargs):
    data = {"x": IMAGES} if method in ("fit", "evaluate", "train_on_batch", "test_on_batch") else {}
    if method in ("save", "export"):
        data = {"filepath": "nowhere.keras"}
    return getattr(model, method)(**data, **kwargs)


@pytest.mark.parametrize(
    ("method", "name"),
    [(m, name) for m in METHODS for name, status in TABLES[m].items() if status == "refused"],
)
def test_what_the_page_refuses_is_refused_in_one_line(model, method, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=rf"^{method} takes no {name}: .*\.\Z"):
        call(model, method, **{name: ["adam"]})
    assert model.step.numpy() == 0 and not list(tmp_path.iterdir())
