"""Weights of a trained model as the first weights of another one, layer by layer."""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Iterator, Sequence
from typing import Any

import keras
from keras import ops

from tfgan_it.model_files import load_model
from tfgan_it.models.description import DescribesItself

_SHOWN = 6  # Names of layers in a line.


@dataclasses.dataclass(frozen=True)
class TakenLayers:
    """Which layers of a model took weights of another model.

    Args:
        source: Name of the other model.
        taken: Names of the layers that took weights, by network.
        left: Names of the layers that keep their first weights, by network.

    Example:

    >>> print(TakenLayers("'a' at step 9", {"generator": ["d1", "d2"]}, {"generator": ["d3"]}))
    from 'a' at step 9: generator 2 of 3 layers (not d3)
    """

    source: str
    taken: dict[str, list[str]]
    left: dict[str, list[str]]

    def __str__(self) -> str:
        parts = []
        for name, taken in self.taken.items():
            left = self.left[name]
            count = f"all {len(taken)}" if not left else f"{len(taken)} of {len(taken) + len(left)}"
            more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
            shown = f" (not {', '.join(left[:_SHOWN])}{more})" if left else ""
            parts.append(f"{name} {count} layers{shown}")
        return f"from {self.source}: {'; '.join(parts)}"


class StartsFromTrained(DescribesItself):
    """`init_from` of an adversarial model."""

    def init_from(self, source: keras.Model | str | os.PathLike) -> TakenLayers:
        """Takes the weights of a trained model where layers fit; optimisers and step stay new.

        The model may be for other samples, sizes, conditions or codes. The layers of each network
        with the same name (`generator`, `discriminator`, ...) are aligned in their order; those of
        one class whose weights have the same shapes take weights, batch-normalisation statistics
        included. So do the moving averages, and the latent's learned prior if its shape is the
        same. Terms and augmentation start anew.

        Args:
            source: A trained model, or its `.keras` file.

        Returns:
            Which layers took weights and which did not; `str` gives a line.

        Raises:
            ValueError: If this model has been trained already, the source is not a GAN, or no layer
                of it fits; nothing is changed.

        Example:

        >>> from tfgan_it import recipes
        >>> trained = recipes.dcgan((8, 8, 1), width=4)
        >>> taken = recipes.dcgan((16, 16, 1), width=4).init_from(trained)
        >>> len(taken.taken["generator"]), taken.left["generator"]
        (4, ['project'])
        """
        if self.trained_steps:
            raise ValueError(
                f"init_from is for a new model: this one is at step {self.trained_steps}."
            )
        file = None if isinstance(source, keras.Model) else os.fspath(source)
        if not isinstance(source, keras.Model):
            source = load_model(source)
        if not isinstance(source, StartsFromTrained):
            raise ValueError(
                f"init_from takes a GAN, got {file or 'a model'}, a {type(source).__name__}."
            )
        theirs = _networks(source)
        pairs = {
            name: _aligned(network, theirs[name]) if name in theirs else []
            for name, network in _networks(self).items()
        }
        if not any(pairs.values()):
            raise ValueError(f"init_from: no layer of {source.name!r} fits one of {self.name!r}.")
        taken, left = {}, {}
        for name, network in _networks(self).items():
            origins = _origins(pairs[name])
            for weight in network.weights:
                if id(weight) in origins:
                    _assign(weight, origins[id(weight)])
            taken[name] = [layer.name for layer, _ in pairs[name]]
            left[name] = [layer.name for layer in _layers(network) if layer.name not in taken[name]]
            if (average := getattr(self, f"{name}_average", None)) is None:
                continue
            means = _means(source, name)
            for mean, weight in zip(average.averages, network.weights, strict=True):
                origin = origins.get(id(weight), weight)
                _assign(mean, means.get(id(origin), origin))
        if _shapes(self.latent_variables) == _shapes(source.latent_variables):
            for variable, value in zip(self.latent_variables, source.latent_variables, strict=True):
                _assign(variable, value)
        name = f"{source.name!r} at step {source.trained_steps}"
        return TakenLayers(name if file is None else f"{file} ({name})", taken, left)


def _networks(model: Any) -> dict[str, keras.Model]:
    networks = {"generator": model.generator, "discriminator": model.discriminator}
    return {**networks, **model.generator_networks}


def _layers(network: keras.Model) -> Iterator[keras.layers.Layer]:
    """Iterates over the layers with weights, in their order, also of networks in the network."""
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        elif layer.weights:
            yield layer


def _aligned(
    network: keras.Model, other: keras.Model
) -> list[tuple[keras.layers.Layer, keras.layers.Layer]]:
    """Returns the pairs of layers of one kind and shape, in the order of both networks.

    Classes are compared by name: `layers.Conv2D` has the weights of Keras's.
    """
    mine, theirs = list(_layers(network)), list(_layers(other))
    a, b = (
        [(type(layer).__name__, _shapes(layer.weights)) for layer in part]
        for part in (mine, theirs)
    )
    blocks = difflib.SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    return [(mine[i + k], theirs[j + k]) for i, j, size in blocks for k in range(size)]


def _shapes(weights: Any) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(weight.shape) for weight in weights)


def _origins(pairs: Sequence[tuple[keras.layers.Layer, keras.layers.Layer]]) -> dict[int, Any]:
    """Returns the weight that each weight of the first layers takes, by its identity."""
    weights = (zip(layer.weights, other.weights, strict=True) for layer, other in pairs)
    return {id(weight): origin for pair in weights for weight, origin in pair}


def _means(model: Any, name: str) -> dict[int, Any]:
    """Returns the moving average of each weight of a network, by its identity; empty without."""
    average = getattr(model, f"{name}_average", None)
    if average is None:
        return {}
    weights = _networks(model)[name].weights
    return {id(w): mean for w, mean in zip(weights, average.averages, strict=True)}


def _assign(variable: keras.Variable, value: Any) -> None:
    variable.assign(ops.cast(value, variable.dtype))
