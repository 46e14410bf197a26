"""InfoGAN's term: the information that generated samples carry about the generator's codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_at_least, check_integer
from tfgan_it.datasets.modalities import PRESENT
from tfgan_it.latents import Categorical, Product
from tfgan_it.losses import VariationalMutualInformation
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class CodeInformation(Term):
    """-sum_i lambda_i L_I(c_i), L_I(c) = H(c) + E ln Q(c|G(z, c)) <= I(c; G(z, c)), in nats.

        generator       -sum_i lambda_i L_I(c_i)
        discriminator   -sum_i r_i lambda_i L_I(c_i),   r the `recognition_weight`

    Q is a head of the discriminator; its raw parameters are the output `codes`. As in the authors'
    code, the term is part of both players' losses, so that one generator pass serves both: the
    discriminator's optimiser trains the trunk and Q, on generated samples only, and the generator's
    trains G. Where another term trains Q on real samples, such as
    `regularizers.CrossModalInformation`, a `recognition_weight` below 1 keeps Q from learning to
    read whatever the generator draws, which need not be what it reads in real samples. L_I is a
    bound for any Q.

    It reports `information_nats`, the sum of L_I over the codes; `information_nats_<code>` for each
    code; and with discrete codes `information_gap_nats`, the nats that Q does not recover from
    them: sum H(c) - L_I(c) = -E ln Q(c|x) >= H(c|x) >= 0.

    Args:
        lambda_information: The paper's lambda, for all codes or for each by name.
        information_start_step: Number of generator updates before the term applies, for all codes
            or for some by name. Its metrics start at the first step.
        recognition_weight: r, the weight of the term in the discriminator's loss relative to the
            generator's, for all codes or for some by name; the others have 1, as in the paper.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If a weight or a step is below 0; when compiled, if the latent has no codes, the
            weights do not name them, or the discriminator lacks `codes` of their size.

    Source: Chen et al., 2016, "InfoGAN: Interpretable Representation Learning by Information
    Maximizing Generative Adversarial Nets". Departures: exact H(c) and learned, floored posterior
    scales (see `losses.VariationalMutualInformation`).

    Example:

    >>> from tfgan_it import latents, models, networks
    >>> latent = latents.Product(noise=latents.Normal(4), category=latents.Categorical(3))
    >>> sizes = {"width": 2, "features": 8}
    >>> model = models.GAN(
    ...     networks.infogan_generator((8, 8, 1), latent.dimension, **sizes),
    ...     networks.infogan_discriminator((8, 8, 1), 3, **sizes),
    ...     latent,
    ... )
    >>> model.compile("adam", "adam", terms=[CodeInformation()])
    >>> model.metric_names[-3:]
    ['information_nats', 'information_nats_category', 'information_gap_nats']
    """

    needs_both_players = True

    def __init__(
        self,
        lambda_information: float | Mapping[str, float] = 1.0,
        information_start_step: int | Mapping[str, int] = 0,
        recognition_weight: float | Mapping[str, float] = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        _check_each(self, "lambda_information", lambda_information, check_at_least)
        _check_each(self, "information_start_step", information_start_step, check_integer)
        _check_each(self, "recognition_weight", recognition_weight, check_at_least)
        self.lambda_information = lambda_information
        self.information_start_step = information_start_step
        self.recognition_weight = recognition_weight

    def build_for(self, model: BuiltGAN) -> None:
        """Binds the codes of the model's latent."""
        codes = codes_of(model, "CodeInformation")
        self.weights_by_code = _by_code(self, "lambda_information", codes)
        self.start_steps = _by_code(self, "information_start_step", codes, 0)
        self.recognition_weights = _by_code(self, "recognition_weight", codes, 1)
        assert model.latent is not None, "codes_of has checked it"
        self.columns_of = model.latent.codes_from_latents
        self.information = VariationalMutualInformation(codes)
        # H(c) - L_I(c) of a continuous code is a differential entropy and may be negative.
        parts = codes.parts.items()
        self.discrete = {name: part for name, part in parts if isinstance(part, Categorical)}
        names = ["information_nats", *(f"information_nats_{name}" for name in codes.parts)]
        if self.discrete:
            names.append("information_gap_nats")
        self.metric_names = self.evaluation_metric_names = tuple(names)
        check_codes_output(model, "codes", codes.posterior_params_size)

    def value(self, step: Step) -> Tensor:
        """Computes -sum_i lambda_i (H(c_i) + ln Q(c_i|x)), `(batch,)`; times r_i for Q."""
        per_code = self._per_code(step)
        if step.phase == "generator":
            # It is a bound only for codes drawn from the prior.
            where = step.batch.from_prior
            step.runtime.report(**{k: v[where] for k, v in self._by_name(per_code).items()})
        loss = 0.0
        for name, value in per_code.items():
            weight = self.weights_by_code[name]
            if step.phase == "discriminator":
                weight *= self.recognition_weights[name]
            if start := self.start_steps[name]:
                weight *= ops.cast(step.runtime.step >= start, "float32")
            loss -= weight * value
        return loss

    def evaluate(self, step: Step) -> dict[str, Tensor]:
        """Computes L_I of unseen samples, nats."""
        return self._by_name(self._per_code(step))

    def _per_code(self, step: Step) -> dict[str, Tensor]:
        codes = self.columns_of(step.batch.latents)
        return self.information.per_code(codes, step.outputs.generated["codes"])

    def _by_name(self, per_code: dict[str, Tensor]) -> dict[str, Tensor]:
        metrics = {f"information_nats_{name}": value for name, value in per_code.items()}
        metrics["information_nats"] = sum(per_code.values())
        if self.discrete:
            metrics["information_gap_nats"] = sum(
                part.entropy() - per_code[name] for name, part in self.discrete.items()
            )
        return metrics


@keras.saving.register_keras_serializable(package="tfgan_it")
class ModalityInformation(Term):
    """-sum_m lambda_m sum_i lambda_i L_I(c_i; x_m): the information of single modalities, nats.

    Each modality m has a separate recognition head, the discriminator's output `codes_<m>`. The
    term reports `information_nats_<modality>` and `modality_weights_<modality>`, the weight of the
    modality in the joint posterior of generated samples: the output `modality_weights`. Where
    modalities are missing (the part `present` of a sample), the information is that of the samples
    that have the modality.

    Args:
        modalities: Names of the modalities, in their order.
        lambda_modalities: lambda_m, for all modalities or for each by name.
        lambda_information: lambda_i, as for `CodeInformation`.
        recognition_weight: As for `CodeInformation`.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weights do not name each modality; when compiled, if the discriminator
            lacks an output.

    Source: ours, see `models.MultimodalInfoGAN`.

    Example:

    >>> ModalityInformation(["image", "sound"]).metric_names[:2]
    ('information_nats_image', 'information_nats_sound')
    """

    needs_both_players = True

    def __init__(
        self,
        modalities: Sequence[str],
        lambda_modalities: float | Mapping[str, float] = 1.0,
        lambda_information: float | Mapping[str, float] = 1.0,
        recognition_weight: float | Mapping[str, float] = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        _check_each(self, "lambda_modalities", lambda_modalities, check_at_least)
        _check_each(self, "lambda_information", lambda_information, check_at_least)
        _check_each(self, "recognition_weight", recognition_weight, check_at_least)
        self.modalities = tuple(modalities)
        self.lambda_modalities, self.lambda_information = lambda_modalities, lambda_information
        self.recognition_weight = recognition_weight
        weights = lambda_modalities
        if not isinstance(weights, Mapping):
            weights = dict.fromkeys(self.modalities, weights)
        if set(weights) != set(self.modalities):
            raise ValueError(
                f"lambda_modalities must name each of {sorted(self.modalities)}, got "
                f"{sorted(weights)}."
            )
        self.weights_by_modality = {name: float(weights[name]) for name in self.modalities}
        names = [f"information_nats_{name}" for name in self.modalities]
        names += [f"modality_weights_{name}" for name in self.modalities]
        self.metric_names = self.evaluation_metric_names = tuple(names)

    def build_for(self, model: BuiltGAN) -> None:
        """Binds the codes of the model's latent."""
        codes = codes_of(model, "ModalityInformation")
        self.weights_by_code = _by_code(self, "lambda_information", codes)
        self.recognition_weights = _by_code(self, "recognition_weight", codes, 1)
        assert model.latent is not None, "codes_of has checked it"
        self.columns_of = model.latent.codes_from_latents
        self.information = VariationalMutualInformation(codes)
        for name in self.modalities:
            check_codes_output(model, f"codes_{name}", codes.posterior_params_size)
        check_codes_output(model, "modality_weights", len(self.modalities))

    def value(self, step: Step) -> Tensor:
        """Computes -sum_m lambda_m sum_i lambda_i (H(c_i) + ln Q_m(c_i|x_m)), `(batch,)`.

        In the discriminator's loss each code has its `recognition_weight` too.
        """
        per_modality = self._per_modality(step)
        weights = self.weights_by_code
        if step.phase == "generator":
            self._report(step, per_modality)
        else:
            weights = {code: w * self.recognition_weights[code] for code, w in weights.items()}
        loss = 0.0
        for name, per_code in per_modality.items():
            weighted = sum(weights[code] * per_code[code] for code in per_code)
            loss = loss - self.weights_by_modality[name] * weighted
        return loss

    def evaluate(self, step: Step) -> dict[str, Tensor]:
        """Reports L_I and the weight of each modality on unseen samples."""
        self._report(step, self._per_modality(step))
        return {}

    def _per_modality(self, step: Step) -> dict[str, dict[str, Tensor]]:
        codes, outputs = self.columns_of(step.batch.latents), step.outputs.generated
        return {
            name: self.information.per_code(codes, outputs[f"codes_{name}"])
            for name in self.modalities
        }

    def _report(self, step: Step, per_modality: dict[str, dict[str, Tensor]]) -> None:
        weights = step.outputs.generated["modality_weights"]
        samples = step.batch.generated
        present = samples.get(PRESENT) if isinstance(samples, dict) else None
        for index, (name, per_code) in enumerate(per_modality.items()):
            there = {} if present is None else {"applies": present[:, index]}
            nats = {f"information_nats_{name}": sum(per_code.values())}
            step.runtime.report(**there, **nats)
            step.runtime.report(**{f"modality_weights_{name}": weights[:, index]})


def codes_of(model: BuiltGAN, term: str) -> Product:
    """Returns the codes of a model's latent.

    Raises:
        ValueError: If it has none.
    """
    codes = model.latent.codes if model.latent is not None else None
    if codes is None:
        raise ValueError(
            f"{term} needs a latent with codes, such as Product(noise=Normal(62), "
            f"category=Categorical(10)), got {model.latent!r}."
        )
    return codes


def check_codes_output(model: BuiltGAN, name: str, columns: int) -> None:
    """Checks that the discriminator has an output `(batch, columns)` of that name.

    Raises:
        ValueError: If it has not; the message lists its outputs.
    """
    outputs = model.discriminator_outputs
    if name not in outputs or outputs[name][-1:] != (columns,):
        raise ValueError(
            f"The discriminator must give {name!r} (batch, {columns}) beside 'logits', got "
            f"{outputs}."
        )


def _check_each(term: Term, name: str, values: Any, check: Callable[..., Any]) -> None:
    """Checks that no number is below 0, be it one for all or one for each name."""
    for value in values.values() if isinstance(values, Mapping) else [values]:
        check(term, name, value, 0)


def _by_code(term: Any, argument: str, codes: Product, default: Any = None) -> dict[str, Any]:
    """Returns an argument for each code, by name; codes that it leaves out have the default."""
    values = getattr(term, argument)
    if not isinstance(values, Mapping):
        values = dict.fromkeys(codes.parts, values)
    wanted = set(codes.parts)
    if set(values) - wanted or (default is None and set(values) != wanted):
        raise ValueError(
            f"{argument} must name {'each' if default is None else 'some'} of {sorted(wanted)}, "
            f"got {sorted(values, key=str)}."
        )
    return {name: values.get(name, default) for name in codes.parts}
