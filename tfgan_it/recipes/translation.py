"""Image to image: pix2pix, CUT and CycleGAN."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

import keras

from tfgan_it import networks
from tfgan_it.augmentation import Augmentation
from tfgan_it.augmentation import get as get_augmentation
from tfgan_it.checks import check_sizes
from tfgan_it.layers.nested import nested_layers
from tfgan_it.losses import AdversarialLoss
from tfgan_it.losses import get as get_loss
from tfgan_it.models import DomainTranslationGAN, TranslationGAN
from tfgan_it.models.translator import Translator
from tfgan_it.recipes.hyperparameters import FixedLatentHyperparameters, with_terms
from tfgan_it.recipes.optimizers import make_optimizers
from tfgan_it.recipes.variants import checked_recipe, variant_of
from tfgan_it.regularizers import (
    CycleConsistency,
    IdentityMapping,
    PairedReconstruction,
    PatchInformation,
    get_term_lists,
)
from tfgan_it.seeds import seeded_initializers
from tfgan_it.terms import Term

Domains = Sequence[int] | Mapping[str, Sequence[int]]


@checked_recipe
def build_translator(
    sample_shape: Domains,
    *,
    model: Callable[..., Translator],
    optimizer: Any = "adam",
    learning_rate: float = 2e-4,
    discriminator_learning_rate: float | None = None,
    beta_1: float = 0.5,
    beta_2: float = 0.999,
    schedule: str = "constant",
    decay_steps: int = 100_000,
    clip_norm: float | None = None,
    loss: str | AdversarialLoss = "least_squares",
    discriminator_regularizers: Sequence[Term] = (),
    generator_regularizers: Sequence[Term] = (),
    terms: Sequence[Term] = (),
    augmentation: str | Augmentation | None = None,
    discriminator_steps: int = 1,
    moving_average: float | None = None,
    synchronized: bool = False,
    jit_compile: bool = False,
    run_eagerly: bool = False,
    steps_per_execution: int = 1,
    reduce_dtype: str | None = None,
    seed: int = 0,
    name: str = "translator",
) -> Translator:
    """Builds and compiles a model that translates between two domains.

    Args:
        sample_shape: (height, width, channels) of both domains; or `{"a": shape, "b": shape}`.
        model: Function `model(a, b, **options)` of both shapes that builds networks and model.
        optimizer: As for `recipes.build_gan`.
        learning_rate: Learning rate of both optimisers.
        discriminator_learning_rate: As for `recipes.build_gan`.
        beta_1: Decay of the mean of gradients, for Adam.
        beta_2: Decay of the mean of squared gradients, for Adam.
        schedule: As for `recipes.build_gan`.
        decay_steps: Length of the schedule, in generator updates.
        clip_norm: As for `recipes.build_gan`.
        loss: An adversarial loss, or its name.
        discriminator_regularizers: Terms added to the discriminator's loss.
        generator_regularizers: Terms added to the generator's loss.
        terms: Terms added to both players' losses.
        augmentation: As for `recipes.build_gan`, of both domains.
        discriminator_steps: As for `recipes.build_gan`.
        moving_average: Decay of the moving average of the generator; None for no average.
        synchronized: As for `recipes.build_gan`.
        jit_compile: As for `recipes.build_gan`.
        run_eagerly: As for `recipes.build_gan`.
        steps_per_execution: As for `recipes.build_gan`.
        reduce_dtype: As for `recipes.build_gan`.
        seed: Seed of weights, noise and data order.
        name: Name of the model.

    Raises:
        TypeError: If an argument is unknown; the message names the nearest. Nothing is built.
        ValueError: If the shapes do not fit each other, or a value is unknown.
    """
    shapes = (
        sample_shape if isinstance(sample_shape, Mapping) else dict.fromkeys("ab", sample_shape)
    )
    if sorted(shapes) != ["a", "b"]:
        raise ValueError(
            f"{name}: sample_shape must be a shape, or a dict with 'a' and 'b', got {shapes!r}."
        )
    a, b = (check_sizes(name, f"sample_shape of {domain}", shapes[domain]) for domain in "ab")
    loss = get_loss(loss)
    discriminator_regularizers, generator_regularizers, terms = get_term_lists(
        discriminator_regularizers=discriminator_regularizers,
        generator_regularizers=generator_regularizers,
        terms=terms,
    )
    augmentation = get_augmentation(augmentation, {"a": a, "b": b})
    optimizers = make_optimizers(
        optimizer,
        learning_rate,
        discriminator_learning_rate=discriminator_learning_rate,
        beta_1=beta_1,
        beta_2=beta_2,
        schedule=schedule,
        decay_steps=decay_steps,
        clip_norm=clip_norm,
        discriminator_steps=discriminator_steps,
    )
    with seeded_initializers(seed):
        translator = model(a, b, moving_average=moving_average, seed=seed, name=name)
    for layer in nested_layers(translator) if synchronized else ():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True
    translator.compile(
        **optimizers,
        loss=loss,
        discriminator_regularizers=discriminator_regularizers,
        generator_regularizers=generator_regularizers,
        terms=terms,
        augmentation=augmentation,
        discriminator_steps=discriminator_steps,
        jit_compile=jit_compile,
        run_eagerly=run_eagerly,
        steps_per_execution=steps_per_execution,
        reduce_dtype=reduce_dtype,
    )
    return translator


@variant_of(build_translator, drop=["model"], loss="non_saturating")
def pix2pix(
    sample_shape: Domains,
    *,
    lambda_reconstruction: float = 100.0,
    width: int = 64,
    generator_depth: int | None = None,
    depth: int = 3,
    normalization: str | None = "batch",
    **hyperparameters: Unpack[FixedLatentHyperparameters],
) -> TranslationGAN:
    """pix2pix: a U-Net translates, and the patches of pairs are judged; compiled.

    `fit({"a": images, "b": images})` trains it on pairs, `translate(images)` translates.

    Args:
        sample_shape: (height, width, channels) of both domains; or `{"a": shape, "b": shape}`, of
            one height and width.
        lambda_reconstruction: Weight of the absolute error; the paper's lambda.
        width: Channels of the first map of both networks.
        generator_depth: Stages of `networks.unet_generator`; None for as many as the size has.
        depth: Number of the discriminator's convolutions of stride 2. With the published 3, the
            receptive field of a logit is 70 pixels; with 2, which suits 32x32, 34.
        normalization: Normalisation of both networks: `batch`, `instance` or None.
        **hyperparameters: As for `recipes.build_translator`.

    Source: Isola et al., 2017, "Image-to-Image Translation with Conditional Adversarial Networks".
    Departures: the discriminator's loss is not halved; pairs are not shifted and mirrored at
    random; those of `networks.unet_generator` and `networks.patch_discriminator`.
    """

    def model(a: tuple[int, ...], b: tuple[int, ...], **options: Any) -> TranslationGAN:
        return TranslationGAN(
            networks.unet_generator(
                a, b, width=width, depth=generator_depth, normalization=normalization
            ),
            networks.patch_discriminator(
                b, width=width, depth=depth, condition_shape=a, normalization=normalization
            ),
            **options,
        )

    terms = [PairedReconstruction(lambda_reconstruction)] if lambda_reconstruction else []
    return build_translator(
        sample_shape, model=model, **with_terms(hyperparameters, generator_regularizers=terms)
    )


@variant_of(build_translator, drop=["model"])
def cut(
    sample_shape: Domains,
    *,
    lambda_information: float = 1.0,
    identity: bool = True,
    patches: int = 256,
    width: int = 64,
    blocks: int = 9,
    depth: int = 3,
    **hyperparameters: Unpack[FixedLatentHyperparameters],
) -> TranslationGAN:
    """CUT: one generator and the information between patches, for unpaired images; compiled.

    `fit({"a": images, "b": images})` trains it, `translate(images)` translates. The term is a lower
    bound in nats on the information between the patches of an image and of its translation.

    Args:
        sample_shape: (height, width, channels) of both domains, divisible by 4; or `{"a": shape,
            "b": shape}`, of one height and width.
        lambda_information: Weight of the information; the paper's lambda_X. FastCUT has 10.
        identity: Whether images of b that are translated keep their patches too. FastCUT does not
            ask for it, and neither can domains of two shapes.
        patches: Largest number of places of a map that are compared.
        width: Channels of the first map of both networks.
        blocks: Number of residual blocks of the generator.
        depth: As for `cyclegan`.
        **hyperparameters: As for `recipes.build_translator`.

    Source: Park et al., 2020, "Contrastive Learning for Unpaired Image-to-Image Translation".
    Departures: those of `networks.translation_generator`, `networks.patch_discriminator` and
    `regularizers.PatchInformation`; the discriminator's loss is not halved a second time; images
    are not shifted and mirrored at random.
    """

    def model(a: tuple[int, ...], b: tuple[int, ...], **options: Any) -> TranslationGAN:
        return TranslationGAN(
            networks.translation_generator(a, b, width=width, blocks=blocks, features=True),
            networks.patch_discriminator(b, width=width, depth=depth, normalization="instance"),
            paired=False,
            **options,
        )

    terms = [PatchInformation(lambda_information, identity, patches)]
    return build_translator(
        sample_shape, model=model, **with_terms(hyperparameters, generator_regularizers=terms)
    )


@variant_of(build_translator, drop=["model"])
def cyclegan(
    sample_shape: Domains,
    *,
    lambda_cycle: float = 10.0,
    lambda_identity: float = 0.0,
    width: int = 64,
    blocks: int = 6,
    depth: int = 3,
    pool_size: int = 50,
    **hyperparameters: Unpack[FixedLatentHyperparameters],
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
        pool_size: Number of samples of each domain in the `models.ImagePool`; 0 for no pool.
        **hyperparameters: As for `recipes.build_translator`.

    Source: Zhu et al., 2017, "Unpaired Image-to-Image Translation using Cycle-Consistent
    Adversarial Networks". Departures: the discriminators' loss is not halved a second time; images
    are not shifted and mirrored at random; those of `networks.translation_generator`,
    `networks.patch_discriminator` and `models.ImagePool`.
    """

    def model(a: tuple[int, ...], b: tuple[int, ...], **options: Any) -> DomainTranslationGAN:
        sizes: dict[str, Any] = {"width": width, "blocks": blocks}
        patches: dict[str, Any] = {"width": width, "depth": depth}
        return DomainTranslationGAN(
            networks.translation_generator(b, a, **sizes),
            networks.translation_generator(a, b, **sizes),
            networks.patch_discriminator(a, normalization="instance", **patches),
            networks.patch_discriminator(b, normalization="instance", **patches),
            pool_size=pool_size,
            **options,
        )

    terms: list[Term] = [CycleConsistency(lambda_cycle)]
    if lambda_identity:
        terms.append(IdentityMapping(lambda_identity))
    return build_translator(
        sample_shape, model=model, **with_terms(hyperparameters, generator_regularizers=terms)
    )
