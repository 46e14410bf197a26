"""Trains a small model as one of several workers: `python worker_runner.py OUT STEPS`.

The workers find each other by TF_CONFIG. Each leaves its weights and what `fit` reported.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path[:0] = [str(pathlib.Path(__file__).parents[n]) for n in (1, 2)]

import numpy as np  # noqa: E402

from support.small_models import CODES, IMAGES, compiled, small_model  # noqa: E402
from tfgan_it import distribution  # noqa: E402
from tfgan_it.regularizers import R1  # noqa: E402

if __name__ == "__main__":
    out, steps = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    strategy = distribution.strategy("multi_worker")  # Before TensorFlow does anything else.
    with strategy.scope():
        model = small_model(CODES, moving_average=0.9)
        compiled(model, 0.3, 0.3, discriminator_regularizers=[R1(1.0)])
    reported = model.fit(IMAGES, batch_size=8, steps_per_epoch=steps, verbose=0).history
    measured = model.evaluate(IMAGES, batch_size=16, verbose=0)
    index = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
    np.savez(out / f"{index}.npz", *model.get_weights())
    record = {
        "chief": distribution.is_chief(strategy),
        "replicas": strategy.num_replicas_in_sync,
        "reported": {name: float(np.squeeze(values[-1])) for name, values in reported.items()},
        "measured": {name: float(np.squeeze(value)) for name, value in measured.items()},
    }
    (out / f"{index}.json").write_text(json.dumps(record))
