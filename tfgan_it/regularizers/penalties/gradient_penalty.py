"""Penalties on the gradient of the discriminator with respect to its input."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.components import StepContext
from tfgan_it.regularizers.regularizer import Regularizer


class _OneCentred(Regularizer):
    """lambda (||grad f(x^)|| - 1)^2 at the points x^ that a subclass chooses."""

    def __init__(self, lambda_: float = 10.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not lambda_ >= 0:
            raise ValueError(f"{type(self).__name__}: lambda_ must be at least 0, got {lambda_}.")
        self.lambda_ = lambda_

    def points(self, context: StepContext) -> Any:
        """x^, `(batch, ...)`."""
        raise NotImplementedError

    def penalty(self, context: StepContext) -> Any:
        """lambda (||grad f(x^)|| - 1)^2, `(batch,)`."""
        # The root has no gradient at 0, where a flat discriminator would make it NaN.
        points = self.points(context)
        slope = context.gradient(lambda x: context.discriminate(x)["logits"], points)
        norm = ops.sqrt(_squared_norm(slope) + 1e-12)
        return self.lambda_ * ops.square(norm - 1.0)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "lambda_": self.lambda_}


@keras.saving.register_keras_serializable(package="tfgan_it")
class GradientPenalty(_OneCentred):
    """lambda (||grad f(x^)|| - 1)^2 at x^ = a x + (1 - a) G: holds a critic near 1-Lipschitz.

    a ~ U(0, 1) is one number for each sample; the norm is over all axes of a sample.

    Args:
        lambda_: Weight; the paper's lambda, 10; .1 for two-dimensional toys.
        **kwargs: As for `Regularizer`.

    Raises:
        ValueError: a negative weight.

    Source: Gulrajani et al., 2017, "Improved Training of Wasserstein GANs". No batch
    normalisation in the critic: it ties the samples of a batch together.
    """

    def points(self, context: StepContext) -> Any:
        """a x + (1 - a) G, `(batch, ...)`."""
        a = _uniform(context, (1,) * (len(context.real.shape) - 1))
        return a * context.real + (1.0 - a) * ops.cast(context.fake, context.real.dtype)


@keras.saving.register_keras_serializable(package="tfgan_it")
class Dragan(_OneCentred):
    """lambda (||grad f(x + a d)|| - 1)^2 around the data, d = .5 std(x) u, u ~ U(0, 1) per pixel.

    a ~ U(0, 1) is one number for each sample; std(x) is that of all pixels of the batch, and of
    all replicas.

    Args:
        lambda_: Weight; the paper's lambda.
        **kwargs: As for `Regularizer`.

    Raises:
        ValueError: a negative weight.

    Source: Kodali et al., 2017, "On Convergence and Stability of GANs", and the authors' code.
    """

    def points(self, context: StepContext) -> Any:
        """x + a d, `(batch, ...)`."""
        x = context.real
        u, a = (_uniform(context, shape) for shape in (x.shape[1:], (1,) * (len(x.shape) - 1)))
        variance = context.mean(ops.square(x - context.mean(x)))
        return x + a * 0.5 * ops.sqrt(variance) * u


class _ZeroCentred(Regularizer):
    """gamma / 2 ||grad f||^2 at the images that a subclass names."""

    source: str

    def __init__(self, gamma: float = 10.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not gamma >= 0:
            raise ValueError(f"{type(self).__name__}: gamma must be at least 0, got {gamma}.")
        self.gamma = gamma

    def penalty(self, context: StepContext) -> Any:
        """gamma / 2 ||grad f||^2, `(batch,)`."""
        return 0.5 * self.gamma * _squared_norm(context.slope(self.source))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "gamma": self.gamma}


@keras.saving.register_keras_serializable(package="tfgan_it")
class R1(_ZeroCentred):
    """gamma / 2 ||grad f(x)||^2 on real images: makes the game converge where GANs cycle.

    Args:
        gamma: Weight; the paper's gamma, so the term carries gamma / 2.
        **kwargs: As for `Regularizer`.

    Raises:
        ValueError: a negative weight.

    Source: Mescheder et al., 2018, "Which Training Methods for GANs do actually Converge?"
    """

    source = "real"


@keras.saving.register_keras_serializable(package="tfgan_it")
class R2(_ZeroCentred):
    """gamma / 2 ||grad f(G)||^2 on generated images: the other half of zero-centred penalties.

    Args:
        gamma: As for `R1`.
        **kwargs: As for `Regularizer`.

    Raises:
        ValueError: a negative weight.

    Source: as for `R1`.
    """

    source = "fake"


def _squared_norm(slope: Any) -> Any:
    """||g||^2 of each sample, over all of its axes, `(batch,)`, float32."""
    slope = ops.cast(slope, "float32")
    return ops.sum(ops.square(slope), axis=tuple(range(1, len(slope.shape))))


def _uniform(context: StepContext, shape: tuple[int, ...]) -> Any:
    """U(0, 1), `(batch, *shape)`."""
    return context.draw(lambda rows, seed: keras.random.uniform((rows, *shape), seed=seed))
