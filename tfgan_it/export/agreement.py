"""Whether what was written answers as the model does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

TOLERANCE = 1e-5

Answers = Mapping[str, Mapping[str, np.ndarray]]


def largest_differences(expected: Answers, answers: Answers) -> dict[str, dict[str, float]]:
    """Returns the largest absolute difference of each output, by signature and name.

    Pixels of uint8 are compared as numbers; strings differ by 0 or 1.

    Raises:
        ValueError: If an output is missing or has another shape.

    Example:

    >>> zero, one = np.zeros((2, 3)), np.ones((2, 3))
    >>> largest_differences({"sample": {"images": zero}}, {"sample": {"images": one}})
    {'sample': {'images': 1.0}}
    """
    found: dict[str, dict[str, float]] = {}
    for name, outputs in expected.items():
        shapes = {key: np.shape(value) for key, value in outputs.items()}
        given = {key: np.shape(value) for key, value in answers[name].items()}
        if given != shapes:
            raise ValueError(f"What was written answers {name} by {given}, the model by {shapes}.")
        found[name] = {key: _difference(answers[name][key], outputs[key]) for key in outputs}
    return found


def check_agreement(expected: Answers, differences: dict[str, dict[str, float]]) -> None:
    """Checks that outputs of float32 differ by at most 1e-5 of 1 and of their largest value.

    Raises:
        ValueError: If one differs by more, or is not a number; the message, of one line, gives it.
    """
    for name, outputs in differences.items():
        for key, difference in outputs.items():
            values = np.asarray(expected[name][key])
            scale = 1.0 if values.dtype.kind != "f" else 1 + np.abs(values).max(initial=0)
            allowed = 1.0 if values.dtype == np.uint8 else TOLERANCE * scale
            if not difference <= allowed:
                raise ValueError(
                    f"What was written differs from Keras: {key} of {name} by {difference:.3g}, "
                    f"more than {allowed:.3g}; nothing was exported."
                )


def _difference(value: np.ndarray, expected: np.ndarray) -> float:
    value, expected = np.asarray(value), np.asarray(expected)
    if expected.dtype.kind not in "fiub":
        return float(not np.array_equal(value, expected))
    return float(np.max(np.abs(value.astype("float64") - expected), initial=0.0))
