"""Steps whose discriminator is known, and a term that remembers what it was shown."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf
from keras import ops, tree

from support.replicas import MIRRORED
from support.small_models import IMAGES, NOISE, assert_same_state, compiled, small_model
from tfgan_it.models import GAN
from tfgan_it.models.runtime import global_mean, gradient
from tfgan_it.networks import mlp_discriminator, mlp_generator, with_probe
from tfgan_it.seeds import StatelessSeed, seeded_initializers
from tfgan_it.step import Batch, Networks, Outputs, Runtime, Step
from tfgan_it.terms import Term

POINTS = np.random.default_rng(1).normal((0.5, -0.3), (0.6, 0.9), (48, 2)).astype("float32")


def drawn_from(seed):
    """A `draw` for five samples, its random numbers a function of the seed."""
    stream = StatelessSeed(seed)
    return lambda function: function(5, seed=stream)


def drawn(*numbers):
    """A `draw` that gives these numbers, one after the other."""
    numbers = iter(numbers)
    return lambda function: tf.constant(next(numbers), "float32")


def step_of(discriminator=None, real=None, generated=None, *, step=0, draw=None, **shown):
    """A `Step` of which some things are known; all others are None.

    Args:
        discriminator: A function of samples for their logits.
        real: Real samples. With them it is the discriminator's phase, else the generator's.
        generated: Generated samples.
        step: Generator updates so far.
        draw: As `Runtime.draw`.
        **shown: Attributes of `Batch`, `Networks` and `Runtime`, as they are; `phase`; and
            `real_outputs`, `generated_outputs` and `generator_outputs`.
    """
    judged = {"real": real, "generated": generated}
    judged = {of: _tensors(samples) for of, samples in judged.items()}
    outputs = {of: shown.pop(f"{of}_outputs", None) for of in (*judged, "generator")}
    known = {
        "samples": judged["real"],
        "generated": judged["generated"],
        "gradient": gradient,
        "draw": draw or drawn_from(0),
        "mean": global_mean,
        "cond": lambda condition, function: tf.cond(condition, function, lambda: tf.zeros(())),
        "step": tf.convert_to_tensor(step, "int64"),
        "report": lambda applies=None, **values: None,
    }
    if discriminator:
        known["discriminate"] = lambda samples: {"logits": discriminator(samples)}
        known["input_gradient"] = lambda of: gradient(discriminator, judged[of])
        for of, samples in judged.items():
            if samples is not None and outputs[of] is None:
                outputs[of] = known["discriminate"](samples)
    if real is not None:
        known["global_batch_size"] = tf.constant(len(tree.flatten(real)[0]), "float32")
    own = real is not None or outputs["real"] is not None
    phase = shown.pop("phase", "discriminator" if own else "generator")
    known |= shown
    parts = []
    for kind in (Batch, Networks, Runtime):
        names = [field.name for field in dataclasses.fields(kind)]
        defaults = {"from_prior": slice(None)} if kind is Batch else {}
        parts.append(kind(**{name: known.pop(name, defaults.get(name)) for name in names}))
    assert not known, f"no attributes of a step: {sorted(known)}"
    batch, networks, runtime = parts
    return Step(phase, batch, Outputs(**outputs), networks, runtime)


def _tensors(samples):
    return None if samples is None else tree.map_structure(tf.convert_to_tensor, samples)


def step_of_logits(real, generated, step=0):
    """A discriminator's step of which only the logits are known, of any shape."""
    return step_of(
        step=step,
        real_outputs={"logits": tf.constant(real, "float32")},
        generated_outputs={"logits": tf.constant(generated, "float32")},
        global_batch_size=tf.constant(len(real), "float32"),
    )


@keras.saving.register_keras_serializable(package="tests")
class Recorder(Term):
    """Keeps the mean and the mean sign of the scores of each discriminator update."""

    def __init__(self, updates=12, **kwargs):
        super().__init__(**kwargs)
        self.seen = self.add_weight(
            (updates, 3), "zeros", trainable=False, aggregation="only_first_replica"
        )
        self.count = self.add_state("count", dtype="int32")

    def value(self, step):
        return ops.zeros(())

    def update(self, step):
        scores = step.outputs.real_scores, step.outputs.generated_scores
        mean = step.runtime.mean
        row = [*(mean(x) for x in scores), mean(ops.sign(scores[0]))]
        index = ops.reshape(self.count, (1, 1))
        self.seen.assign(ops.scatter_update(self.seen, index, ops.stack(row)[None]))
        self.count.assign(self.count + 1)
        return {}

    @property
    def rows(self):
        """(mean real score, mean score of generated samples, mean sign of the real one)."""
        return self.seen.numpy()[: int(self.count.numpy())]


def recorded(steps=6, strategy=None, regularizers=(), **options):
    """A small GAN after some steps of the game, and what its discriminator updates showed.

    `regularizers` makes them, within the strategy's scope.
    """
    with (strategy or tf.distribute.get_strategy()).scope():
        options = {name: make() for name, make in options.items()}
        parts = [*(make() for make in regularizers), Recorder()]
        model = compiled(small_model(), 0.5, 0.5, discriminator_regularizers=parts, **options)
    history = model.fit(IMAGES, batch_size=8, steps_per_epoch=1, epochs=steps, verbose=0).history
    return model, parts[-1].rows, history


def game_of_points(
    *,
    strategy=None,
    latent=NOISE,
    probe=False,
    head=None,
    rates=(0.1, 0.1),
    seed=7,
    discriminator_regularizers=(),
    generator_regularizers=(),
    terms=(),
    **options,
):
    """A small GAN of points (2,), compiled with plain SGD; always with the same first weights.

    The terms are functions that make them, called within the strategy's scope; `probe` adds
    `log_ratio` to the discriminator's outputs.
    """
    with (strategy or tf.distribute.get_strategy()).scope():
        with seeded_initializers(1):
            generator = mlp_generator((2,), latent.dimension, width=8, depth=1)
            discriminator = mlp_discriminator((2,), width=8, depth=1, head=head)
            if probe:
                probe = mlp_discriminator((2,), width=8, depth=1)
                discriminator = with_probe(discriminator, probe)
        return compiled(
            GAN(generator, discriminator, latent, seed=seed),
            *rates,
            discriminator_regularizers=[make() for make in discriminator_regularizers],
            generator_regularizers=[make() for make in generator_regularizers],
            **({"terms": [make() for make in terms]} if terms else {}),
            **options,
        )


def history_of(model, data=POINTS, batch_size=8, steps=4):
    """What `fit` reports of each of its steps, by name."""
    arguments = {"steps_per_epoch": 1, "epochs": steps, "verbose": 0}
    return model.fit(data, batch_size=batch_size, **arguments).history


def assert_equal_on_two(loss, *arrays, tolerance=1e-5):
    """Two replicas agree with one device on a loss, and on its gradient in all of the arrays.

    `loss` is the mean over a replica's rows, which the train step halves and adds up. Returns it.
    """

    def with_gradients(*parts):
        with tf.GradientTape() as tape:
            tape.watch(parts)
            value = loss(*parts)
        return value, tape.gradient(value, parts)

    def of_a_half():
        half = tf.distribute.get_replica_context().replica_id_in_sync_group
        return with_gradients(*(tf.stack(tf.split(array, 2))[half] for array in arrays))

    arrays = [tf.constant(array, "float32") for array in arrays]
    expected, gradients = with_gradients(*arrays)
    results = tf.function(lambda: MIRRORED.run(of_a_half))()
    values, shares = results[0].values, [share.values for share in results[1]]
    np.testing.assert_allclose(np.mean(values), expected, rtol=0, atol=tolerance)
    for share, expected_share in zip(shares, gradients, strict=True):
        assert np.abs(expected_share).max() > 10 * tolerance
        np.testing.assert_allclose(
            np.concatenate(share) / 2, expected_share, rtol=0, atol=tolerance
        )
    return expected


def slopes_of(function, *arrays, step=1e-5):
    """The gradient of a NumPy function of arrays in each of them, by central differences."""
    slopes = []
    for i, array in enumerate(arrays):
        slope = np.zeros(array.shape)
        for index in np.ndindex(array.shape):
            values = []
            for sign in (1, -1):
                moved = [np.array(a, "float64") for a in arrays]
                moved[i][index] += sign * step
                values.append(function(*moved))
            slope[index] = (values[0] - values[1]) / (2 * step)
        slopes.append(slope)
    return slopes


def assert_survives(model, path, data=IMAGES):
    """Checks that a loaded model equals the saved one and continues as it does; returns it."""
    model.save(path / "game.keras")
    loaded = keras.models.load_model(path / "game.keras")
    assert_same_state(model, loaded)
    for each in (model, loaded):
        each.fit(data, batch_size=8, steps_per_epoch=2, verbose=0)
    # TensorFlow adds up many terms of a gradient in an order that two traces need not share.
    assert_same_state(model, loaded, tolerance=1e-5)
    return loaded
