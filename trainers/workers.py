"""The workers of a job, which all have to train the same run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from tfgan_it.distribution import gather_texts


def check_same_run(
    strategy: tf.distribute.Strategy, options: Mapping[str, Any], data: Mapping[str, str]
) -> None:
    """Checks that all workers have the same options and the same data.

    All workers call it, and all raise the same error.

    Args:
        strategy: Strategy of the job; without several workers nothing is checked.
        options: Options of this worker.
        data: Fingerprint of its data set.

    Raises:
        ValueError: If an option or the data differ; names the first difference.
        ConnectionError: If a worker is gone.
    """
    record = {**{f"--{name}": value for name, value in options.items()}, **data}
    first, *others = map(json.loads, gather_texts(strategy, json.dumps(record)))
    for number, other in enumerate(others, 1):
        for name in [*first, *other]:
            if first.get(name) != other.get(name):
                raise ValueError(
                    f"The workers do not train the same run: {name} is {first.get(name)!r} at the "
                    f"first one, {other.get(name)!r} at worker {number}."
                )
