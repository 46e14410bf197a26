"""Attention pooling of a feature map: each query has a separate attention map."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_integer
from tfgan_it.configuration import Configurable
from tfgan_it.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class AttentionPooling(Configurable, keras.layers.Layer):
    """y_q = sum_p a_qp x_p,   a_q = softmax_p(w_q . x_p / sqrt(C)), a learned w_q for each query.

    As a query is constant, separate keys would give the same function of x with more weights. w
    starts as N(0, 1): channels of variance 1 give initial scores of variance 1.

    Args:
        queries: Number of queries.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If `queries` is below 1; when built, if the inputs are not feature maps.

    Source: Vaswani et al., 2017, "Attention Is All You Need", with learned queries and one head as
    in the pooling of Lee et al., 2019, "Set Transformer: A Framework for Attention-based
    Permutation-Invariant Neural Networks". Departures: no keys, values or residual layers.

    Example:

    >>> features = ops.reshape(ops.arange(4, dtype="float32"), (1, 2, 2, 1))
    >>> pooled, maps = AttentionPooling(3)(features, return_attention_maps=True)
    >>> pooled.shape.as_list(), maps.shape.as_list()
    ([1, 3, 1], [1, 3, 2, 2])
    >>> print(ops.sum(maps, axis=(2, 3)).numpy().round(4))
    [[1. 1. 1.]]
    """

    def __init__(self, queries: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.queries = check_integer(self, "queries", queries, 1)

    def build(self, input_shape: Shape) -> None:
        """Creates the queries."""
        if len(input_shape) != 4:
            raise ValueError(
                "AttentionPooling: inputs must be (batch, height, width, channels), got "
                f"{tuple(input_shape)}."
            )
        self.kernel = self.add_weight(
            name="queries",
            shape=(self.queries, input_shape[-1]),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
        )

    def call(self, inputs: Tensor, return_attention_maps: bool = False) -> Tensor:
        """Pools the inputs for each query.

        Args:
            inputs: Feature maps, `(batch, height, width, C)`.
            return_attention_maps: Whether to return the result of `attention_maps` too.

        Returns:
            `(batch, queries, C)`, or a pair of it and the maps.
        """
        maps = self.attention_maps(inputs)
        pooled = ops.einsum("bqhw,bhwc->bqc", ops.cast(maps, inputs.dtype), inputs)
        return (pooled, maps) if return_attention_maps else pooled

    def attention_maps(self, inputs: Tensor) -> Tensor:
        """Computes each query's attention, float32 `(batch, queries, height, width)`.

        Args:
            inputs: Feature maps, `(batch, height, width, C)`.
        """
        height, width, channels = inputs.shape[1:]
        scores = ops.einsum(
            "bhwc,qc->bqhw", ops.cast(inputs, "float32"), ops.cast(self.kernel, "float32")
        )
        scores = ops.reshape(scores / math.sqrt(channels), (-1, self.queries, height * width))
        return ops.reshape(ops.softmax(scores), (-1, self.queries, height, width))
