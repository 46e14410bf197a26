"""Orthogonal regularisation of a network's kernels."""

from __future__ import annotations

import keras
from keras import ops

from tfgan_it.checks import check_at_least
from tfgan_it.configuration import Configurable
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class Orthogonal(Configurable, keras.regularizers.Regularizer):
    """beta ||W'W o (1 - I)||^2: makes the filters of a kernel orthogonal, of any norm.

    Use it as `kernel_regularizer` of a layer. W is the kernel as a matrix with a column for each
    output, `(inputs, outputs)`. The kernel of a transposed convolution has its inputs last.

    Args:
        beta: Weight of the penalty, the paper's beta.

    Raises:
        ValueError: If the weight is negative.

    Source: Brock et al., 2019, "Large Scale GAN Training for High Fidelity Natural Image
    Synthesis", equation 3. The authors' code uses half of this gradient.

    Example:

    >>> print(f"{float(Orthogonal(1.0)(ops.array([[1.0, 3.0], [0.0, 4.0]]))):.1f}")
    18.0
    """

    def __init__(self, beta: float = 1e-4) -> None:
        self.beta = check_at_least(self, "beta", beta, 0)

    def __call__(self, x: Tensor) -> Tensor:
        """Computes the penalty, a scalar."""
        w = ops.reshape(x, (-1, x.shape[-1]))
        products = ops.matmul(ops.transpose(w), w)
        return self.beta * ops.sum(ops.square(products * (1.0 - ops.eye(x.shape[-1]))))
