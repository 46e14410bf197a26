"""Terms that a player adds to its loss, with the step's tensors, gradients and a memory."""

from tfgan_it.regularizers.gradient_penalty import R1
from tfgan_it.regularizers.regularizer import Regularizer, StepContext

__all__ = ["R1", "Regularizer", "StepContext"]
