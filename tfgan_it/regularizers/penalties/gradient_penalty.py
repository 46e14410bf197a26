"""Penalties on the gradient of the discriminator with respect to its input.

f is one number a sample: the mean of its logits if it has several (see `tfgan_it.logits`).
"""

from __future__ import annotations

import functools
import operator
from typing import Any

import keras
from keras import ops, tree

from tfgan_it.checks import check_at_least
from tfgan_it.logits import score
from tfgan_it.step import Step
from tfgan_it.terms import Term
from tfgan_it.typing import Tensor


class _OneCentred(Term):
    """lambda (||grad f(x^)|| - 1)^2 at the points x^ of a subclass."""

    players = ("discriminator",)

    def __init__(self, lambda_: float = 10.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lambda_ = check_at_least(self, "lambda_", lambda_, 0)

    def points(self, step: Step) -> Tensor:
        """Returns x^, `(batch, ...)`."""
        raise NotImplementedError

    def value(self, step: Step) -> Tensor:
        """Computes lambda (||grad f(x^)|| - 1)^2, `(batch,)`."""
        # The gradient of the root is infinite at 0: NaN for a constant discriminator.
        slope = step.networks.gradient(
            lambda x: score(step.networks.discriminate(x)["logits"]), self.points(step)
        )
        norm = ops.sqrt(_squared_norm(slope) + 1e-12)
        return self.lambda_ * ops.square(norm - 1.0)


@keras.saving.register_keras_serializable(package="tfgan_it")
class GradientPenalty(_OneCentred):
    """lambda (||grad f(x^)|| - 1)^2 at x^ = a x + (1 - a) G: keeps a critic near 1-Lipschitz.

    a ~ U(0, 1) is one number for each sample. The norm is over all axes of a sample. f is the mean
    of a sample's logits.

    Args:
        lambda_: Weight of the term, the paper's lambda; 0.1 suits two-dimensional toy data.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weight is negative.

    Source: Gulrajani et al., 2017, "Improved Training of Wasserstein GANs". Do not use batch
    normalisation in the critic: it couples the samples of a batch.

    Example:

    >>> GradientPenalty(0.1)
    GradientPenalty(lambda_=0.1)
    """

    def points(self, step: Step) -> Tensor:
        """Computes a x + (1 - a) G, `(batch, ...)`."""
        a = _uniform(step, ())

        def mixed(x: Tensor, generated: Tensor) -> Tensor:
            share = ops.reshape(a, (-1, *[1] * (len(x.shape) - 1)))
            return share * x + (1.0 - share) * ops.cast(generated, x.dtype)

        return tree.map_structure(mixed, step.batch.samples, step.batch.generated)


@keras.saving.register_keras_serializable(package="tfgan_it")
class Dragan(_OneCentred):
    """lambda (||grad f(x + a d)|| - 1)^2 around the data, d = .5 std(x) u, u ~ U(0, 1) per pixel.

    a ~ U(0, 1) is one number for each sample. std(x) is over all pixels of the global batch. f is
    the mean of a sample's logits.

    Args:
        lambda_: Weight of the term, the paper's lambda.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weight is negative.

    Source: Kodali et al., 2017, "On Convergence and Stability of GANs", and the authors' code.

    Example:

    >>> Dragan(1.0, every=4)
    Dragan(lambda_=1.0, every=4)
    """

    def points(self, step: Step) -> Tensor:
        """Computes x + a d, `(batch, ...)`."""

        def perturbed(x: Tensor) -> Tensor:
            u, a = (_uniform(step, shape) for shape in (x.shape[1:], (1,) * (len(x.shape) - 1)))
            variance = step.runtime.mean(ops.square(x - step.runtime.mean(x)))
            return x + a * 0.5 * ops.sqrt(variance) * u

        return tree.map_structure(perturbed, step.batch.samples)


class _ZeroCentred(Term):
    """gamma / 2 ||grad f||^2 at the samples of a subclass's `source`."""

    players = ("discriminator",)
    source: str

    def __init__(self, gamma: float = 10.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.gamma = check_at_least(self, "gamma", gamma, 0)

    def value(self, step: Step) -> Tensor:
        """Computes gamma / 2 ||grad f||^2, `(batch,)`."""
        return 0.5 * self.gamma * _squared_norm(step.networks.input_gradient(self.source))


@keras.saving.register_keras_serializable(package="tfgan_it")
class R1(_ZeroCentred):
    """gamma / 2 ||grad f(x)||^2 on real samples: makes GANs converge locally.

    f is the mean of a sample's logits, and the norm is over all axes of a sample.

    Args:
        gamma: The paper's gamma; the weight of the term is gamma / 2.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weight is negative.

    Source: Mescheder et al., 2018, "Which Training Methods for GANs do actually Converge?"

    Example:

    >>> R1(gamma=1.0, every=16)
    R1(gamma=1.0, every=16)
    """

    source = "real"


@keras.saving.register_keras_serializable(package="tfgan_it")
class R2(_ZeroCentred):
    """gamma / 2 ||grad f(G)||^2 on generated samples: the counterpart of `R1`.

    f is the mean of a sample's logits, and the norm is over all axes of a sample.

    Args:
        gamma: As for `R1`.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weight is negative.

    Source: Mescheder et al., 2018, "Which Training Methods for GANs do actually Converge?"

    Example:

    >>> R2(gamma=1.0, every=16)
    R2(gamma=1.0, every=16)
    """

    source = "generated"


def _squared_norm(slope: Tensor) -> Tensor:
    """Computes ||g||^2 of each sample, over all of its numbers, `(batch,)`, float32."""

    def squared(leaf: Tensor) -> Tensor:
        leaf = ops.cast(leaf, "float32")
        return ops.sum(ops.square(leaf), axis=tuple(range(1, len(leaf.shape))))

    return functools.reduce(operator.add, map(squared, tree.flatten(slope)))


def _uniform(step: Step, shape: tuple[int, ...]) -> Tensor:
    """Draws from U(0, 1), `(batch, *shape)`."""
    return step.runtime.draw(lambda n, seed: keras.random.uniform((n, *shape), seed=seed))
