"""Losses of a user's own: what they return is checked when the model is compiled."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from support.small_models import IMAGES, NOISE, SHAPE, small_model
from tfgan_it import models
from tfgan_it.losses import AdversarialLoss, RelativisticPairing


class PerSample(AdversarialLoss):
    """The hinge loss, and the number of its calls."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.calls = self.add_state("calls")

    def discriminator_loss(self, real_logits, fake_logits):
        self.calls.assign(self.calls + 1)
        return ops.relu(1 - real_logits) + ops.relu(1 + fake_logits)

    def generator_loss(self, real_logits, fake_logits):
        return -fake_logits


class BatchMean(PerSample):
    def discriminator_loss(self, real_logits, fake_logits):
        return ops.mean(super().discriminator_loss(real_logits, fake_logits))


class KeptAxis(PerSample):
    def generator_loss(self, real_logits, fake_logits):
        return -ops.mean(fake_logits, axis=0, keepdims=True)


class Number(PerSample):
    def generator_loss(self, real_logits, fake_logits):
        return 1.0


class Nothing(PerSample):
    def generator_loss(self, real_logits, fake_logits):
        pass


class Both(PerSample):
    def generator_loss(self, real_logits, fake_logits):
        return fake_logits, fake_logits


def compiled_with(loss, model=None):
    model = model or small_model()
    model.compile("sgd", "sgd", loss=loss)
    return model


@pytest.mark.parametrize(
    "kind, function, got",
    [
        (BatchMean, "discriminator_loss", "()"),
        (KeptAxis, "generator_loss", "(1,)"),
        (Number, "generator_loss", "()"),
        (Nothing, "generator_loss", "nothing"),
        (Both, "generator_loss", "(8,) and (8,)"),
    ],
)
def test_anything_but_a_value_for_each_sample_is_refused(kind, function, got):
    with pytest.raises(ValueError) as error:
        compiled_with(kind())
    assert str(error.value) == (
        f"{kind.__name__}: {function} must return a value for each logit, of shape (batch), got "
        f"{got} from 8 samples: leave the mean over the batch to training."
    )


class Relativistic(AdversarialLoss):
    """The mistake is that `generator_needs_real` is not set."""

    def discriminator_loss(self, real_logits, fake_logits):
        return ops.softplus(fake_logits - real_logits)

    def generator_loss(self, real_logits, fake_logits):
        return ops.softplus(real_logits - fake_logits)


def test_real_logits_that_the_generator_does_not_get():
    with pytest.raises(ValueError) as error:
        compiled_with(Relativistic())
    assert str(error.value) == (
        "Relativistic: generator_loss uses real_logits, which are None in training: set "
        "generator_needs_real = True in the class."
    )


def test_with_the_attribute_it_trains_as_the_loss_of_the_package():
    class Needs(Relativistic):
        generator_needs_real = True

    weights = []
    for loss in (Needs(), RelativisticPairing()):
        model = compiled_with(loss, small_model())
        model.fit(IMAGES, batch_size=8, steps_per_epoch=2, verbose=0)
        weights.append(np.concatenate([np.ravel(w) for w in model.generator.get_weights()]))
    np.testing.assert_allclose(*weights, atol=1e-6)


def test_the_check_leaves_the_state_of_a_loss():
    loss = PerSample()
    model = compiled_with(loss)
    assert float(loss.calls) == 0
    model.fit(IMAGES, batch_size=8, steps_per_epoch=3, verbose=0)
    assert float(loss.calls) == 3


def test_logits_of_patches_and_of_several_discriminators():
    class Patches(PerSample):
        def generator_loss(self, real_logits, fake_logits):
            return -ops.mean(fake_logits, axis=(1, 2, 3))  # A value for each sample will do.

    class OverSamples(PerSample):
        def generator_loss(self, real_logits, fake_logits):
            several = len(fake_logits.shape) > 1
            return -ops.mean(fake_logits, axis=0) if several else -fake_logits

    def model_with(outputs):
        inputs = keras.Input(SHAPE)
        patches = keras.layers.Conv2D(1, 2, 2)(inputs)
        single = keras.layers.Dense(1)(keras.layers.Flatten()(inputs))
        outputs = {"logits": patches if outputs == 1 else [single, patches]}
        discriminator = keras.Model(inputs, outputs)
        return models.GAN(small_model().generator, discriminator, NOISE)

    for outputs in (1, 2):
        with pytest.raises(
            ValueError, match=r"of shape \(batch, 2, 2, 1\), got \(2, 2, 1\) from 8"
        ):
            compiled_with(OverSamples(), model_with(outputs))
    compiled_with(Patches(), model_with(1)).fit(IMAGES, batch_size=8, steps_per_epoch=1, verbose=0)


def test_what_cannot_be_traced_is_left_to_training():
    class Untraceable(PerSample):
        def generator_loss(self, real_logits, fake_logits):
            if fake_logits.shape[0] == 8:
                raise RuntimeError("needs another batch size")
            return -fake_logits

    model = compiled_with(Untraceable())
    model.fit(IMAGES[:32], batch_size=16, steps_per_epoch=1, verbose=0)


def test_a_loss_with_its_own_value_is_not_looked_at():
    class Own(AdversarialLoss):
        def value(self, step):
            return tf.reduce_mean(step.outputs.generated["logits"])

    compiled_with(Own())


def test_a_missing_function_is_named():
    class Half(AdversarialLoss):
        def discriminator_loss(self, real_logits, fake_logits):
            return fake_logits

    with pytest.raises(NotImplementedError, match="^Half must define generator_loss.$"):
        compiled_with(Half())
