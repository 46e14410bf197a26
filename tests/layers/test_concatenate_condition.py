import keras
import numpy as np
import pytest

from tfgan_it.layers import ConcatenateCondition

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.normal(size=(2, 4, 3, 1)).astype("float32")
OTHER = RANDOM.normal(size=(2, 4, 3, 2)).astype("float32")
VECTORS = RANDOM.normal(size=(2, 5)).astype("float32")


def test_vectors_stand_at_every_position():
    outputs = ConcatenateCondition()([IMAGES, VECTORS]).numpy()
    assert outputs.shape == (2, 4, 3, 6)
    np.testing.assert_array_equal(outputs[..., :1], IMAGES)
    for row in range(4):
        for column in range(3):
            np.testing.assert_array_equal(outputs[:, row, column, 1:], VECTORS)


def test_points():
    outputs = ConcatenateCondition()([IMAGES[:, 0, 0], VECTORS])
    np.testing.assert_array_equal(outputs, np.concatenate([IMAGES[:, 0, 0], VECTORS], axis=1))


def test_images_are_further_channels():
    outputs = ConcatenateCondition()([IMAGES, OTHER])
    np.testing.assert_array_equal(outputs, np.concatenate([IMAGES, OTHER], axis=-1))


def test_a_dict_in_the_order_of_its_names(tmp_path):
    inputs = [keras.Input((4, 3, 1)), {"b": keras.Input((4, 3, 2)), "a": keras.Input((5,))}]
    model = keras.Model(inputs, ConcatenateCondition()(inputs))
    assert model.output_shape == (None, 4, 3, 8)
    values = [IMAGES, {"b": OTHER, "a": VECTORS}]
    outputs = model(values).numpy()
    np.testing.assert_array_equal(outputs[:, 2, 1, 1:6], VECTORS)
    np.testing.assert_array_equal(outputs[..., 6:], OTHER)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        keras.models.load_model(tmp_path / "model.keras")(values), outputs
    )


def test_the_dtype_is_that_of_x():
    layer = ConcatenateCondition(dtype="mixed_bfloat16")
    assert layer([IMAGES, VECTORS]).dtype == "bfloat16"


def test_other_positions():
    with pytest.raises(ValueError) as error:
        ConcatenateCondition(name="join")([IMAGES[:, 0, 0], OTHER])
    assert "join: a condition of shape (2, 4, 3, 2) must have the positions of x" in str(
        error.value
    )
