"""Steps whose discriminator is known, and a part of a game that remembers what it was shown."""

import dataclasses

import keras
import tensorflow as tf
from keras import ops

from small_models import IMAGES, assert_same_state, compiled, small_model
from tfgan_it.components import StepContext
from tfgan_it.models.training import _gradient
from tfgan_it.regularizers import Regularizer
from tfgan_it.seeds import StatelessSeed


def drawn_from(seed):
    """A `draw` for five samples, its random numbers a function of the seed."""
    stream = StatelessSeed(seed)
    return lambda function: function(5, seed=stream)


def drawn(*numbers):
    """A `draw` that gives these numbers, one after the other."""
    numbers = iter(numbers)
    return lambda function: tf.constant(next(numbers), "float32")


def context_of(discriminator=None, real=None, fake=None, *, step=0, draw=None):
    """What a discriminator's step shows, with a function of images for its logits."""
    nothing = dict.fromkeys(field.name for field in dataclasses.fields(StepContext))
    known = {
        "gradient": _gradient,
        "draw": draw or drawn_from(0),
        "mean": tf.reduce_mean,
        "when": lambda condition, function: tf.cond(condition, function, lambda: tf.zeros(())),
        "step": tf.convert_to_tensor(step, "int64"),
    }
    if discriminator:
        known["discriminate"] = lambda images: {"logits": discriminator(images)}
        known["slope"] = lambda of: _gradient(discriminator, known[of])
    for name, images in (("real", real), ("fake", fake)):
        if images is not None:
            known[name] = tf.convert_to_tensor(images)
            if discriminator:
                known[f"{name}_outputs"] = known["discriminate"](known[name])
    if real is not None:
        known["rows"] = tf.constant(len(real), "float32")
    return StepContext(**nothing | known)


def context_of_logits(real, fake, step=0):
    """A step of which only the logits are known."""
    return dataclasses.replace(
        context_of(step=step),
        real_outputs={"logits": tf.constant(real, "float32")},
        fake_outputs={"logits": tf.constant(fake, "float32")},
        rows=tf.constant(len(real), "float32"),
    )


@keras.saving.register_keras_serializable(package="tests")
class Recorder(Regularizer):
    """Keeps the mean and the mean sign of the logits of each discriminator update."""

    def __init__(self, updates=12, **kwargs):
        super().__init__(**kwargs)
        self.seen = self.add_weight(
            (updates, 3), "zeros", trainable=False, aggregation="only_first_replica"
        )
        self.count = self.memory("count", dtype="int32")

    def penalty(self, context):
        return ops.zeros(())

    def update(self, context):
        logits = context.real_outputs["logits"], context.fake_outputs["logits"]
        row = [*(context.mean(x) for x in logits), context.mean(ops.sign(logits[0]))]
        index = ops.reshape(self.count, (1, 1))
        self.seen.assign(ops.scatter_update(self.seen, index, ops.stack(row)[None]))
        self.count.assign(self.count + 1)
        return {}

    @property
    def rows(self):
        """(mean real logit, mean logit of generated images, mean sign of the real one)."""
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


def assert_survives(model, path):
    """A saved game is what was saved, and goes on as the one that was not; returns it."""
    model.save(path / "game.keras")
    loaded = keras.models.load_model(path / "game.keras")
    assert_same_state(model, loaded)
    for each in (model, loaded):
        each.fit(IMAGES, batch_size=8, steps_per_epoch=2, verbose=0)
    # TensorFlow adds up many terms of a gradient in an order that two traces need not share.
    assert_same_state(model, loaded, tolerance=1e-5)
    return loaded
