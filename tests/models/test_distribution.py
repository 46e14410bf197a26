"""Two replicas do what one device does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.cases import slow
from support.replicas import MIRRORED
from support.small_models import CODES, IMAGES, NOISE, compiled, small_model, state
from tfgan_it.regularizers import R1, CodeInformation, Dragan
from tfgan_it.seeds import StatelessSeed, shard_for_replica


def on_one_and_two(latent=NOISE, regularized=False, lambda_information=None, **options):
    """The same model on one device and on two."""
    models = []
    for strategy in (tf.distribute.get_strategy(), MIRRORED):
        with strategy.scope():
            regularizers = [R1(1.0)] if regularized else []
            if lambda_information:
                options["terms"] = [CodeInformation(lambda_information)]
            model = small_model(latent, moving_average=0.9)
            compiled(model, 0.3, 0.3, discriminator_regularizers=regularizers, **options)
        models.append(model)
    return models


def assert_agree(models, images=IMAGES, **arguments):
    """Three steps of each end in the same state and report the same."""
    first = state(models[0])
    one, two = (
        model.fit(images, steps_per_epoch=3, verbose=0, **arguments).history for model in models
    )
    assert models[1].step.numpy() == 3
    for ours, theirs, start in zip(*map(state, models), first, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
        assert ours.shape == () or np.abs(ours - start).max() > 1e-3
    for name in one:
        assert one[name] == pytest.approx(two[name], abs=1e-5), name


@pytest.fixture(scope="module")
def infogans():
    models = on_one_and_two(CODES, lambda_information={"category": 1.0, "style": 0.3})
    assert_agree(models, batch_size=8)
    return models


@pytest.mark.slow
def test_gan():
    assert_agree(on_one_and_two(), batch_size=8)


def test_infogan(infogans):
    assert all(len(v.values) == 2 for v in (w.value for w in infogans[1].weights))
    for weight in infogans[1].weights:
        replicas = [value.numpy() for value in weight.value.values]
        np.testing.assert_array_equal(*replicas)


@pytest.mark.slow
def test_a_dataset():
    dataset = tf.data.Dataset.from_tensor_slices(IMAGES).batch(8)
    assert_agree(on_one_and_two(), dataset)


@pytest.mark.slow
def test_with_a_regularizer():
    assert_agree(on_one_and_two(regularized=True), batch_size=8)


@pytest.mark.slow
def test_with_two_discriminator_steps():
    assert_agree(on_one_and_two(discriminator_steps=2), batch_size=8)


@pytest.mark.slow
@pytest.mark.parametrize(
    "limit", [{"global_clipnorm": 0.05}, *slow({"clipnorm": 0.03}, {"clipvalue": 0.01})]
)
def test_the_gradient_of_the_global_batch_is_clipped(limit):
    ends = []
    for strategy in (tf.distribute.get_strategy(), MIRRORED):
        with strategy.scope():
            model = small_model()
            model.compile(*(keras.optimizers.SGD(0.5, **limit) for _ in range(2)))
        model.fit(IMAGES, batch_size=8, steps_per_epoch=3, verbose=0)
        ends.append(model.get_weights())
    free = compiled(small_model(), 0.5, 0.5)
    free.fit(IMAGES, batch_size=8, steps_per_epoch=3, verbose=0)
    for one, two in zip(*ends, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)
    pairs = zip(ends[0], free.get_weights(), strict=True)
    assert max(np.abs(clipped - unclipped).max() for clipped, unclipped in pairs) > 1e-2


@pytest.mark.parametrize("limit", [{}, *slow({"global_clipnorm": 0.05})])
def test_gradients_are_summed_in_bfloat16(limit):
    """Each step is that of one device but for rounding to 8 bits, and both replicas agree."""
    ends = []
    for strategy, reduce_dtype in (
        (tf.distribute.get_strategy(), None),
        (tf.distribute.get_strategy(), "bfloat16"),
        (MIRRORED, "bfloat16"),
    ):
        with strategy.scope():
            model = small_model()
            first = [weight.numpy() for weight in model.trainable_weights]
            optimizers = [keras.optimizers.SGD(0.5, **limit) for _ in range(2)]
            model.compile(*optimizers, reduce_dtype=reduce_dtype)
        model.fit(IMAGES, batch_size=8, steps_per_epoch=1, verbose=0)
        ends.append([weight.numpy() for weight in model.trainable_weights])
    for weight in model.trainable_weights:
        np.testing.assert_array_equal(*(value.numpy() for value in weight.value.values))
    moved, rounded = 0.0, 0.0
    for start, one, alone, two in zip(first, *ends, strict=True):
        np.testing.assert_array_equal(one, alone)
        moved += np.sum((one - start) ** 2)
        rounded += np.sum((two - one) ** 2)
    assert 2**-20 < rounded / moved < 2**-14  # Squares: a rounding moves a number by up to 2^-9.


@pytest.mark.slow
@pytest.mark.parametrize("strategy", [tf.distribute.get_strategy(), MIRRORED], ids=["one", "two"])
def test_compiled_by_xla_it_is_the_same_game(strategy):
    ends = []
    for jit_compile in (False, True):
        with strategy.scope():
            model = small_model(CODES, normalized=True)
            compiled(model, 0.3, 0.3, jit_compile=jit_compile, discriminator_regularizers=[R1(1.0)])
        model.fit(IMAGES, batch_size=8, steps_per_epoch=2, verbose=0)
        ends.append(model.get_weights())
    for plain, by_xla in zip(*ends, strict=True):
        np.testing.assert_allclose(plain, by_xla, atol=1e-5)


@pytest.mark.slow
def test_a_last_batch_with_fewer_images_than_replicas():
    with MIRRORED.scope():
        model = compiled(small_model(normalized=True))
    model.fit(tf.data.Dataset.from_tensor_slices(IMAGES[:33]).batch(8), verbose=0)
    assert all(np.isfinite(value).all() for value in state(model))


@pytest.mark.slow
def test_a_lazy_regularizer_of_the_global_batch():
    with MIRRORED.scope():
        model = compiled(small_model(), discriminator_regularizers=[Dragan(1.0, every=2)])
    model.fit(IMAGES, batch_size=8, verbose=0)
    assert model.step.numpy() == 6


@pytest.mark.slow
def test_two_discriminator_steps_train_all_replicas_alike():
    model = on_one_and_two(discriminator_steps=2)[1]
    history = model.fit(IMAGES, batch_size=8, verbose=0).history
    assert model.step.numpy() == 3 and np.isfinite(list(history.values())).all()
    for weight in model.weights:
        np.testing.assert_array_equal(*[value.numpy() for value in weight.value.values])


def test_what_is_generated_and_inferred(infogans):
    one, two = infogans
    np.testing.assert_allclose(one.generate(5, seed=0), two.generate(5, seed=0), atol=1e-5)
    np.testing.assert_allclose(one.score(IMAGES), two.score(IMAGES), atol=1e-5)
    codes, others = one.infer_codes(IMAGES), two.infer_codes(IMAGES)
    for name in codes:
        np.testing.assert_allclose(codes[name], others[name], atol=1e-4)


def test_evaluate_in_one_batch(infogans):
    one, two = (model.evaluate(IMAGES, batch_size=48, verbose=0) for model in infogans)
    assert one == pytest.approx(two, abs=1e-4)


def test_evaluate_in_batches(infogans):
    one, two = (model.evaluate(IMAGES, batch_size=16, verbose=0) for model in infogans)
    assert one == pytest.approx(two, abs=1e-4)


@pytest.mark.examples(1)
@pytest.mark.parametrize("images", [17, 21, 23])
def test_evaluate_with_a_last_batch_that_replicas_share_unevenly(infogans, images):
    one, two = (model.evaluate(IMAGES[:images], batch_size=8, verbose=0) for model in infogans)
    assert one == pytest.approx(two, abs=1e-4)


def test_a_batch_that_the_replicas_cannot_share_is_refused():
    model = on_one_and_two()[1]
    with pytest.raises(ValueError, match="batch_size 5 .* 2 replicas") as error:
        model.fit(IMAGES, batch_size=5, verbose=0)
    assert "\n" not in str(error.value)


def test_replicas_draw_different_latents_that_make_up_one_batch():
    def draw(rows):
        return shard_for_replica(lambda n: CODES.sample(n, seed=StatelessSeed(7, 1)), rows)

    first, second = MIRRORED.experimental_local_results(MIRRORED.run(draw, args=(4,)))
    assert not np.isclose(first, second).all(axis=1).any()
    np.testing.assert_array_equal(np.concatenate([first, second]), draw(8))


def test_saved_on_two_and_loaded_on_one(infogans, tmp_path):
    infogans[1].save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for ours, theirs in zip(state(loaded), state(infogans[1]), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def batches_of(size, images=IMAGES, **options):
    return tf.data.Dataset.from_tensor_slices(images).batch(size, **options)


@pytest.mark.parametrize(
    "data",
    [
        batches_of(15),
        batches_of(15, drop_remainder=True),
        batches_of(15).map(lambda x: x),
        batches_of(1),
    ],
)
def test_batches_that_replicas_cannot_share_are_refused(infogans, data):
    before = state(infogans[1])
    with pytest.raises(ValueError, match=r"^batch_size 1?[51] cannot be shared by 2 replicas"):
        infogans[1].fit(data, verbose=0)
    for old, new in zip(before, state(infogans[1]), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.slow
def test_what_two_replicas_leave_out_of_a_dataset_is_said():
    models = on_one_and_two()
    with pytest.warns(UserWarning, match="2 replicas share whole batches of 10 samples"):
        models[1].fit(batches_of(10), verbose=0)
    models[0].fit(batches_of(10, drop_remainder=True), verbose=0)
    for ours, theirs in zip(*map(state, models), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "size"), [(9, 4), (7, 4), (1, 1), (31, 6)])
def test_any_number_of_samples_is_evaluated_as_on_one_device(infogans, n, size):
    infogans[1].set_weights(infogans[0].get_weights())
    one, two = (model.evaluate(batches_of(size, IMAGES[:n]), verbose=0) for model in infogans)
    assert one == pytest.approx(two, abs=1e-5)
