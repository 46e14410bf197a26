"""Models that are sick in a way that is known, and runs that are looked at."""

import math

import keras
import numpy as np
import tensorflow as tf

from support.small_models import (
    CODES,
    NOISE,
    compiled,
    small_model,
)
from tfgan_it import losses
from tfgan_it.augmentation import AdaptiveAugmentation
from tfgan_it.callbacks import TrainingDiagnostics

DEFAULT = tf.distribute.get_strategy()
LN_2, LN_3 = math.log(2), math.log(3)
HEALTHY = {"js_nats": 0.3, "information_nats_category": 1.0, "information_nats_style": 0.5}


class Run:
    """Drives a TrainingDiagnostics callback as `fit` does, and keeps what it records and says."""

    def __init__(self, model, step=0, **options):
        self.model, self.records, self.said = model, [], []
        options = {"every": 1, "start": 0, "patience": 1, "steps": 10, **options}
        self.diagnostics = TrainingDiagnostics(
            record=self.records.append, print_fn=self.said.append, **options
        )
        self.diagnostics.set_model(model)
        model.step.assign(step)
        self.diagnostics.on_train_begin()

    def look(self, step=10, **quantities):
        """The warnings of this step."""
        before = len(self.records)
        self.model.step.assign(step)
        self.diagnostics.on_train_batch_end(0, {**HEALTHY, **quantities})
        return [record["warning"] for record in self.records[before:]]


def of_code(**kwargs):
    return compiled(small_model(CODES, **kwargs), run_eagerly=True)


def without_code(**kwargs):
    return compiled(small_model(NOISE), run_eagerly=True, **kwargs)


def recognising(category=(0.0, 0.0, 0.0), mean=0.0, raw_scale=0.0):
    """An InfoGAN whose recognition head says the same of all images."""
    model = of_code()
    head = model.discriminator.get_layer("codes")
    head.kernel.assign(tf.zeros_like(head.kernel))
    head.bias.assign([*category, mean, raw_scale])
    return model


def making(spread):
    """A GAN whose samples differ little, the less the smaller the spread."""
    model = without_code()
    pixels = model.generator.get_layer("pixels")
    pixels.kernel.assign(spread * pixels.kernel)
    return model


def balanced_at(k):
    model = without_code(loss=losses.BoundaryEquilibrium())
    model.adversarial_loss.k.assign(k)
    return model


def scaled_by(scale):
    """A GAN whose discriminator's optimiser has this loss scale."""
    model = small_model(NOISE)
    scales = {"generator": 1.0, "discriminator": scale}
    optimizers = {
        f"{player}_optimizer": keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(), value)
        for player, value in scales.items()
    }
    model.compile(**optimizers)
    return model


def augmented_at(p):
    return without_code(augmentation=AdaptiveAugmentation(initial=p, geometric=False))


# How to be just sick, the value and words of the text; and how to be just not.
SATURATION = 0.95 * LN_2


def entropy_of(a):
    """Of softmax(a, 0, 0)."""
    p = np.array([math.exp(a), 1, 1]) / (math.exp(a) + 2)
    return float(-(p * np.log(p)).sum())


def raw_of(scale):
    """What the floor .05 and softplus make this scale of."""
    return math.log(math.expm1(scale - 0.05))
