import keras
import numpy as np
import pytest
import tensorflow as tf

from support.replicas import MIRRORED
from tfgan_it.layers import pair_critics
from tfgan_it.layers.gaussian_critic import GaussianCritic
from tfgan_it.layers.pair_critics import BilinearCritic, ConcatenatedCritic, SeparableCritic
from tfgan_it.losses.lower_bounds import InfoNCE
from tfgan_it.losses.upper_bounds import CLUB

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 2)).astype("float32")
Y = RNG.normal(size=(6, 3)).astype("float32")

CRITICS = {
    "bilinear": lambda **kwargs: BilinearCritic(**kwargs),
    "concatenated": lambda **kwargs: ConcatenatedCritic((5, 4), **kwargs),
    "gaussian": lambda **kwargs: GaussianCritic((5,), **kwargs),
    "separable": lambda **kwargs: SeparableCritic((5,), 4, **kwargs),
}
every_critic = pytest.mark.parametrize("name", sorted(CRITICS))


def perceptron(network, x):
    """A Sequential of dense layers by NumPy, the hidden ones with ReLU."""
    *hidden, last = [[w.numpy() for w in layer.weights] for layer in network.layers]
    for kernel, bias in hidden:
        x = np.maximum(x @ kernel + bias, 0)
    return x @ last[0] + last[1]


def with_random_biases(critic):
    critic(X, Y)
    for weight in critic.weights:
        weight.assign(RNG.normal(0, 0.7, weight.shape))
    return critic


# Scores.


def test_separable_scores_against_numpy():
    critic = with_random_biases(CRITICS["separable"]())
    expected = perceptron(critic.g, X) @ perceptron(critic.h, Y).T
    np.testing.assert_allclose(critic(X, Y), expected, rtol=1e-4, atol=1e-5)


def test_concatenated_scores_against_numpy():
    critic = with_random_biases(CRITICS["concatenated"]())
    expected = [[perceptron(critic.f, np.concatenate([x, y]))[0] for y in Y] for x in X]
    np.testing.assert_allclose(critic(X, Y), expected, rtol=1e-4, atol=1e-5)


def test_bilinear_scores_against_numpy():
    critic = with_random_biases(BilinearCritic())
    np.testing.assert_allclose(critic(X, Y), X @ critic.kernel.numpy() @ Y.T, rtol=1e-4, atol=1e-6)


@every_critic
def test_defaults_by_name(name):
    critic = pair_critics.get(name)
    assert type(critic) is type(CRITICS[name]())
    scores = critic(X, Y)
    assert scores.shape == (6, 6) and scores.dtype == "float32"
    sizes = {"bilinear": [6], "concatenated": [5 * 256, 256**2, 256]}
    sizes["gaussian"] = [2 * 256, 256**2, 256 * 6]
    sizes["separable"] = [2 * 256, 256**2, 256 * 32, 3 * 256, 256**2, 256 * 32]
    assert [int(np.prod(w.shape)) for w in critic.weights if len(w.shape) == 2] == sizes[name]
    assert critic.conditional == (name == "gaussian")


def test_activation_and_units_are_those_asked_for():
    critic = SeparableCritic((1,), 1, activation="tanh")
    critic(X, Y)
    for weight in critic.weights:
        weight.assign(np.ones(weight.shape))
    g = np.tanh(X.sum(axis=1) + 1) + 1
    h = np.tanh(Y.sum(axis=1) + 1) + 1
    np.testing.assert_allclose(critic(X, Y), np.outer(g, h), rtol=1e-5)


@every_critic
def test_gradient_reaches_both_sides_and_all_weights(name):
    critic = CRITICS[name]()
    critic(X, Y)
    x, y = tf.constant(X), tf.constant(Y)
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        total = tf.reduce_sum(tf.square(critic(x, y)))
    for slope in tape.gradient(total, [x, y, *critic.trainable_weights]):
        assert np.abs(slope).max() > 0


# Inputs.


def images(rows):
    return RNG.normal(size=(rows, 4, 4, 1)).astype("float32")


@every_critic
def test_images_are_flattened_where_there_is_no_network(name):
    critic, x, y = CRITICS[name](), images(6), images(6)
    np.testing.assert_array_equal(critic(x, y), critic(x.reshape(6, 16), y.reshape(6, 16)))


@every_critic
def test_a_column_without_its_axis(name):
    critic, x, y = CRITICS[name](), X[:, 0], Y[:, 0]
    np.testing.assert_array_equal(critic(x, y), critic(x[:, None], y[:, None]))


@every_critic
def test_integers_are_numbers(name):
    critic, codes = CRITICS[name](), np.eye(3, dtype="int32")[[0, 1, 2, 0, 1, 2]]
    np.testing.assert_array_equal(critic(codes, Y), critic(codes.astype("float32"), Y))


def small_network():
    return keras.Sequential(
        [keras.Input((4, 4, 1)), keras.layers.Conv2D(2, 3), keras.layers.Dropout(0.5)]
    )


@every_critic
def test_networks_go_first_and_are_trained(name):
    network, x = small_network(), images(6)
    critic = CRITICS[name](x_network=network)
    scores = critic(x, Y)
    assert all(any(w is found for found in critic.trainable_weights) for w in network.weights)
    flat = np.reshape(network(x), (6, 8))
    bare = CRITICS[name]()
    bare(flat, Y)
    own = [w for w in critic.weights if not any(w is theirs for theirs in network.weights)]
    bare.set_weights([w.numpy() for w in own])
    np.testing.assert_allclose(scores, bare(flat, Y), rtol=1e-5, atol=1e-6)
    assert np.abs(critic(x, Y, training=True) - scores).max() > 0


@pytest.mark.parametrize("name", sorted(set(CRITICS) - {"gaussian"}))
def test_networks_of_y(name):
    critic = CRITICS[name](y_network=small_network())
    assert critic(X, images(6)).shape == (6, 6)


# In Keras.


@every_critic
def test_functional_model_of_unknown_batch_and_its_round_trip(name, tmp_path):
    x, y = keras.Input((4, 4, 1)), keras.Input((3,))
    model = keras.Model([x, y], CRITICS[name](x_network=small_network())(x, y))
    assert model.output_shape == (None, None)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    inputs = [images(6), Y]
    np.testing.assert_allclose(loaded(inputs), model(inputs), rtol=1e-6)
    assert model([images(4), Y[:4]]).shape == (4, 4)


@every_critic
def test_half_precision_computes_and_scores_stay_whole(name):
    whole = CRITICS[name]()
    half = CRITICS[name](dtype="mixed_float16")
    expected = whole(X, Y).numpy()
    half(X, Y)
    half.set_weights(whole.get_weights())
    scores = half(X, Y)
    assert scores.dtype == "float32"
    assert {w.dtype for w in half.weights} == {"float32"}
    np.testing.assert_allclose(scores, expected, rtol=0.02, atol=0.02)
    assert np.abs(scores - expected).max() > 0
    # A product of embeddings above 65,504, the largest number of half precision.
    assert np.isfinite(half(1000 * X, 1000 * Y)).all()


# Replicas.


@pytest.mark.examples(2)
@every_critic
@pytest.mark.parametrize("loss", [InfoNCE(), CLUB()], ids=["info_nce", "club"])
def test_replicas_give_the_loss_and_gradient_of_one_device(name, loss):
    if name != "gaussian" and loss.conditional:
        pytest.skip("scores are not log-densities")
    alone = CRITICS[name]()
    alone(X, Y)
    with MIRRORED.scope():
        critic = CRITICS[name]()
        critic(X, Y)
    critic.set_weights(alone.get_weights())
    halves = X.reshape(2, 3, 2), Y.reshape(2, 3, 3)

    def slopes(critic, x, y, replicas):
        with tf.GradientTape() as tape:
            scores = critic(x, y)
            mean = tf.reduce_mean(loss.call(None, scores)) / replicas
        return scores, mean, tape.gradient(mean, critic.trainable_weights)

    @tf.function(autograph=False)
    def run():
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        return slopes(critic, *(tf.constant(half)[replica] for half in halves), 2)

    def local(value):
        return [part.numpy() for part in MIRRORED.experimental_local_results(value)]

    scores, means, gradients = MIRRORED.run(run)
    expected_scores, expected_mean, expected = slopes(alone, X, Y, 1)
    np.testing.assert_allclose(np.concatenate(local(scores)), expected_scores, rtol=1e-5, atol=1e-6)
    assert sum(local(means)) == pytest.approx(float(expected_mean), rel=1e-5)
    for found, slope in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(sum(local(found)), slope, rtol=1e-4, atol=1e-6)


# Refusals.


def test_critics_by_name():
    critic = BilinearCritic()
    assert pair_critics.get(critic) is critic
    message = r"^Unknown critic 'seperable': use one of .* \(nearest: separable\)\.\Z"
    with pytest.raises(ValueError, match=message):
        pair_critics.get("seperable")


@pytest.mark.parametrize(
    "build, message",
    [
        (
            lambda: SeparableCritic(dimension=0),
            "SeparableCritic: dimension must be a whole number of at least 1",
        ),
        (
            lambda: ConcatenatedCritic(hidden=(8, 0)),
            "ConcatenatedCritic: hidden must be sizes",
        ),
    ],
)
def test_sizes_are_positive(build, message):
    with pytest.raises(ValueError, match=rf"^{message}.*, got (0|\(8, 0\))\.\Z"):
        build()
