"""The total correlation of codes: of Gaussians it is known, its gradients by finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from scipy import special

from support.games import assert_equal_on_two, assert_survives, history_of, slopes_of, step_of
from support.replicas import MIRRORED
from support.small_models import CODES, IMAGES, compiled, small_model, state
from tfgan_it import latents
from tfgan_it.networks import mlp_discriminator
from tfgan_it.regularizers import CodeInformation, TotalCorrelation
from tfgan_it.regularizers.information.total_correlation import inferred_codes, permuted_codes
from tfgan_it.seeds import StatelessSeed, seeded_initializers, shard_for_replica

CORRELATIONS = np.array([[1.0, 0.7, 0.2], [0.7, 1.0, -0.3], [0.2, -0.3, 1.0]])
EXACT = -0.5 * np.linalg.slogdet(CORRELATIONS)[1]  # Of a Gaussian, in nats.
STYLES = latents.Product(noise=latents.Normal(1), style=latents.Normal(3))
# ln q(c) / prod q(c_j) = TC - c' (R^-1 - 1) c / 2.
FORM = np.linalg.inv(CORRELATIONS) - np.eye(3)
ROWS = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")


class Model:
    """What the term is built for."""

    sample_shape, seed, latent = (2,), 0, STYLES
    discriminator_outputs = {"logits": (None, 1), "codes": (None, 6)}


class OfMixed(Model):
    """Three categories and a style."""

    latent = CODES
    discriminator_outputs = {"logits": (None, 1), "codes": (None, 5)}


@keras.saving.register_keras_serializable(package="tests")
class QuadraticForm(keras.layers.Layer):
    """constant - c' F c / 2, with both trained."""

    def build(self, shape):
        self.constant = self.add_weight((), keras.initializers.Constant(EXACT))
        self.form = self.add_weight((3, 3), "zeros")

    def call(self, codes):
        value = self.constant - 0.5 * ops.sum(ops.matmul(codes, self.form) * codes, axis=-1)
        return value[:, None]


def exact_critic():
    critic = keras.Sequential([keras.Input((3,)), QuadraticForm()])
    critic.layers[-1].form.assign(FORM)
    return critic


def built(model=Model, **arguments):
    term = TotalCorrelation(**arguments)
    term.build_for(model)
    return term


def gaussian(n, seed=0):
    random = np.random.default_rng(seed)
    return random.multivariate_normal(np.zeros(3), CORRELATIONS, n).astype("float32")


def drawn(n, seed=0):
    """A `draw` of this replica's `n` samples, as in a train step."""
    calls = iter(range(100))
    return lambda function: shard_for_replica(
        lambda total: function(total, seed=StatelessSeed(seed, next(calls))), tf.constant(n)
    )


def ratio(codes, form=FORM, constant=EXACT):
    return constant - 0.5 * np.einsum("id,de,ie->i", codes, form, codes)


def softplus(x):
    return np.logaddexp(0, x)


def orders_of(n, variables, draw):
    """The permutations that the term draws, as it draws them."""
    table = np.arange(n, dtype="float32")[:, None].repeat(variables, axis=1)
    return permuted_codes(tf.constant(table), [1] * variables, draw).numpy().astype(int)


def test_of_gaussian_codes_the_exact_critic_gives_their_total_correlation():
    codes, reports = gaussian(20_000), {}
    term = built(critic=exact_critic(), weight=2.0)
    value = term.penalty(codes, step_of(draw=drawn(20_000), report=reports.update))
    assert list(reports) == list(term.metric_names) == ["total_correlation_nats_generated"]
    np.testing.assert_allclose(reports[term.metric_names[0]], ratio(codes), rtol=1e-4, atol=1e-4)
    nats = np.mean(reports[term.metric_names[0]])
    assert nats == pytest.approx(EXACT, abs=0.02) and pytest.approx(0.6087, abs=1e-4) == EXACT
    orders = orders_of(20_000, 3, drawn(20_000))
    permuted = np.take_along_axis(codes, orders, axis=0)
    loss = 0.5 * (softplus(-ratio(codes)) + softplus(ratio(permuted))) - np.log(2)
    np.testing.assert_allclose(value, 2 * ratio(codes) + loss, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("weight", [0.0, 0.3])
def test_codes_lower_the_ratio_and_the_critic_its_own_loss(weight):
    term = built(critic=exact_critic(), weight=weight)
    codes, layer = tf.constant(ROWS), term.network.layers[-1]
    with tf.GradientTape() as tape:
        tape.watch(codes)
        loss = tf.reduce_mean(term.penalty(codes, step_of(draw=drawn(8))))
    of_codes, of_form, of_constant = tape.gradient(loss, [codes, layer.form, layer.constant])
    (expected,) = slopes_of(lambda c: weight * ratio(c).mean(), ROWS)
    np.testing.assert_allclose(of_codes, expected, atol=1e-5)
    permuted = np.take_along_axis(ROWS, orders_of(8, 3, drawn(8)), axis=0)

    def critic_loss(form, constant):
        joint, product = (ratio(c, form, constant) for c in (ROWS, permuted))
        return 0.5 * (softplus(-joint) + softplus(product)).mean()

    form, constant = slopes_of(critic_loss, FORM, np.asarray(EXACT))
    np.testing.assert_allclose(of_form, form, atol=1e-5)
    np.testing.assert_allclose(of_constant, constant, atol=1e-5)
    assert np.abs(form).max() > 1e-2


@pytest.mark.slow
def test_a_critic_learns_the_total_correlation_of_gaussian_codes():
    with seeded_initializers(0):
        critic = mlp_discriminator((3,), width=32)
    term, rate = built(critic=critic, weight=0.0), keras.optimizers.schedules.CosineDecay(5e-3, 800)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(critic.trainable_variables)

    @tf.function
    def learn(codes, seed):
        with tf.GradientTape() as tape:
            stream = StatelessSeed(seed)
            step = step_of(draw=lambda function: function(250, seed=stream))
            loss = tf.reduce_mean(term.penalty(codes, step))
        weights = critic.trainable_variables
        optimizer.apply(tape.gradient(loss, weights), weights)

    codes = gaussian(200_000, seed=1)
    for index in range(800):
        learn(tf.constant(codes[index * 250 : index * 250 + 250]), tf.constant(index))
    reports = {}
    term.penalty(gaussian(20_000), step_of(draw=drawn(20_000), report=reports.update))
    assert np.mean(reports["total_correlation_nats_generated"]) == pytest.approx(EXACT, abs=0.05)


def test_what_is_permuted():
    codes = np.arange(24.0, dtype="float32").reshape(8, 3)
    permuted = permuted_codes(codes, [2, 1], drawn(8)).numpy()
    first, last = permuted[:, :2], permuted[:, 2]
    assert sorted(map(tuple, first)) == sorted(map(tuple, codes[:, :2]))  # A category is whole.
    assert sorted(last) == sorted(codes[:, 2])
    assert not np.array_equal(first[:, 1] + 1, last)
    assert not np.array_equal(permuted, permuted_codes(codes, [2, 1], drawn(8, seed=1)))


def test_inferred_codes_and_where_their_gradient_goes():
    parameters = tf.constant(np.random.default_rng(3).normal(size=(8, 5)), "float32")
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        codes = inferred_codes(CODES.codes, parameters, drawn(8))
        total = tf.reduce_sum(codes[:, 3])
    np.testing.assert_allclose(codes[:, :3], special.softmax(parameters[:, :3], 1), atol=1e-6)
    noise = keras.random.normal((8, 1), seed=StatelessSeed(0, 0)).numpy()[:, 0]
    scale = 0.05 + softplus(parameters[:, 4].numpy())
    np.testing.assert_allclose(codes[:, 3], parameters[:, 3] + scale * noise, atol=1e-5)
    sigmoid = special.expit(parameters[:, 4].numpy())
    zeros = np.zeros((8, 3))
    expected = np.column_stack([zeros, np.ones(8), noise * sigmoid])
    np.testing.assert_allclose(tape.gradient(total, parameters), expected, atol=1e-5)


def test_permutations_are_over_all_replicas():
    term = built(critic=exact_critic())

    def loss(codes):
        return tf.reduce_mean(term.penalty(codes, step_of(draw=drawn(codes.shape[0]))))

    assert_equal_on_two(loss, ROWS)


def game(strategy=None):
    """An InfoGAN whose players both make codes independent."""
    with (strategy or tf.distribute.get_strategy()).scope():
        with seeded_initializers(3):
            critic = mlp_discriminator((4,), width=8)
        return compiled(
            small_model(CODES),
            terms=[CodeInformation(), TotalCorrelation(weight=0.5)],
            discriminator_regularizers=[TotalCorrelation("real", 0.5, critic, every=2)],
        )


@pytest.mark.slow
def test_a_game_with_it_on_one_device_and_on_two():
    histories, states = [], []
    for strategy in (None, MIRRORED):
        model = game(strategy)
        histories.append(history_of(model, IMAGES))
        states.append(state(model))
    for name, values in histories[0].items():
        np.testing.assert_allclose(histories[1][name], values, atol=1e-4, err_msg=name)
    for one, two in zip(*states, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-4)


@pytest.mark.slow
def test_a_game_with_it_survives(tmp_path):
    model = game()
    history_of(model, IMAGES, steps=2)
    loaded = assert_survives(model, tmp_path)
    assert loaded.terms[1].weight == 0.5 and loaded.discriminator_regularizers[0].source == "real"


def moved(weight):
    """The networks' weights after a step with the term in the generator's loss, and its critic."""
    term = TotalCorrelation(weight=weight)
    model = compiled(small_model(CODES), generator_regularizers=[term])
    before = model.generator.get_weights(), model.discriminator.get_weights()
    model.train_on_batch(IMAGES[:8])
    owned = [
        any(v is kernel for v in p.variables)
        for p in model.players
        for kernel in term.network.trainable_variables[:1]
    ]
    return before, model.generator.get_weights(), model.discriminator.get_weights(), owned


def test_it_moves_its_player_alone():
    (_, generator, discriminator, owned), (_, other, same, _) = moved(0.0), moved(5.0)
    assert owned == [False, True]
    for one, two in zip(discriminator, same, strict=True):
        np.testing.assert_array_equal(one, two)
    assert any(np.abs(one - two).max() > 1e-5 for one, two in zip(generator, other, strict=True))


def test_the_critic_is_a_function_of_the_models_seed():
    def weights(seed, state):
        keras.utils.set_random_seed(state)  # The global seed must not matter.
        term = TotalCorrelation()
        compiled(small_model(CODES, seed=seed), generator_regularizers=[term])
        return term.network.get_weights()

    one, same, other = weights(5, 1), weights(5, 2), weights(6, 1)
    np.testing.assert_array_equal(one[0], same[0])
    assert not np.isclose(one[0], other[0]).all()


@pytest.mark.parametrize(
    "latent, message",
    [
        (latents.Normal(6), "TotalCorrelation needs a latent with codes"),
        (
            latents.Product(noise=latents.Normal(3), category=latents.Categorical(3)),
            "TotalCorrelation: category is one variable, which depends on no other",
        ),
    ],
)
def test_nothing_to_be_independent_of(latent, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        compiled(small_model(latent), generator_regularizers=[TotalCorrelation()])


def test_codes_of_real_samples_are_the_discriminators():
    with pytest.raises(ValueError, match="^TotalCorrelation belongs in discriminator_regularizers"):
        compiled(small_model(CODES), generator_regularizers=[TotalCorrelation("real")])
