"""All layers of a network, including nested ones."""

from __future__ import annotations

from collections.abc import Iterator

import keras


def nested_layers(network: keras.Layer) -> Iterator[keras.Layer]:
    """Iterates over the network, its layers and the layers inside them, each of them once.

    `keras.Model.layers` contains neither the layers of a network within the network nor the layer
    that a wrapper such as `SpectralNormalization` wraps.

    Args:
        network: A model or a layer.

    Example:

    >>> inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="inner")])
    >>> outer = keras.Sequential([inner, keras.layers.Dense(1, name="outer")])
    >>> [layer.name for layer in nested_layers(outer) if isinstance(layer, keras.layers.Dense)]
    ['inner', 'outer']
    """
    layers: dict[int, keras.Layer] = {}
    todo = [network]
    while todo:
        layer = todo.pop()
        if id(layer) not in layers:
            layers[id(layer)] = layer
            # The parts of a layer are among its attributes, or in a list among them.
            for value in reversed(vars(layer).values()):
                parts = value if isinstance(value, (list, tuple)) else [value]
                todo += [part for part in reversed(parts) if isinstance(part, keras.Layer)]
    return iter(layers.values())


def mixes_samples(network: keras.Layer) -> bool:
    """Returns whether an output for one sample depends on others of the batch in inference mode.

    Layers declare it by the class attribute `mixes_samples`, as `PackSamples` and
    `MinibatchDeviation` do.

    Args:
        network: A model or a layer.

    Example:

    >>> from tfgan_it.layers import PackSamples
    >>> pairs = keras.Sequential([keras.Input((3,)), PackSamples(2), keras.layers.Dense(1)])
    >>> mixes_samples(keras.Sequential([pairs])), mixes_samples(pairs.layers[-1])
    (True, False)
    """
    return any(getattr(layer, "mixes_samples", False) for layer in nested_layers(network))
