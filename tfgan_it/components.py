"""What the parts of a game have in common: losses, regularisers, augmentations."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import keras


@dataclasses.dataclass(frozen=True)
class StepContext:
    """What a train step shows to the parts of the game, read-only.

    Attributes:
        player: Whose step it is: `discriminator`, `generator`; or `evaluation`, nobody's.
        real: Real images of this step, `(batch, ...)`.
        fake: Generated images; without a gradient in the discriminator's step.
        latents: What `fake` was generated from, `(batch, dimension)`.
        generator_outputs: All that the generator gave with `fake`, by name; `images` is `fake`.
        real_outputs: The discriminator's outputs on `real`, by name; `logits` are `(batch,)`. None
            in the generator's step, where a part that needs them calls `discriminate`.
        fake_outputs: The same on `fake`.
        discriminate: Calls the discriminator on images as this step does, augmentation included,
            and returns its outputs.
        generate: Calls the generator on latents, in training, and returns its outputs by name;
            without a gradient in the discriminator's step.
        slope: `slope("real")` is d sum(real logits) / d real, itself differentiable, from the pass
            that gave `real_outputs`; `slope("fake")` alike. None in the generator's step.
        gradient: `gradient(function, x)` is d sum(function(x)) / dx, itself differentiable.
        draw: `draw(function)` is this replica's rows of `function(rows, seed=...)`, random numbers
            with one row for each sample of the batch.
        mean: The mean of a tensor over the global batch, all replicas together; a scalar.
        when: `when(condition, function)` is the scalar function() where the condition holds, or 0.
        rows: Samples of the global batch, float32 scalar.
        step: Generator updates of this game so far, int64 scalar.
        report: `report(name=values)` adds to the means that `fit` reports, of a part's own
            `quantities`; with `applies=condition` only where the condition holds.
    """

    player: str
    real: Any
    fake: Any
    latents: Any
    generator_outputs: dict[str, Any]
    real_outputs: dict[str, Any] | None
    fake_outputs: dict[str, Any]
    discriminate: Callable[[Any], dict[str, Any]]
    generate: Callable[[Any], dict[str, Any]]
    slope: Callable[[str], Any] | None
    gradient: Callable[[Callable[[Any], Any], Any], Any]
    draw: Callable[[Callable[..., Any]], Any]
    mean: Callable[[Any], Any]
    when: Callable[[Any, Callable[[], Any]], Any]
    rows: Any
    step: Any
    report: Callable[..., None]


class Component(keras.layers.Layer):
    """A part of a game; a Layer, so that what it remembers is saved with the model.

    Attributes:
        quantities: Names of what it reports, by `update` or `context.report`.
    """

    quantities: tuple[str, ...] = ()

    @property
    def adopted_variables(self) -> list[keras.Variable]:
        """Weights of a network that this part trains, for the player in whose list it stands."""
        return []

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # It is never called: left unbuilt, Keras would call the whole model to build it.
        self.built = True

    def build_for(self, game: Any) -> None:
        """Makes what depends on the game's shapes; `compile` calls it before optimisers are built.

        Args:
            game: The model, with `latent`, `sample_shape`, `generator`, `discriminator` and `seed`.
        """

    def update(self, context: StepContext) -> dict[str, Any]:
        """Moves what it remembers, once after each discriminator update.

        Returns:
            Values of `quantities`, by name.
        """
        return {}

    def memory(self, name: str, initial: float = 0.0, dtype: str = "float32") -> keras.Variable:
        """A scalar Variable that is equal on all replicas."""
        return self.add_weight(
            name=name,
            shape=(),
            initializer=keras.initializers.Constant(initial),
            dtype=dtype,
            trainable=False,
            aggregation="only_first_replica",
        )
