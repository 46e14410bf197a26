"""What every regulariser does: the mean of its penalty, lazily where it is asked to."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from support.games import context_of, recorded
from support.replicas import MIRRORED
from support.small_models import state
from tfgan_it.regularizers import R1, Dragan, Regularizer

IMAGES = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


class Given(Regularizer):
    """A penalty that is known."""

    def penalty(self, context):
        return ops.convert_to_tensor([1.0, 2.0, 6.0])


def test_the_term_is_the_mean_over_the_batch():
    assert float(Given().term(context_of())) == 3.0


def test_a_penalty_without_samples_is_its_own_mean():
    class Scalar(Regularizer):
        def penalty(self, context):
            return ops.convert_to_tensor(5.0)

    assert float(Scalar().term(context_of())) == 5.0


@pytest.mark.parametrize("every", [1, 2, 4])
def test_lazily_applied_at_every_so_many_steps_and_as_many_times_as_strong(every):
    lazy, context = Given(every=every), context_of()

    @tf.function
    def term(step):
        return lazy.term(dataclasses.replace(context, step=step))

    terms = [float(term(tf.constant(step, "int64"))) for step in range(8)]
    assert terms == [3.0 * every if step % every == 0 else 0.0 for step in range(8)]
    assert np.mean(terms) == 3.0


def test_lazily_it_is_not_computed_in_between():
    class Counted(Regularizer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.count = self.memory("count")

        def penalty(self, context):
            self.count.assign(self.count + 1)
            return ops.zeros((3,))

    model = recorded(7, regularizers=[lambda: Counted(every=3)])[0]
    assert float(model.discriminator_regularizers[0].count) == 3


def test_lazily_it_keeps_its_gradient():
    weights = tf.Variable(np.ones(3, "float32"))

    @tf.function
    def gradient(step):
        context = context_of(lambda x: tf.reduce_sum(weights * x, axis=1), IMAGES, step=step)
        with tf.GradientTape() as tape:
            term = R1(2.0, every=4).term(context)
        return tape.gradient(term, weights)

    np.testing.assert_allclose(gradient(tf.constant(0, "int64")), [8, 8, 8], rtol=1e-6)
    np.testing.assert_array_equal(gradient(tf.constant(3, "int64")), [0, 0, 0])


def test_lazily_on_replicas_as_on_one_device():
    one, two = (
        recorded(
            3, strategy, regularizers=[lambda: R1(1.0, every=2), lambda: Dragan(0.1, every=2)]
        )[0]
        for strategy in (None, MIRRORED)
    )
    for ours, theirs in zip(state(one), state(two), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_regularizer_must_define_its_penalty():
    with pytest.raises(NotImplementedError):
        Regularizer().penalty(context_of())
