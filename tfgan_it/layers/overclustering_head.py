"""An overcomplete discrete code whose outcomes are grouped into fewer categories."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_integer
from tfgan_it.configuration import Configurable
from tfgan_it.information import log_softmax
from tfgan_it.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class OverclusteringHead(Configurable, keras.layers.Layer):
    """Logits of K categories from logits of more outcomes, each in the group of one category.

        ln p(k|x) = ln sum_{o in group k} p(o|x)

    It is exactly normalised: ln softmax does not change it. The groups are a variable that no
    optimiser trains. Initially outcome o is in group o mod K; `regularizers.ViewInformation` groups
    outcomes that views of one image confuse.

    Args:
        categories: Number K of categories.
        **kwargs: As for `keras.layers.Layer`; the default dtype is float32.

    Raises:
        ValueError: If there are fewer than two categories, or fewer outcomes than categories.

    Example: four outcomes in two groups, {0, 2} and {1, 3}.

    >>> layer = OverclusteringHead(2)
    >>> p = ops.exp(layer(ops.log([[0.1, 0.2, 0.3, 0.4]])))
    >>> [round(float(x), 4) for x in p[0]]
    [0.4, 0.6]
    """

    def __init__(self, categories: int, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32", **kwargs})
        self.categories = check_integer(self, "categories", categories, 2)

    def build(self, input_shape: Shape) -> None:
        """Creates the groups."""
        outcomes = input_shape[-1]
        if outcomes < self.categories:
            raise ValueError(
                f"OverclusteringHead: {outcomes} outcomes cannot make {self.categories} groups."
            )
        # Integers, which a moving average of weights copies.
        self.groups = self.add_weight(
            name="groups",
            shape=(outcomes,),
            initializer=lambda shape, dtype: ops.arange(outcomes, dtype=dtype) % self.categories,
            dtype="int32",
            trainable=False,
            aggregation="only_first_replica",
        )
        self.built = True

    def call(self, logits: Tensor) -> Tensor:
        """Maps `(batch, outcomes)` to ln p(k|x), `(batch, categories)`."""
        log_p = log_softmax(ops.cast(logits, self.compute_dtype))
        inside = ops.arange(self.categories)[:, None] == self.groups[None, :]
        # An outcome outside a group has probability e^-1e9 = 0 in it.
        return ops.logsumexp(ops.where(inside[None], log_p[:, None, :], -1e9), axis=-1)

    def members(self, dtype: str = "float32") -> Tensor:
        """Returns the group of each outcome, one-hot `(outcomes, categories)`."""
        return ops.one_hot(self.groups, self.categories, dtype=dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape with one column for each category."""
        return (*input_shape[:-1], self.categories)
