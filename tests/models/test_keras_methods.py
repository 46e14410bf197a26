"""Arguments of Keras's methods: those that work, and the one line of those that do not."""

import errno
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import callbacks

from support.replicas import MIRRORED
from support.small_models import IMAGES, assert_same_state, compiled, small_model
from tfgan_it.regularizers import R1

ONES, LABELS = np.ones(48, "float32"), np.arange(48) % 2
BATCHES = tf.data.Dataset.from_tensor_slices(IMAGES).batch(16)
WEIGHTED = tf.data.Dataset.from_tensor_slices({"samples": IMAGES, "sample_weight": ONES}).batch(16)
TRIPLES = tf.data.Dataset.from_tensor_slices((IMAGES, LABELS, ONES)).batch(16)


@pytest.fixture(scope="module")
def model():
    return compiled(small_model(), run_eagerly=True, discriminator_steps=2)


@pytest.mark.parametrize(
    ("x", "arguments", "message"),
    [
        (IMAGES, {"class_weight": {0: 1.0, 1: 0.0}}, "^fit takes no class_weight: a GAN learns"),
        (IMAGES, {"sample_weight": ONES}, "^fit takes no sample_weight: a GAN learns"),
        (TRIPLES, {}, "^a batch takes no sample_weight"),
        (WEIGHTED, {}, "^a batch takes no sample_weight"),
        (BATCHES, {"class_weight": {0: 0.0}}, "^fit takes no class_weight"),
        (IMAGES, {"validation_data": (IMAGES, LABELS, ONES)}, "^a batch takes no sample_weight"),
        (IMAGES, {"validation_data": TRIPLES}, "^a batch takes no sample_weight"),
        (BATCHES, {"batch_size": 8}, "^fit takes no batch_size beside a data set"),
        (BATCHES, {"validation_split": 0.5}, "^fit takes no validation_split beside a data set"),
        (
            IMAGES,
            {"validation_data": BATCHES, "validation_batch_size": 8},
            "^validation_data takes no validation_batch_size beside a data set",
        ),
        (IMAGES, {"shuffle": False}, "^fit shuffles arrays in each epoch, got shuffle=False"),
        (IMAGES, {"validation_split": 1.0}, r"^validation_split must be in \[0, 1\), got 1.0"),
        (
            IMAGES,
            {"validation_split": 0.999},
            "^validation_split 0.999 of 48 samples leaves none to train on",
        ),
        (IMAGES, {"validation_freq": 0}, "^validation_freq must be a whole number of at least 1"),
        (IMAGES, {"validation_freq": "2"}, "^validation_freq must be .* got '2'"),
        (IMAGES, {"validation_freq": [0]}, "^validation_freq: an epoch must be a whole number"),
        (IMAGES, {"epochs": 2.5}, "^epochs must be a whole number of at least 0, got 2.5"),
        (IMAGES, {"epochs": -1}, "^epochs must be a whole number of at least 0, got -1"),
        (IMAGES, {"initial_epoch": "1"}, "^initial_epoch must be a whole number"),
        (IMAGES, {"steps_per_epoch": 0}, "^steps_per_epoch must be a whole number of at least 1"),
        (IMAGES, {"validation_steps": 1.5}, "^validation_steps must be a whole number"),
        (BATCHES, {"verbose": "loud"}, "^verbose must be 'auto', 0, 1 or 2, got 'loud'"),
    ],
)
def test_fit_refuses_in_one_line(model, x, arguments, message):
    with pytest.raises(ValueError, match=message) as error:
        model.fit(x, **arguments)
    assert "\n" not in str(error.value) and model.step.numpy() == 0


def test_an_unknown_argument_is_named_with_the_nearest(model):
    with pytest.raises(TypeError, match=r"^Unknown argument of fit 'epoch': .*\(nearest: epochs\)"):
        model.fit(IMAGES, epoch=2)
    with pytest.raises(TypeError, match=r"^Unknown argument of evaluate 'step'"):
        model.evaluate(IMAGES, step=2)


def test_a_validation_split_is_the_last_part_of_arrays():
    split, told = (compiled(small_model(), run_eagerly=True) for _ in range(2))
    options = {"batch_size": 36, "verbose": 0}
    history = split.fit(IMAGES, LABELS, validation_split=0.25, **options).history
    expected = told.fit(IMAGES[:36], validation_data=IMAGES[36:], **options).history
    assert history == expected and split.step.numpy() == 1


@pytest.mark.slow
def test_validation_steps_are_batches_and_a_frequency_skips_epochs():
    model = compiled(small_model(), 0.0, 0.0, run_eagerly=True)
    options = {"batch_size": 48, "epochs": 2, "verbose": 0, "validation_freq": 2}
    history = model.fit(IMAGES, validation_data=BATCHES, validation_steps=2, **options).history
    expected = model.evaluate(IMAGES[:32], batch_size=16, verbose=0)
    assert history["val_js_nats"] == [expected["js_nats"]]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"metrics": ["mae"]}, ValueError, "^compile takes no metrics: a GAN has no targets"),
        ({"weighted_metrics": ["mae"]}, ValueError, "^compile takes no weighted_metrics"),
        ({"loss_weights": [0.5]}, ValueError, "^compile takes no loss_weights: give the weights"),
        ({"optimizer": "adam"}, ValueError, "^compile takes no optimizer: give generator_optimi"),
        ({"reduce_dtype": "float16"}, ValueError, "reduce_dtype 'float16'.*bfloat16"),
        (
            {
                "reduce_dtype": "bfloat16",
                "generator_optimizer": keras.optimizers.SGD(gradient_accumulation_steps=2),
            },
            ValueError,
            "^reduce_dtype='bfloat16' does not go with gradient_accumulation_steps",
        ),
        ({"steps_per_execution": 0}, ValueError, "^steps_per_execution must be a whole number"),
        ({"steps_per_execution": "auto"}, ValueError, "^steps_per_execution must be a whole num"),
        ({"jit_compile": "yes"}, ValueError, "^jit_compile must be True or False, got 'yes'"),
        ({"run_eagerly": 2}, ValueError, "^run_eagerly must be True or False, got 2"),
        (
            {"generator_optimizer": keras.optimizers.Adam(use_ema=True)},
            ValueError,
            r"^generator_optimizer has use_ema=True: GAN\(.*moving_average",
        ),
        ({"rate": 1}, TypeError, "^Unknown argument of compile 'rate'"),
    ],
)
def test_compile_refuses_in_one_line(arguments, error, message):
    model = small_model()
    with pytest.raises(error, match=message) as raised:
        model.compile(**arguments)
    assert "\n" not in str(raised.value) and not model.compiled


def test_scaled_optimizers_that_accumulate_are_not_reduced_in_bfloat16():
    optimizer = keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(gradient_accumulation_steps=2)
    )
    with pytest.raises(ValueError, match="does not go with gradient_accumulation_steps"):
        small_model().compile(optimizer, "sgd", reduce_dtype="bfloat16")


def test_reduce_dtype_is_saved(tmp_path):
    model = compiled(small_model(), reduce_dtype="bfloat16")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.reduce_dtype == "bfloat16"
    assert [player.reduce_dtype for player in loaded.players] == ["bfloat16"] * 2


def test_compile_takes_the_defaults_of_keras():
    model = small_model()
    model.compile(loss_weights=None, metrics=[], weighted_metrics=None, jit_compile="auto")
    assert model.compile_networks is False
    with pytest.warns(UserWarning, match="run_eagerly=True disables jit_compile=True"):
        model.compile(run_eagerly=True, jit_compile=True)
    assert model.compile_networks is False


def test_loss_scaling_can_be_switched_off():
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    try:
        models = [small_model() for _ in range(2)]
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    for model, scaled in zip(models, (True, False), strict=True):
        model.compile("sgd", "sgd", auto_scale_loss=scaled)
        again = small_model()
        again.compile_from_config(model.get_compile_config())
        for each in (model, again):
            kind = isinstance(each.discriminator_optimizer, keras.optimizers.LossScaleOptimizer)
            assert kind is scaled


def test_steps_that_an_execution_does_not_divide_are_refused():
    model = compiled(small_model(), steps_per_execution=4)
    for call in (
        lambda: model.fit(BATCHES.repeat(), steps_per_epoch=6),
        lambda: model.fit(IMAGES, batch_size=6, validation_data=BATCHES, validation_steps=3),
        lambda: model.evaluate(BATCHES, steps=3),
        lambda: model.predict(np.zeros((9, 6)), steps=3),
    ):
        with pytest.raises(ValueError, match="^steps_per_execution 4 must divide the [36] steps"):
            call()


def test_several_steps_of_one_execution_need_one_replica():
    with MIRRORED.scope():
        model = small_model()
        with pytest.raises(ValueError, match="^steps_per_execution must be 1 on 2 replicas, got 2"):
            model.compile(steps_per_execution=2)
        compiled(model)
    with pytest.raises(ValueError, match="^train_on_batch would give .* to each of 2 replicas"):
        model.train_on_batch(IMAGES[:8])


@pytest.mark.parametrize("method", ["train_on_batch", "test_on_batch"])
def test_single_batches_are_checked(model, method):
    call = getattr(model, method)
    with pytest.raises(ValueError, match=f"^{method} takes no sample_weight"):
        call(IMAGES[:8], sample_weight=ONES[:8])
    with pytest.raises(ValueError, match=r"float images lie in \[0, 25"):
        call(IMAGES.astype("float32"))
    with pytest.raises(ValueError, match="^Compile the model"):
        getattr(small_model(), method)(IMAGES[:8])
    assert model.step.numpy() == 0


def test_a_batch_that_the_discriminators_updates_cannot_share_is_refused(model):
    with pytest.raises(ValueError, match="^train_on_batch: 7 samples cannot be shared by 2 discri"):
        model.train_on_batch(IMAGES[:7])


def test_single_batches_give_metrics_by_name_or_in_order():
    model = compiled(small_model(), terms=[R1(1.0, start=9)], run_eagerly=True)
    names = model.metric_names
    logs = model.train_on_batch(IMAGES[:8])
    assert len(logs) == len(names) and math.isfinite(sum(logs))
    result = model.test_on_batch(IMAGES[:8], return_dict=True)
    assert list(result.values()) == model.test_on_batch(IMAGES[:8]) and "js_nats" in result


@pytest.mark.parametrize("name", ["gan.h5", "gan.hdf5"])
def test_a_file_that_cannot_hold_a_gan_is_refused(model, tmp_path, name):
    with pytest.raises(ValueError, match="^save: the format HDF5 cannot hold a GAN, got .*keras"):
        model.save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_an_export_of_another_format_is_refused(model, tmp_path):
    with pytest.raises(ValueError, match="^Unknown format of export 'onx': use one of .*: onnx"):
        model.export(tmp_path, format="onx")
    with pytest.raises(TypeError, match="^Unknown argument of export 'batch_sizes'"):
        model.export(tmp_path, batch_sizes=1)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_keeps_the_file_that_is_there(model, tmp_path, monkeypatch):
    path = tmp_path / "model.keras"
    model.save(path)
    before = path.read_bytes()

    def full(self, filepath, **kwargs):
        with open(filepath, "wb") as file:
            file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    for method in ("save", "save_weights"):
        monkeypatch.setattr(keras.Model, method, full)
        target = path if method == "save" else tmp_path / "model.weights.h5"
        with pytest.raises(OSError, match=rf"^{target} cannot be written: No space left") as error:
            getattr(model, method)(target)
        assert "\n" not in str(error.value)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_paths_of_files_are_expanded_or_refused(model, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    model.save("~/model.keras")
    model.save_weights("~/model.weights.h5")
    assert {path.name for path in tmp_path.iterdir()} == {"model.keras", "model.weights.h5"}
    for save in (model.save, model.save_weights):
        with pytest.raises(ValueError, match="got the URL 'gs://bucket/"):
            save("gs://bucket/model.keras")


class Weighted(keras.utils.PyDataset):
    def __len__(self):
        return 1

    def __getitem__(self, index):
        return IMAGES[:4], None, np.ones(4, "float32")


def test_weights_behind_missing_conditions_are_not_conditions(model):
    with pytest.raises(ValueError, match="got None before a further part: a GAN takes no sample_w"):
        model.fit(Weighted(), verbose=0)


def test_a_generator_of_validation_data_needs_its_steps(model):
    def generator():
        yield IMAGES[:4]

    with pytest.raises(ValueError, match="gives its batches once, so give validation_steps"):
        model.fit(IMAGES, batch_size=4, validation_data=generator(), verbose=0)


@pytest.mark.parametrize("make", [callbacks.ModelCheckpoint, callbacks.BackupAndRestore])
def test_callbacks_whose_paths_keras_takes_as_they_are(model, make):
    for path, message in (("~/a.keras", "must be written out"), ("gs://b/a.keras", "got the URL")):
        with pytest.raises(ValueError, match=message):
            model.fit(IMAGES, batch_size=4, callbacks=[make(path)], verbose=0)


def test_weights_of_another_model_are_refused_and_change_nothing(tmp_path):
    path = tmp_path / "other.weights.h5"
    compiled(small_model()).save_weights(path)
    model = compiled(small_model(normalized=True))
    with pytest.raises(ValueError, match=f"^{path} is not of this model: .*") as error:
        model.load_weights(path)
    assert "\n" not in str(error.value)
    assert_same_state(model, compiled(small_model(normalized=True)))
    own = tmp_path / "own.weights.h5"
    model.step.assign(3)
    model.save_weights(own)
    small_model(normalized=True).load_weights(own)
    again = compiled(small_model(normalized=True))
    again.load_weights(own)
    assert_same_state(model, again)
