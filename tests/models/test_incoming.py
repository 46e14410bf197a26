"""However samples come in, they are checked once, and refused or warned of in one line."""

import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.cases import slow, slow_but
from support.small_models import IMAGES, SHAPE, assert_same_state, compiled, scaled, small_model
from tfgan_it import callbacks, conditions, recipes

LABELS = np.arange(48) % 3
FLOATS = scaled(IMAGES)
OBJECTS = "^images hold .*, not numbers: np.stack"
UNSUITABLE_ARRAYS = {
    "objects": (IMAGES.astype(object), OBJECTS),
    "images of several shapes": (np.array([IMAGES[0], IMAGES[0, 1:]], object), OBJECTS),
    "dates": (np.zeros((48, *SHAPE), "datetime64[s]"), OBJECTS),
    "texts": (np.full((48, *SHAPE), "a"), OBJECTS),
    "a pair": ((IMAGES, LABELS), r"^\w+ takes samples as x.* give y separately, \w+\(x, y\)"),
}
UNSUITABLE = {
    "0..255": (IMAGES.astype("float32"), r"lie in \[0, 255\] but must lie in \[-1, 1\]"),
    "standardised": (3 * FLOATS, "but must lie in"),
    "nan": (np.where(FLOATS[0, 0, 0, 0] == FLOATS, np.nan, FLOATS), "not finite"),
    "infinite": (np.where(FLOATS[0, 0, 0, 0] == FLOATS, np.inf, FLOATS), "not finite"),
    "integers": (IMAGES.astype("int32"), "^images are int32; they must be uint8"),
    "shape": (FLOATS[:, :2], "4, 4, 1"),
}


class Batches(keras.utils.PyDataset):
    def __init__(self, *arrays):
        super().__init__()
        self.arrays = arrays

    @property
    def num_batches(self):
        return 3

    def __getitem__(self, index):
        return tuple(x[16 * index : 16 * index + 16] for x in self.arrays)


def as_dataset(*arrays):
    return tf.data.Dataset.from_tensor_slices(arrays).batch(16)


def as_generator(*arrays):
    return (tuple(x[i : i + 16] for x in arrays) for i in (0, 16, 32))


class Loader:
    def __init__(self, *arrays):
        self.arrays = arrays

    def __len__(self):
        return 3

    def __iter__(self):
        return map(list, as_generator(*self.arrays))


SOURCES = {"tf.data": as_dataset, "PyDataset": Batches, "generator": as_generator, "loader": Loader}


@pytest.fixture(scope="module")
def model():
    return compiled(small_model(), run_eagerly=True)


@pytest.fixture(scope="module")
def conditional():
    return recipes.conditional_gan((8, 8, 1), conditions=3, width=2, run_eagerly=True)


def refused(message, method, *args, **kwargs):
    with pytest.raises(ValueError, match=message) as error:
        method(*args, verbose=0, **kwargs)
    assert "\n" not in str(error.value)


EVERY = [(source, kind) for source in SOURCES for kind in UNSUITABLE]


@pytest.mark.parametrize(
    "case", slow_but([case for case in EVERY if "tf.data" in case or "0..255" in case], EVERY)
)
def test_unsuitable_samples_are_refused_from_every_source(model, case):
    source, kind = case
    samples, message = UNSUITABLE[kind]
    make = SOURCES[source]
    refused(message, model.fit, make(samples))
    refused(message, model.evaluate, make(samples))
    refused(message, model.fit, IMAGES, batch_size=16, validation_data=make(samples))
    assert model.trained_steps == 0


@pytest.mark.parametrize("kind", UNSUITABLE)
def test_unsuitable_arrays_are_refused(model, kind):
    samples, message = UNSUITABLE[kind]
    refused(message, model.fit, samples, batch_size=16)
    refused(message, model.evaluate, samples)
    refused(message, model.fit, IMAGES, batch_size=16, validation_data=samples)
    with pytest.raises(ValueError, match=message):
        model.score(samples)
    assert model.trained_steps == 0


@pytest.mark.parametrize("source", ["tf.data", *slow("PyDataset", "generator", "loader")])
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (LABELS + 1, r"^Label: labels lie in \[1, 3\], must be whole numbers in 0\.\.2"),
        (LABELS - 1, r"^Label: labels lie in \[-1, 1\]"),
        (LABELS + 0.5, r"^Label: labels hold 0\.5"),
        (np.zeros((48, 2)), r"^Label: labels have shape \(16, 2\)"),
    ],
)
def test_labels_out_of_range_are_refused_from_every_source(conditional, source, labels, message):
    make, images = SOURCES[source], np.zeros((48, 8, 8, 1), "uint8")
    refused(message, conditional.fit, make(images, labels))
    refused(message, conditional.evaluate, make(images, labels))
    refused("^This model is conditional: give y", conditional.fit, make(images))


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_every_source_trains_alike():
    models = {}
    for name, make in SOURCES.items():
        models[name] = compiled(small_model(), run_eagerly=True)
        models[name].fit(make(IMAGES), verbose=0)
        assert models[name].trained_steps == 3
        assert_same_state(models[name], models["tf.data"])


@pytest.mark.parametrize("source", ["tf.data", *slow("PyDataset", "generator", "loader")])
def test_images_from_0_to_1_are_warned_of(model, source):
    with pytest.warns(UserWarning, match=r"as if scaled to \[0, 1\].*value_range=\(0, 1\)"):
        model.evaluate(SOURCES[source](IMAGES / np.float32(255)), verbose=0)


@pytest.mark.filterwarnings("error::UserWarning")
def test_a_model_can_take_images_from_0_to_1():
    unit = IMAGES.astype("float32") / 255
    model = compiled(small_model(value_range=[0, 1]), run_eagerly=True)
    assert model.value_range == (0.0, 1.0)
    assert model.get_config()["value_range"] == [0, 1]
    # uint8 images are scaled to that range.
    np.testing.assert_allclose(model.score(IMAGES), model.score(unit), atol=1e-6)
    assert np.isfinite(model.evaluate(unit, verbose=0)["js_nats"])
    refused(r"must lie in \[0, 1\].* x / 255", model.evaluate, FLOATS)
    free = compiled(small_model(value_range=None), run_eagerly=True)
    assert np.isfinite(free.evaluate(100 * FLOATS, verbose=0)["js_nats"])
    refused("not finite", free.evaluate, UNSUITABLE["nan"][0])
    image = conditions.Image(SHAPE, value_range=(0, 1))
    np.testing.assert_allclose(image.prepare(IMAGES), unit, atol=1e-6)
    image.check(unit, 48)


@pytest.mark.parametrize("value_range", [(1, -1), (0, 0), 1, "unit", (0, 1, 2), (0, np.nan)])
def test_invalid_ranges(value_range):
    with pytest.raises(ValueError, match="value_range must be "):
        small_model(value_range=value_range)


def test_sources_without_an_end(model):
    endless = as_dataset(IMAGES).repeat()
    refused("has no end, so give steps_per_epoch", model.fit, endless)
    refused("has no end, so give steps", model.evaluate, endless)
    options = {"batch_size": 16, "validation_data": endless}
    refused("has no end, so give validation_steps", model.fit, IMAGES, **options)


@pytest.mark.parametrize("x", [None, "images", 3, object(), [], [[1], [1, 2]], {}])
def test_what_is_neither_an_array_nor_batches(model, x):
    refused(".", model.fit, x)
    refused(".", model.evaluate, x)


@pytest.mark.parametrize("x", ["images", b"images", bytearray(9), pathlib.Path("images"), 3])
def test_what_is_not_iterated_is_not_called_a_data_set(model, x):
    refused("^fit takes samples as an array or .* got", model.fit, x, batch_size=16)


@pytest.mark.parametrize("kind", UNSUITABLE_ARRAYS)
def test_arrays_that_are_not_of_numbers_are_refused(model, kind):
    samples, message = UNSUITABLE_ARRAYS[kind]
    refused(message, model.fit, samples, batch_size=16)
    refused(message, model.evaluate, samples)


def test_a_list_of_images_is_an_array(model):
    expected = model.evaluate(IMAGES, verbose=0)
    assert model.evaluate(list(IMAGES), verbose=0) == expected
    np.testing.assert_array_equal(model.score(list(IMAGES)), model.score(IMAGES))


def test_masked_samples_are_refused(model):
    refused("masked values", model.fit, np.ma.masked_array(FLOATS, FLOATS > 0), batch_size=16)


def test_latents_of_predict(model):
    assert model.predict(np.zeros((0, 6), "float32"), verbose=0).shape == (0, *SHAPE)
    latents = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")
    expected = model.predict(latents, verbose=0)
    as_batches = tf.data.Dataset.from_tensor_slices(latents).batch(4)
    generator = (latents[i : i + 4] for i in (0, 4))
    for batches in (as_batches, as_batches.map(lambda z: (z,)), generator):
        np.testing.assert_allclose(model.predict(batches, verbose=0), expected, atol=1e-6)
    np.testing.assert_allclose(model.predict_on_batch(latents.tolist()), expected, atol=1e-6)
    refused("^predict: the data set holds no batch", model.predict, as_batches.take(0))
    refused(r"takes latents \(n, 6\), got uint8", model.predict, as_dataset(IMAGES))


def test_latents_and_conditions_of_predict(conditional):
    latents = np.random.default_rng(0).normal(size=(4, 100)).astype("float32")
    labels = np.arange(4) % 3
    expected = conditional.predict((latents, labels), verbose=0)
    for batches in (
        tf.data.Dataset.from_tensors((latents, labels)),
        tf.data.Dataset.from_tensors(((latents, labels),)),
    ):
        np.testing.assert_allclose(conditional.predict(batches, verbose=0), expected, atol=1e-6)
    batches = tf.data.Dataset.from_tensors((latents, labels + 7))
    refused("^Label: labels lie in", conditional.predict, batches)


def failing(kind):
    """Batches of which the third fails."""

    def third():
        if kind == "exception":
            raise KeyError("file 17\nis gone")
        changed = {"shape": IMAGES[:4, :2], "dtype": FLOATS[:4]}
        return changed.get(kind, (IMAGES[:4], LABELS[:4]))

    return (IMAGES[:4] if i < 2 else third() for i in range(4))


@pytest.mark.parametrize("kind", ["exception", *slow("shape", "dtype", "structure")])
def test_batches_that_fail_or_change_are_one_line(kind):
    model = compiled(small_model(), run_eagerly=True)
    reason = "KeyError: .file 17" if kind == "exception" else "ValueError: batch 3 is"
    message = f"^The data set fails: {reason}"
    refused(message, model.fit, failing(kind))
    assert model.trained_steps == 2
    refused(message, model.evaluate, failing(kind))
    spec = tf.TensorSpec((None, *SHAPE), "uint8")
    own = tf.data.Dataset.from_generator(lambda: failing("exception"), output_signature=spec)
    refused("^The data set fails: KeyError", model.evaluate, own)
    options = {"batch_size": 48, "validation_data": failing(kind), "validation_steps": 4}
    refused(message, model.fit, IMAGES, **options)


def test_samples_by_name_and_a_buffer_are_arrays(model):
    expected = model.evaluate(IMAGES, verbose=0)
    assert model.evaluate({"samples": IMAGES}, verbose=0) == expected
    assert model.evaluate(memoryview(IMAGES), verbose=0) == expected


def test_the_data_of_an_evaluation_are_checked_before_training(model):
    def evaluation(samples, labels=None):
        return callbacks.Evaluation(samples, labels, every=1, record=print)

    for callback, message in (
        (evaluation(UNSUITABLE["0..255"][0]), "must lie in"),
        (evaluation(IMAGES[:0]), "0 images given"),
        (evaluation(IMAGES, LABELS[:3]), "^Evaluation: 3 labels given for 48 samples"),
    ):
        refused(message, model.fit, IMAGES, batch_size=16, callbacks=[callback])
    assert model.trained_steps == 0
