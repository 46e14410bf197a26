"""Two generators, each of which translates samples of one domain into those of the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from tfgan_it.checks import check_integer
from tfgan_it.configuration import Configurable
from tfgan_it.models.final_activations import check_logits_unbounded, check_samples_in_range
from tfgan_it.models.image_pool import ImagePool
from tfgan_it.models.network_outputs import check_networks, sample_shape, symbolic
from tfgan_it.models.runtime import detached
from tfgan_it.models.translator import OTHER, Translator
from tfgan_it.step import GeneratedSamples
from tfgan_it.typing import Draw, Nest, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class DomainNetworks(Configurable, keras.Model):
    """One network for each of two domains, as one network from dicts to dicts.

    Args:
        a: Built network whose outputs belong to domain a.
        b: Built network whose outputs belong to domain b.
        swap: Whether each network takes the samples of the other domain, as translators do.
        **kwargs: As for `keras.Model`.
    """

    def __init__(
        self, a: keras.Model, b: keras.Model, *, swap: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.a, self.b, self.swap = a, b, swap
        self.built = True

    def call(self, inputs: dict[str, Nest], training: bool = False) -> dict[str, Nest]:
        """`{"a": a(inputs["a"]), "b": b(inputs["b"])}`, or the other way round if `swap`."""
        a, b = ("b", "a") if self.swap else ("a", "b")
        return {
            "a": self.a(inputs[a], training=training),
            "b": self.b(inputs[b], training=training),
        }


@keras.saving.register_keras_serializable(package="tfgan_it")
class DomainTranslationGAN(Translator):
    """Two generators that translate between two domains a and b of unpaired samples.

    Samples are dicts `{"a": x_a, "b": x_b}`. One player trains the generators, G from a to b and F
    from b to a; the other trains a discriminator for each domain. The adversarial loss is the sum
    over both domains. CycleGAN is this model with `regularizers.CycleConsistency`.

    Args:
        to_a: F, a network from samples of b to samples of a.
        to_b: G, a network from samples of a to samples of b.
        discriminator_a: Network from samples of a to logits of any shape.
        discriminator_b: Network from samples of b to logits of any shape.
        pool_size: Number of samples of each domain in the `ImagePool`, which replaces half of the
            discriminators' generated samples by earlier ones; 0 for no pool.
        **kwargs: As for `GAN`.

    Raises:
        ValueError: If the networks do not fit each other.

    Source: Zhu et al., 2017, "Unpaired Image-to-Image Translation using Cycle-Consistent
    Adversarial Networks".
    """

    targets = ("a", "b")
    paired = False  # Each domain is shuffled separately.

    def __init__(
        self,
        to_a: keras.Model,
        to_b: keras.Model,
        discriminator_a: keras.Model,
        discriminator_b: keras.Model,
        *,
        pool_size: int = 50,
        **kwargs: Any,
    ) -> None:
        check_networks(
            to_a=to_a, to_b=to_b, discriminator_a=discriminator_a, discriminator_b=discriminator_b
        )
        self.domains = {"a": sample_shape("to_b", to_b), "b": sample_shape("to_a", to_a)}
        generator = DomainNetworks(to_a, to_b, swap=True, name="translators")
        discriminator = DomainNetworks(discriminator_a, discriminator_b, name="discriminators")
        super().__init__(generator, discriminator, None, **kwargs)
        self.to_a, self.to_b = to_a, to_b
        self.discriminator_a, self.discriminator_b = discriminator_a, discriminator_b
        check_integer(self, "pool_size", pool_size, 0)
        self.pool = ImagePool(pool_size) if pool_size else None
        if self.pool is not None:
            self.pool.build_for(self)

    def sample_batch(
        self,
        batch: Nest,
        prior: Tensor,
        generate: Callable[..., dict[str, Nest]],
        draw: Draw | None,
        training: bool = True,
    ) -> GeneratedSamples:
        """Translates the batch; in training, the pool returns earlier translations for some."""
        outputs = generate(batch["samples"], None)
        if not training or self.pool is None:
            return GeneratedSamples(outputs)
        assert draw is not None, "an update draws"
        shown = self.pool.exchange(detached(outputs["samples"]), draw)
        return GeneratedSamples(outputs, shown_to_discriminator=shown)

    def check_final_activations(self) -> None:
        """As `GAN.check_final_activations`, for the networks of both domains."""
        networks = {"a": (self.discriminator_a, self.to_a), "b": (self.discriminator_b, self.to_b)}
        for domain, (discriminator, translator) in networks.items():
            shape, source = self.domains[domain], self.domains[OTHER[domain]]
            check_logits_unbounded(discriminator, symbolic(shape))
            check_samples_in_range(translator, symbolic(source), shape, self.value_range)
