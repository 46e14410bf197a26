"""One generator, which translates samples of a domain a into those of a domain b."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from tfgan_it.configuration import Configurable
from tfgan_it.models.final_activations import check_logits_unbounded, check_samples_in_range
from tfgan_it.models.network_outputs import (
    check_networks,
    generator_outputs,
    output_shapes,
    outputs_of,
    sample_shape,
    symbolic,
)
from tfgan_it.models.translator import Translator
from tfgan_it.step import GeneratedSamples
from tfgan_it.typing import Draw, Nest, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class SourceAndTranslation(Configurable, keras.Model):
    """A generator of b from a, as a network from `{"a", "b"}` to the samples `{"a", "b"}`.

    Args:
        to_b: Network from samples of a to samples of b, or to a dict with `samples` and further
            outputs for terms, such as `features`.
        **kwargs: As for `keras.Model`.
    """

    def __init__(self, to_b: keras.Model, **kwargs: Any) -> None:
        # The source is part of the samples, which a lower precision would round.
        super().__init__(**{"autocast": False, **kwargs})
        self.to_b = to_b
        self.built = True

    def call(self, inputs: dict[str, Nest], training: bool = False) -> dict[str, Nest]:
        """`{"samples": {"a": a, "b": to_b(a)}}`, and the further outputs of `to_b`."""
        outputs = generator_outputs(self.to_b(inputs["a"], training=training))
        return {**outputs, "samples": {"a": inputs["a"], "b": outputs["samples"]}}


@keras.saving.register_keras_serializable(package="tfgan_it")
class PairDiscriminator(Configurable, keras.Model):
    """A discriminator of `b`, or of the pair `[b, a]`, as a network of `{"a", "b"}`.

    Args:
        network: Network from samples of b, or from `[b, a]`, to logits.
        pairs: Whether it takes the source too.
        **kwargs: As for `keras.Model`.
    """

    def __init__(self, network: keras.Model, *, pairs: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.network, self.pairs = network, pairs
        self.built = True

    def call(self, inputs: dict[str, Nest], training: bool = False) -> Nest:
        """Returns the outputs of the network."""
        judged = [inputs["b"], inputs["a"]] if self.pairs else inputs["b"]
        return self.network(judged, training=training)


@keras.saving.register_keras_serializable(package="tfgan_it")
class TranslationGAN(Translator):
    """A generator that translates samples of a domain a into those of a domain b.

    Samples are dicts `{"a": x_a, "b": x_b}`, of pairs or not. pix2pix is this model with a
    discriminator of pairs and `regularizers.PairedReconstruction`; CUT with a discriminator of b
    alone, unpaired samples and `regularizers.PatchInformation`.

    Args:
        to_b: Network from samples of a to samples of b, or to a dict with `samples` and further
            outputs for terms, such as `features`.
        discriminator: Network to logits of any shape, from samples of b, or from pairs `[b, a]`: as
            many inputs as it has.
        paired: Whether the i-th samples of a and b belong together. If not, each domain is shuffled
            separately, and their numbers may differ.
        **kwargs: As for `GAN`.

    Raises:
        ValueError: If the networks do not fit each other.

    Source: Isola et al., 2017, "Image-to-Image Translation with Conditional Adversarial Networks".

    Example:

    >>> import numpy as np
    >>> from tfgan_it import networks
    >>> gan = TranslationGAN(
    ...     networks.unet_generator((8, 8, 1), (8, 8, 3), width=2, depth=2),
    ...     networks.patch_discriminator((8, 8, 3), width=2, depth=1, condition_shape=(8, 8, 1)),
    ... )
    >>> gan.compile("adam", "adam", generator_regularizers="paired_reconstruction")
    >>> data = {"a": np.zeros((8, 8, 8, 1), "uint8"), "b": np.zeros((8, 8, 8, 3), "uint8")}
    >>> history = gan.fit(data, batch_size=4, verbose=0)
    >>> gan.translate(data["a"]).shape
    (8, 8, 8, 3)
    """

    def __init__(
        self,
        to_b: keras.Model,
        discriminator: keras.Model,
        *,
        paired: bool = True,
        **kwargs: Any,
    ) -> None:
        check_networks(to_b=to_b, discriminator=discriminator)
        source = sample_shape("to_b", to_b)
        outputs = generator_outputs(outputs_of("to_b", to_b, symbolic(source), None, "samples"))
        self.domains = {"a": source, "b": output_shapes(outputs["samples"])}
        self.paired = paired
        pairs = len(keras.tree.flatten(discriminator.inputs)) > 1
        super().__init__(
            SourceAndTranslation(to_b, name="translator"),
            PairDiscriminator(discriminator, pairs=pairs, name="pair_discriminator"),
            None,
            **kwargs,
        )
        self.to_b, self.pair_discriminator = to_b, discriminator

    def sample_batch(
        self,
        batch: Nest,
        prior: Tensor,
        generate: Callable[..., dict[str, Nest]],
        draw: Draw | None,
        training: bool = True,
    ) -> GeneratedSamples:
        """Translates the samples of a of the batch."""
        return GeneratedSamples(generate(batch["samples"], None))

    def check_final_activations(self) -> None:
        """As `GAN.check_final_activations`."""
        target = symbolic(self.domains["b"])
        judged = [target, symbolic(self.domains["a"])] if self.discriminator.pairs else target
        check_logits_unbounded(self.pair_discriminator, judged)
        source = symbolic(self.domains["a"])
        check_samples_in_range(self.to_b, source, self.domains["b"], self.value_range)
