"""One process of a comparison of two workers: it trains on one core when it is told to.

`experiments.peers.two_workers` starts it. With `TF_CONFIG` in its environment it is a worker of
that cluster, else a process that knows nothing of others.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
import traceback

import keras
import tensorflow as tf

from experiments.peers.served_steps import Measured
from experiments.peers.speed import fit_of
from tfgan_it import distribution


class StepTimer(keras.callbacks.Callback):
    """Measures a number of steps after the first, without what `fit` does before and after."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps
        self.measured: Measured = {}

    def on_train_batch_end(self, batch, logs=None):
        """Begins after the first step, and ends after the last."""
        now = {"seconds": time.perf_counter(), "processor_seconds": time.process_time()}
        if batch == 0:
            self.measured = now
        elif batch == self.steps:
            self.measured = {key: now[key] - began for key, began in self.measured.items()}


def main() -> None:
    """Serves steps on standard input, as `StepServer` asks for them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--core", type=int, required=True)
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--shape", type=json.loads, required=True)
    parser.add_argument("--batch_size", type=int, required=True)
    parser.add_argument("--precision", required=True)
    parser.add_argument("--reduce_dtype")
    options = parser.parse_args()
    os.sched_setaffinity(0, {options.core})  # Before TensorFlow counts its threads.
    together = "TF_CONFIG" in os.environ
    scope = distribution.strategy("multi_worker").scope() if together else contextlib.nullcontext()
    with scope:
        train = fit_of(
            options.recipe,
            tuple(options.shape),
            options.batch_size * tf.distribute.get_strategy().num_replicas_in_sync,
            options.precision,
            reduce_dtype=options.reduce_dtype,
        )
    train(3)
    about = {"tensorflow": tf.__version__, "cores": len(os.sched_getaffinity(0))}
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        _, steps = line.split()
        timer = StepTimer(int(steps))
        train(timer.steps + 1, [timer])
        print(json.dumps(timer.measured), flush=True)


if __name__ == "__main__":
    status = 1
    try:
        main()
        status = 0
    except Exception:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)  # The server of a worker would hold the process.
