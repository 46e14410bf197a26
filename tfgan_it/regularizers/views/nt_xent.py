"""Local regularisation: contrastive loss between real images and transformations of them."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_above, check_at_least
from tfgan_it.distribution import all_gather, positive_mask
from tfgan_it.errors import unknown_name
from tfgan_it.latents import Product
from tfgan_it.layers.random_views import RandomViews
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class NTXent(Term):
    """weight NT-Xent(q(x), q(t(x))): each real x identifies its view t(x), and vice versa.

        l_ij = -ln [ e^(s_ij / T) / sum_{k != i} e^(s_ik / T) ],   s the cosine of q_i and q_j

    over the 2N views of the global batch of N: the mean of l over the 2N ordered pairs of views of
    one image; the other 2N - 2 views are the negatives. q is Q's prediction for an image, the
    probabilities of a categorical code or the means of a continuous one; or any output of the
    discriminator. It reports `view_nats` = ln(2N - 1) - NT-Xent, at most ln(2N - 1), and 0 by
    chance.

    Args:
        weight: Weight of the term.
        output_name: Name of the code or of the discriminator's output that is q, such as
            `recognition_features`. With a categorical code, images of one outcome are each other's
            negatives, which favours equal shares of the outcomes.
        temperature: Temperature T; the authors' MNIST runs use 1.
        transformations: Transformation t, which keeps the content of the image; None for the
            default `layers.RandomViews`.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If a number is outside its range; when called, if no code or output has that
            name.

    Source: Ojha et al., 2020, "Elastic-InfoGAN: Unsupervised Disentangled Representation Learning
    in Class-Imbalanced Data", and the authors' code. Departures: by default Q's prediction of the
    code in place of the hidden layer before it; the term trains the trunk as well as Q;
    translations and zooms in place of perspective distortion.

    Example:

    >>> NTXent(5.0, output_name="codes", temperature=0.5)
    NTXent(weight=5.0, output_name='codes', temperature=0.5)
    """

    metric_names = ("view_nats",)
    players = ("discriminator",)

    def __init__(
        self,
        weight: float = 10.0,
        output_name: str = "category",
        temperature: float = 1.0,
        transformations: RandomViews | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_at_least(self, "weight", weight, 0)
        check_above(self, "temperature", temperature, 0)
        self.weight, self.output_name, self.temperature = weight, output_name, temperature
        self.transformations = transformations or RandomViews()
        self.codes: Product | None = None

    def build_for(self, model: BuiltGAN) -> None:
        """Binds the codes of the model's latent."""
        self.codes = model.latent.codes if model.latent is not None else None

    def value(self, step: Step) -> Tensor:
        """Computes weight NT-Xent, `(batch,)`: for each image the mean of its two views."""
        views = self.transformations.transform(step.batch.samples, step.runtime.draw)
        first = self.representation(step.outputs.required_real)
        second = self.representation(step.networks.discriminate(ops.stop_gradient(views)))
        loss, choices = self.contrast(first, second)
        step.runtime.report(view_nats=ops.log(choices) - loss)
        return self.weight * loss

    def representation(self, outputs: dict[str, Tensor]) -> Tensor:
        """Returns q of each image, float32 `(batch, columns)`."""
        names: list[str] = []
        if self.codes is not None and "codes" in outputs:
            names = list(self.codes.parts)
            if self.output_name in names:
                parameters = self.codes.split_parameters(outputs["codes"])[self.output_name]
                posterior = self.codes.parts[self.output_name].posterior(parameters)
                return posterior.get("probabilities", posterior.get("mean"))
        if self.output_name not in outputs:
            raise unknown_name("code or output", self.output_name, [*names, *outputs])
        x = ops.cast(outputs[self.output_name], "float32")
        return ops.reshape(x, (ops.shape(x)[0], -1))

    def contrast(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Computes NT-Xent of each image of this replica, nats, `(batch,)`; and 2N - 1, a scalar.

        Args:
            first: q(x), `(batch, columns)`.
            second: q(t(x)), `(batch, columns)`.
        """
        views = [_normalized(first), _normalized(second)]
        gathered = [all_gather(view) for view in views]
        rows, columns = ops.shape(views[0])[0], ops.shape(gathered[0])[0]
        is_self = positive_mask(rows, columns)
        losses = []
        for side in range(2):
            this, other = (
                ops.matmul(views[side], ops.transpose(view)) / self.temperature
                for view in (gathered[side], gathered[1 - side])
            )
            this = ops.where(is_self, -math.inf, this)
            positives = ops.sum(views[side] * views[1 - side], axis=-1) / self.temperature
            # Not `information.info_nce`: a view has negatives among both views, and not itself.
            candidates = ops.concatenate([this, other], axis=1)
            losses.append(ops.logsumexp(candidates, axis=1) - positives)
        return 0.5 * (losses[0] + losses[1]), ops.cast(2 * columns - 1, "float32")


def _normalized(x: Tensor) -> Tensor:
    return x / ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True) + 1e-12)
