"""Random weights of the Inception network of 2015, and images, for it and for its reference."""

import numpy as np


def random_weights(shapes):
    """Weights of these shapes by name, with which the network's features vary."""
    random = np.random.default_rng(0)
    weights = {}
    for name, shape in shapes.items():
        if name.endswith("conv.weight"):
            scale = np.sqrt(2 / np.prod(shape[1:]))
            weights[name] = random.normal(0, scale, shape).astype("float32")
        elif name.endswith(("bn.weight", "running_var")):
            weights[name] = random.uniform(0.5, 1.5, shape).astype("float32")
        else:
            weights[name] = random.normal(0, 0.1, shape).astype("float32")
    return weights


def images():
    """Pixels of two sizes, uint8 `(n, height, width, 3)`, by name."""
    random = np.random.default_rng(1)
    small = random.integers(0, 256, (2, 32, 32, 3), "uint8")
    return {"small": small, "large": random.integers(0, 256, (1, 310, 400, 3), "uint8")}
