"""Penalties on the gradient of the discriminator with respect to its input."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.components import StepContext
from tfgan_it.regularizers.regularizer import Regularizer


def squared_gradient_norm(context: StepContext, images: Any) -> Any:
    """||grad f(x)||^2 of each sample, over all of its axes, `(batch,)`, float32."""
    gradient = context.gradient(lambda x: context.discriminate(x)["logits"], images)
    gradient = ops.cast(gradient, "float32")
    return ops.sum(ops.square(gradient), axis=tuple(range(1, len(gradient.shape))))


def gradient_norm(context: StepContext, images: Any) -> Any:
    """||grad f(x)|| of each sample; its own gradient is finite where the norm is 0."""
    return ops.sqrt(squared_gradient_norm(context, images) + 1e-12)


class _Weighted(Regularizer):
    """A regulariser with one weight, named as in its paper."""

    weight_name: str

    def __init__(self, weight: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not weight >= 0:
            raise ValueError(
                f"{type(self).__name__}: {self.weight_name} must be at least 0, got {weight}."
            )
        setattr(self, self.weight_name, float(weight))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), self.weight_name: getattr(self, self.weight_name)}


@keras.saving.register_keras_serializable(package="tfgan_it")
class GradientPenalty(_Weighted):
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

    weight_name = "lambda_"

    def __init__(self, lambda_: float = 10.0, **kwargs: Any) -> None:
        super().__init__(lambda_, **kwargs)

    def penalty(self, context: StepContext) -> Any:
        """lambda (||grad f(x^)|| - 1)^2, `(batch,)`."""
        shape = (1,) * (len(context.real.shape) - 1)
        a = context.draw(lambda rows, seed: keras.random.uniform((rows, *shape), seed=seed))
        images = a * context.real + (1.0 - a) * ops.cast(context.fake, context.real.dtype)
        return self.lambda_ * ops.square(gradient_norm(context, images) - 1.0)


@keras.saving.register_keras_serializable(package="tfgan_it")
class Dragan(_Weighted):
    """lambda (||grad f(x + a d)|| - 1)^2 around the data, d = .5 std(x) u, u ~ U(0, 1) per pixel.

    a ~ U(0, 1) is one number for each sample; std(x) is that of all pixels of the batch.

    Args:
        lambda_: Weight; the paper's lambda.
        **kwargs: As for `Regularizer`.

    Raises:
        ValueError: a negative weight.

    Source: Kodali et al., 2017, "On Convergence and Stability of GANs", and the authors' code.
    """

    weight_name = "lambda_"

    def __init__(self, lambda_: float = 10.0, **kwargs: Any) -> None:
        super().__init__(lambda_, **kwargs)

    def penalty(self, context: StepContext) -> Any:
        """lambda (||grad f(x + a d)|| - 1)^2, `(batch,)`."""
        real = context.real
        shape = tuple(real.shape[1:])
        u = context.draw(lambda rows, seed: keras.random.uniform((rows, *shape), seed=seed))
        a = context.draw(
            lambda rows, seed: keras.random.uniform((rows, *(1 for _ in shape)), seed=seed)
        )
        variance = context.mean(ops.square(real)) - ops.square(context.mean(real))
        delta = 0.5 * ops.sqrt(ops.relu(variance)) * u
        return self.lambda_ * ops.square(gradient_norm(context, real + a * delta) - 1.0)


@keras.saving.register_keras_serializable(package="tfgan_it")
class R1(_Weighted):
    """gamma / 2 ||grad f(x)||^2 on real images: makes the game converge where GANs cycle.

    Args:
        gamma: Weight; the paper's gamma, so the term carries gamma / 2.
        **kwargs: As for `Regularizer`.

    Raises:
        ValueError: a negative weight.

    Source: Mescheder et al., 2018, "Which Training Methods for GANs do actually Converge?"
    """

    weight_name = "gamma"

    def __init__(self, gamma: float = 10.0, **kwargs: Any) -> None:
        super().__init__(gamma, **kwargs)

    def penalty(self, context: StepContext) -> Any:
        """gamma / 2 ||grad f(x)||^2, `(batch,)`."""
        return 0.5 * self.gamma * squared_gradient_norm(context, context.real)


@keras.saving.register_keras_serializable(package="tfgan_it")
class R2(R1):
    """gamma / 2 ||grad f(G)||^2 on generated images: the other half of zero-centred penalties.

    Args:
        gamma: As for `R1`.
        **kwargs: As for `Regularizer`.

    Source: Mescheder et al., 2018.
    """

    def penalty(self, context: StepContext) -> Any:
        """gamma / 2 ||grad f(G)||^2, `(batch,)`."""
        return 0.5 * self.gamma * squared_gradient_norm(context, context.fake)
