"""What every term does: the mean of its value, lazily where it is asked to."""

import inspect

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from support.examples import ARGUMENTS
from support.games import recorded, step_of
from support.replicas import MIRRORED
from support.small_models import small_model, state
from tfgan_it import regularizers
from tfgan_it.regularizers import R1, Dragan, Term

IMAGES = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


class Given(Term):
    """A value that is known."""

    def value(self, step):
        return ops.convert_to_tensor([1.0, 2.0, 6.0])


def test_the_loss_is_the_mean_over_the_batch():
    assert float(Given().loss(step_of())) == 3.0


def test_a_value_without_samples_is_its_own_mean():
    class Scalar(Term):
        def value(self, step):
            return ops.convert_to_tensor(5.0)

    assert float(Scalar().loss(step_of())) == 5.0


def test_lazily_it_is_not_computed_in_between():
    class Counted(Term):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.count = self.add_state("count")

        def value(self, step):
            self.count.assign(self.count + 1)
            return ops.zeros((3,))

    model = recorded(7, regularizers=[lambda: Counted(every=3)])[0]
    assert float(model.discriminator_regularizers[0].count) == 3


def test_lazily_it_keeps_its_gradient():
    weights = tf.Variable(np.ones(3, "float32"))

    @tf.function
    def gradient(step):
        shown = step_of(lambda x: tf.reduce_sum(weights * x, axis=1), IMAGES, step=step)
        with tf.GradientTape() as tape:
            term = R1(2.0, every=4).loss(shown)
        return tape.gradient(term, weights)

    np.testing.assert_allclose(gradient(tf.constant(0, "int64")), [8, 8, 8], rtol=1e-6)
    np.testing.assert_array_equal(gradient(tf.constant(3, "int64")), [0, 0, 0])


@pytest.mark.slow
def test_lazily_on_replicas_as_on_one_device():
    one, two = (
        recorded(
            3, strategy, regularizers=[lambda: R1(1.0, every=2), lambda: Dragan(0.1, every=2)]
        )[0]
        for strategy in (None, MIRRORED)
    )
    for ours, theirs in zip(state(one), state(two), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def terms_of_one_player():
    kinds = [getattr(regularizers, name) for name in regularizers.__all__]
    kinds = [
        kind
        for kind in kinds
        if inspect.isclass(kind) and issubclass(kind, Term) and kind is not Term
    ]
    for kind in kinds:
        term = kind(**ARGUMENTS.get(kind, dict)())
        if len(term.players) == 1:
            yield term, *term.players
    yield regularizers.Bottleneck("generator"), "generator"
    yield regularizers.InfoMax("generated"), "generator"


def test_a_term_of_one_player_is_refused_in_the_others_list():
    model, terms = small_model(), list(terms_of_one_player())
    for term, player in terms:
        (other,) = {"discriminator", "generator"} - {player}
        name = type(term).__name__
        message = rf"^{name} belongs in {player}_regularizers, got it in {other}_regularizers\.\Z"
        with pytest.raises(ValueError, match=message):
            model.compile(**{f"{other}_regularizers": [term]})
    assert len(terms) > 20
