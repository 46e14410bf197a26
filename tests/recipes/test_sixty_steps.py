"""Sixty steps of each recipe are, to the last digit, those of version 0.3.0 on the same machine.

Last digits depend on the processor, its number of cores and the versions of TensorFlow and Keras,
all of which `sixty_steps.json` names. Elsewhere the first step's numbers are near, and the rest is
not comparable.
"""

import hashlib
import json
import pathlib
import platform

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_it import datasets, recipes

RECORD = json.loads((pathlib.Path(__file__).parent / "sixty_steps.json").read_text())
PROTOCOL = RECORD["protocol"]


def this_machine():
    """What last digits depend on."""
    lines = pathlib.Path("/proc/cpuinfo")
    names = (
        [x for x in lines.read_text().splitlines() if "model name" in x] if lines.exists() else []
    )
    processor = names[0].split(": ")[1] if names else platform.processor()
    versions = {"tensorflow": tf.__version__, "keras": keras.__version__}
    return {"processor": processor, "cores": len(names), **versions}


@pytest.mark.slow
@pytest.mark.skipif(
    any(PROTOCOL[key] != value for key, value in this_machine().items()),
    reason=f"last digits are those of {PROTOCOL['processor']}, {PROTOCOL['cores']} cores",
)
@pytest.mark.parametrize("name", RECORD["recipes"])
def test_sixty_steps_are_those_of_the_version_before(name):
    data = datasets.load("digits")
    model = recipes.get(name)(data.sample_shape, seed=0)
    history = model.fit(
        data.train_images, batch_size=128, steps_per_epoch=60, epochs=1, verbose=0
    ).history
    expected = RECORD["recipes"][name]
    assert {key: values[-1].hex() for key, values in history.items()} == expected["logs"]
    networks = [model.generator, model.discriminator, *model.generator_networks.values()]
    digests = sorted(
        hashlib.sha256(np.ascontiguousarray(weight).tobytes()).hexdigest()[:16]
        for network in networks
        for weight in network.get_weights()
    )
    assert hashlib.sha256("".join(digests).encode()).hexdigest() == expected["weights"]
