"""CycleGAN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tfgan_it import networks
from tfgan_it.augmentation import Augmentation
from tfgan_it.augmentation import get as get_augmentation
from tfgan_it.checks import check_sizes
from tfgan_it.losses import LeastSquares
from tfgan_it.models import DomainTranslationGAN
from tfgan_it.recipes.optimizers import make_optimizers
from tfgan_it.recipes.variants import checked_recipe
from tfgan_it.regularizers import CycleConsistency, IdentityMapping
from tfgan_it.seeds import seeded_initializers
from tfgan_it.terms import Term


@checked_recipe
def cyclegan(
    sample_shape: Sequence[int] | Mapping[str, Sequence[int]],
    *,
    lambda_cycle: float = 10.0,
    lambda_identity: float = 0.0,
    width: int = 64,
    blocks: int = 6,
    depth: int = 3,
    pool_size: int = 50,
    optimizer: Any = "adam",
    learning_rate: float = 2e-4,
    beta_1: float = 0.5,
    beta_2: float = 0.999,
    schedule: str = "constant",
    decay_steps: int = 100_000,
    moving_average: float | None = None,
    terms: Sequence[Term] = (),
    augmentation: str | Augmentation | None = None,
    jit_compile: bool = False,
    run_eagerly: bool = False,
    steps_per_execution: int = 1,
    seed: int = 0,
    name: str = "cyclegan",
) -> DomainTranslationGAN:
    """CycleGAN: two generators that translate between two sets of unpaired images; compiled.

    `fit({"a": images, "b": images})` trains it, `translate(images, to="b")` translates.

    Args:
        sample_shape: (height, width, channels) of both domains, divisible by 4; or
            `{"a": shape, "b": shape}`, of one height and width.
        lambda_cycle: Weight of the absolute error of the cycle; the paper's lambda.
        lambda_identity: Weight of the absolute error of samples translated into their own domain;
            half of `lambda_cycle` in the paper's experiments with paintings.
        width: Channels of the first map of every network.
        blocks: Number of residual blocks of the generators.
        depth: Number of the discriminators' convolutions of stride 2. With the published 3, the
            receptive field of a logit is 70 pixels.
        pool_size: Number of samples of each domain in the `models.ImagePool`, a multiple of the
            batch size; 0 for no pool.
        optimizer: As for `recipes.build_gan`.
        learning_rate: Learning rate of both optimisers.
        beta_1: Decay of the mean of gradients, for Adam.
        beta_2: Decay of the mean of squared gradients, for Adam.
        schedule: Schedule of the learning rates: `constant`, `linear`, `cosine` or `halving`.
        decay_steps: Length of the schedule, in generator updates.
        moving_average: Decay of the moving average of the generators; None for no average.
        terms: Further terms of the losses.
        augmentation: As for `recipes.build_gan`, of both domains.
        jit_compile: Whether XLA compiles the networks of the train step.
        run_eagerly: Whether the train step runs without a graph, for debugging.
        steps_per_execution: Number of train steps in a call to the device.
        seed: Seed of weights, noise and data order.
        name: Name of the model.

    Raises:
        TypeError: If an argument is unknown; the message names the nearest. Nothing is built.
        ValueError: If the shapes do not fit each other.

    Source: Zhu et al., 2017, "Unpaired Image-to-Image Translation using Cycle-Consistent
    Adversarial Networks". Departures: the discriminators' loss is not halved a second time; those
    of `networks.translation_generator`, `networks.patch_discriminator` and `models.ImagePool`.
    """
    shapes = (
        sample_shape if isinstance(sample_shape, Mapping) else dict.fromkeys("ab", sample_shape)
    )
    if sorted(shapes) != ["a", "b"]:
        raise ValueError(
            f"cyclegan: sample_shape must be a shape, or a dict with 'a' and 'b', got {shapes!r}."
        )
    a, b = (check_sizes("cyclegan", f"sample_shape of {name}", shapes[name]) for name in "ab")
    augmentation = get_augmentation(augmentation, {"a": a, "b": b})
    sizes, patches = {"width": width, "blocks": blocks}, {"width": width, "depth": depth}
    with seeded_initializers(seed):
        translators_and_discriminators = (
            networks.translation_generator(b, a, **sizes),
            networks.translation_generator(a, b, **sizes),
            networks.patch_discriminator(a, normalization="instance", **patches),
            networks.patch_discriminator(b, normalization="instance", **patches),
        )
    model = DomainTranslationGAN(
        *translators_and_discriminators,
        pool_size=pool_size,
        moving_average=moving_average,
        seed=seed,
        name=name,
    )
    regularizers: list[Term] = [CycleConsistency(lambda_cycle)]
    if lambda_identity:
        regularizers.append(IdentityMapping(lambda_identity))
    model.compile(
        **make_optimizers(
            optimizer,
            learning_rate,
            beta_1=beta_1,
            beta_2=beta_2,
            schedule=schedule,
            decay_steps=decay_steps,
        ),
        loss=LeastSquares(),
        generator_regularizers=regularizers,
        terms=terms,
        augmentation=augmentation,
        jit_compile=jit_compile,
        run_eagerly=run_eagerly,
        steps_per_execution=steps_per_execution,
    )
    return model
