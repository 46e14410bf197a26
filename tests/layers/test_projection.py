import keras
import numpy as np
import pytest

from tfgan_it.layers import ProjectionLogit

RANDOM = np.random.default_rng(0)
PHI = RANDOM.normal(size=(5, 7)).astype("float32")
Y = np.eye(3, dtype="float32")[[0, 2, 1, 1, 0]]


def weights(layer):
    """w, b and V as they stand in the formula."""
    plain = [getattr(part, "layer", part) for part in (layer.logit, layer.embedding)]
    w, v = (part.kernel.numpy() for part in plain)
    return w, plain[0].bias.numpy() if layer.use_bias else 0.0, v


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("y", [Y, RANDOM.normal(size=(5, 3)).astype("float32")])
def test_the_formula_by_hand(use_bias, y):
    layer = ProjectionLogit(spectral_normalization=False, use_bias=use_bias)
    layer.build([PHI.shape, y.shape])
    if use_bias:
        layer.logit.bias.assign([0.3])
    w, b, v = weights(layer)
    expected = [[w[:, 0] @ PHI[i] + np.sum(b) + y[i] @ v @ PHI[i]] for i in range(5)]
    np.testing.assert_allclose(layer([PHI, y]), expected, rtol=1e-5, atol=1e-6)


def test_training_calls_bring_the_largest_singular_values_to_one():
    layer = ProjectionLogit()
    for _ in range(40):
        outputs = layer([PHI, Y], training=True)
    w, _, v = weights(layer)
    for kernel in (w, v):
        assert np.linalg.svd(kernel, compute_uv=False)[0] == pytest.approx(1, abs=0.01)
    np.testing.assert_allclose(outputs, PHI @ w + ((Y @ v) * PHI).sum(1)[:, None], rtol=1e-4)


def test_w_and_v_are_initialized_independently():
    layer = ProjectionLogit(spectral_normalization=False, kernel_initializer="random_normal")
    layer([PHI, np.ones((5, 1), "float32")])
    w, _, v = weights(layer)
    assert np.abs(w - v.T).max() > 1e-3


@pytest.mark.parametrize("options", [{}, {"spectral_normalization": False, "use_bias": False}])
def test_keras_round_trip(options, tmp_path):
    inputs = [keras.Input((7,)), keras.Input((3,))]
    layer = ProjectionLogit(**options, name="logits", dtype="float32")
    model = keras.Model(inputs, layer(inputs))
    assert model.output_shape == (None, 1)
    model([PHI, Y], training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.get_layer("logits").get_config() == layer.get_config()
    for training in (False, True):
        np.testing.assert_allclose(
            loaded([PHI, Y], training=training), model([PHI, Y], training=training), rtol=1e-5
        )


@pytest.mark.parametrize("phi, y", [(PHI[:, None], Y), (PHI, Y[:, 0])])
def test_what_has_another_rank(phi, y):
    with pytest.raises(ValueError, match=r"must be \(batch, size\), got \(5.*\) and \(5.*\)\.\Z"):
        ProjectionLogit()([phi, y])
