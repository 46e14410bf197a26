"""A GAN whose generator transmits a code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.components import StepContext
from tfgan_it.latents import Categorical, Product
from tfgan_it.losses import VariationalMutualInformation
from tfgan_it.models.gan import GAN


@keras.saving.register_keras_serializable(package="tfgan_it")
class InfoGAN(GAN):
    """min_{G, Q} max_D V(D, G) - lambda L_I(G, Q): a GAN that transmits its codes.

    L_I = H(c) + E ln Q(c|G(z, c)) is a lower bound on I(c; G(z, c)), in nats. Q is a head on the
    discriminator's trunk; it learns from generated images alone. As in the authors' code, L_I
    stands in both players' losses, so that one generator pass serves both: the discriminator's
    optimiser moves trunk and Q, the generator's moves G.

    `fit` and `evaluate` report `information_nats` (L_I) and, for each code,
    `information_nats_<code>`; where there are discrete codes, also `information_gap_nats`, the
    nats of them that Q does not recover: sum H(c) - L_I(c) = -E ln Q(c|x) >= H(c|x) >= 0.

    Args:
        generator: As for `GAN`.
        discriminator: Images to `{"logits": (batch, 1), "codes": (batch, P)}`, where P is
            `latent.codes.posterior_params_size`.
        latent: A `latents.Product` of noise and codes.
        **kwargs: As for `GAN`. A `moving_average` averages the discriminator as well.

    Raises:
        ValueError: a latent without codes, a discriminator without `codes` of their size.

    Source: Chen et al., 2016, "InfoGAN: Interpretable Representation Learning by Information
    Maximizing Generative Adversarial Nets". Departures: exact H(c) and learned, floored posterior
    scales (see `losses.VariationalMutualInformation`).
    """

    def __init__(
        self, generator: keras.Model, discriminator: keras.Model, latent: Product, **kwargs: Any
    ) -> None:
        super().__init__(generator, discriminator, latent, **kwargs)
        if latent.codes is None:
            raise ValueError(
                f"InfoGAN needs a latent with codes, such as Product(noise=Normal(62), "
                f"category=Categorical(10)), got {latent!r}."
            )
        outputs = discriminator(keras.KerasTensor((None, *self.sample_shape)))
        codes = outputs.get("codes") if isinstance(outputs, dict) else None
        if codes is None or codes.shape[-1] != latent.codes.posterior_params_size:
            raise ValueError(
                "InfoGAN's discriminator must give 'codes' "
                f"(batch, {latent.codes.posterior_params_size}) beside 'logits', got {outputs}."
            )
        # Averaged as one pair: an averaged generator speaks a dialect of its own, which the newest
        # recognition head misreads.
        self.discriminator_average = self._average_of(discriminator)
        self.information = VariationalMutualInformation(latent.codes)

    def compile(
        self,
        *args: Any,
        lambda_information: float | Mapping[str, float] = 1.0,
        information_after: int | Mapping[str, int] = 0,
        **kwargs: Any,
    ) -> None:
        """As `GAN.compile`, and the weight of the information term.

        Args:
            *args: As for `GAN.compile`.
            lambda_information: The paper's lambda; one for all codes, or one for each by name.
            information_after: Generator updates before the term counts, while something else finds
                out what a code shall mean; one for all codes, or those of some by name. What is
                reported counts from the start.
            **kwargs: As for `GAN.compile`.
        """
        codes = self.latent.codes.parts
        if not isinstance(lambda_information, Mapping):
            lambda_information = dict.fromkeys(codes, lambda_information)
        if not isinstance(information_after, Mapping):
            information_after = dict.fromkeys(codes, information_after)
        if not set(information_after) <= set(codes):
            raise ValueError(
                f"information_after must name some of {sorted(codes)}, got "
                f"{sorted(information_after)}."
            )
        if set(lambda_information) != set(codes):
            raise ValueError(
                f"lambda_information must name each of {sorted(codes)}, got "
                f"{sorted(lambda_information)}."
            )
        super().compile(*args, **kwargs)
        self.lambda_information = {name: float(lambda_information[name]) for name in codes}
        self.information_after = {name: int(information_after.get(name, 0)) for name in codes}

    @property
    def quantities(self) -> list[str]:
        """Names of what `fit` and `evaluate` report, in order."""
        codes = [f"information_nats_{name}" for name in self.latent.codes.parts]
        gap = ["information_gap_nats"] if self._discrete_codes else []
        return [*super().quantities, "information_nats", *codes, *gap]

    @property
    def _discrete_codes(self) -> dict[str, Categorical]:
        # H(c) - L_I(c) of a continuous code is a differential entropy: it may be below 0.
        codes = self.latent.codes.parts.items()
        return {name: part for name, part in codes if isinstance(part, Categorical)}

    def shared_loss(self, context: StepContext) -> tuple[Any, dict[str, Any]]:
        """-sum_i lambda_i L_I(c_i), `(batch,)`, and each L_I, nats."""
        codes = self.latent.codes_from_latents(context.latents)
        per_code = self.information.per_code(codes, context.fake_outputs["codes"])
        quantities = {f"information_nats_{name}": value for name, value in per_code.items()}
        quantities["information_nats"] = sum(per_code.values())
        if self._discrete_codes:
            quantities["information_gap_nats"] = sum(
                part.entropy() - per_code[name] for name, part in self._discrete_codes.items()
            )
        loss = 0.0
        for name, value in per_code.items():
            weight = self.lambda_information[name]
            if after := self.information_after[name]:
                weight *= ops.cast(context.step >= after, "float32")
            loss -= weight * value
        return loss, quantities

    def infer_codes(self, images: Any, batch_size: int = 256) -> dict[str, np.ndarray]:
        """Posterior parameters of each image's codes under Q(c|x).

        Args:
            images: `(n, height, width, channels)`, uint8, or float in [-1, 1].
            batch_size: Images at a time.

        Returns:
            float32 `(n, ...)` by name: `<code>_probabilities` of a categorical code,
            `<code>_mean` and `<code>_scale` of a continuous one.
        """
        parameters = self._outputs(images, batch_size)["codes"]
        posterior = self.latent.codes.posterior(parameters)
        return {name: ops.convert_to_numpy(value) for name, value in posterior.items()}

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile`, serialised."""
        config = super().get_compile_config()
        if config:
            config["lambda_information"] = dict(self.lambda_information)
            config["information_after"] = dict(self.information_after)
        return config
