"""What the functions of an adversarial loss return, checked before anything is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from keras import tree

from tfgan_it.logits import as_logits
from tfgan_it.losses import AdversarialLoss
from tfgan_it.typing import Shape, Tensor

_SAMPLES = 8


class _Untraceable(Exception):
    """A function cannot be traced."""


def check_loss_outputs(loss: AdversarialLoss, logits_shape: Shape) -> None:
    """Checks that a loss of a user's own returns a value for each sample.

    Its functions are traced and not run, so that its Variables keep their values. A function that
    cannot be traced is left to training.

    Args:
        loss: The loss; those of this package are not looked at.
        logits_shape: Shape of the logits of one sample, or a nest of shapes.

    Raises:
        NotImplementedError: If a function is missing.
        ValueError: If one returns anything but a tensor `(batch, ...)`, or if `generator_loss` uses
            real logits and `generator_needs_real` is not set.
    """
    kind = type(loss)
    own_value = kind.value is not AdversarialLoss.value  # Which may call other functions.
    if own_value or kind.__module__.partition(".")[0] == __name__.partition(".")[0]:
        return
    shapes: list[tuple[int | None, ...]] = []
    tree.map_shape_structure(lambda shape: shapes.append(tuple(shape)), logits_shape)
    for shape in shapes:
        logits = as_logits(tf.zeros((_SAMPLES, *(size or 1 for size in shape))))
        for name, real in (
            ("discriminator_loss", logits),
            ("generator_loss", logits if loss.generator_needs_real else None),
        ):
            function = getattr(loss, name)
            try:
                values = _traced(function, real, logits)
            except _Untraceable:
                if real is None and _is_traceable(function, logits, logits):
                    raise ValueError(
                        f"{kind.__name__}: {name} uses real_logits, which are None in training: "
                        "set generator_needs_real = True in the class."
                    ) from None
                continue
            _check_values(f"{kind.__name__}: {name}", values, logits)


def _traced(function: Callable[..., Any], *logits: Tensor | None) -> Any:
    """Returns what a function of logits returns, without running it."""
    try:
        return tf.function(function, autograph=False).get_concrete_function(*logits).outputs
    except NotImplementedError:
        raise
    except Exception as error:  # It is a user's function.
        raise _Untraceable from error


def _is_traceable(function: Callable[..., Any], *logits: Tensor | None) -> bool:
    try:
        _traced(function, *logits)
    except _Untraceable:
        return False
    return True


def _check_values(what: str, values: list[Tensor], logits: Tensor) -> None:
    """Checks that a function's outputs are one tensor whose first axis is the batch."""
    if len(values) == 1:
        shape = values[0].shape
        if shape.rank is None or (shape.rank and shape[0] in (None, len(logits))):
            return
    shapes = " and ".join(str(tuple(value.shape)) for value in values) or "nothing"
    wanted = ", ".join(["batch", *map(str, logits.shape[1:])])
    raise ValueError(
        f"{what} must return a value for each logit, of shape ({wanted}), got {shapes} from "
        f"{len(logits)} samples: leave the mean over the batch to training."
    )
