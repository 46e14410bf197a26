"""Total correlation of inferred codes, penalised: codes that are independent of each other."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_at_least, check_choice
from tfgan_it.distribution import all_gather
from tfgan_it.information import jensen_shannon_lower_bound
from tfgan_it.latents import Categorical, Product
from tfgan_it.latents.code_sampling import normal_sample
from tfgan_it.networks import mlp_discriminator
from tfgan_it.regularizers.information.code_information import check_codes_output, codes_of
from tfgan_it.regularizers.information.infomax import SOURCES
from tfgan_it.seeds import seeded_initializers
from tfgan_it.step import Step
from tfgan_it.terms import PLAYERS, BuiltGAN, Term
from tfgan_it.typing import Draw, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class TotalCorrelation(Term):
    """weight TC(c) of the codes that Q infers, by a critic r of codes and permuted codes.

        TC(c) = KL(q(c) || prod_j q(c_j)) = E_q(c) ln q(c) / prod_j q(c_j),  minimised as E r(c)
        r = argmax ln 2 - 1/2 (E softplus(-r(c)) + E softplus(r(c')))

    c' are the codes of a batch in which each code has been permuted over the samples by itself, so
    that it keeps its distribution and loses its dependence on the others. Continuous codes are
    drawn from Q(c|x), each of their columns being a variable of its own; a categorical code is the
    vector of its probabilities, one variable, whose total correlation is at least that of the
    category. r is a network of this term. The player's optimiser trains it by the second line, on
    codes that pass no gradient; the first line passes no gradient to r. It reports
    `total_correlation_nats_<source>`, E r(c): an estimate, which lags behind while r learns.

    Args:
        source: `generated` or `real`, the samples whose codes are inferred. The codes of real ones
            can be penalised in the discriminator only, which holds Q; those of generated ones in
            each player, or in both by `terms`.
        weight: Weight of the total correlation, gamma of the paper; 0 only measures it.
        critic: A Keras model from codes to `(batch, 1)`; by default `networks.mlp_discriminator`.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the source is unknown or the weight negative; when compiled, if the latent
            has no codes, they are only one variable, or the discriminator does not give `codes`.

    Source: Kim and Mnih, 2018, "Disentangling by Factorising". Departures: the codes are permuted
    within the batch that is penalised, not within a second one; Q is that of InfoGAN.

    Example:

    >>> TotalCorrelation("real", weight=2.0)
    TotalCorrelation(source='real', weight=2.0)
    """

    def __init__(
        self,
        source: str = "generated",
        weight: float = 1.0,
        critic: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_choice("source", source, SOURCES)
        check_at_least(self, "weight", weight, 0)
        self.source, self.weight, self.critic = source, weight, critic
        self.players = ("discriminator",) if source == "real" else PLAYERS
        self.metric_names = (f"total_correlation_nats_{source}",)

    def build_for(self, model: BuiltGAN) -> None:
        """Binds the codes of the model's latent, and builds the critic."""
        self.codes: Product = codes_of(model, "TotalCorrelation")
        check_codes_output(model, "codes", self.codes.posterior_params_size)
        self.sizes = _sizes_of_variables(self.codes)
        if len(self.sizes) < 2:
            raise ValueError(
                f"TotalCorrelation: {', '.join(self.codes.parts)} is one variable, which depends "
                "on no other: give the latent a second code."
            )
        with seeded_initializers(model.seed + 2):  # Other than the networks' and critics'.
            self.network: keras.Model = self.critic or mlp_discriminator((sum(self.sizes),))

    def value(self, step: Step) -> Tensor:
        """Computes weight r(c) and the critic's loss, `(batch,)`."""
        outputs = step.outputs.generated
        if self.source == "real":
            outputs = step.outputs.required_real
        codes = inferred_codes(self.codes, outputs["codes"], step.runtime.draw)
        return self.penalty(codes, step)

    def penalty(self, codes: Tensor, step: Step) -> Tensor:
        """Computes the same of codes as `inferred_codes` gives them, `(batch, columns)`."""
        constant = ops.stop_gradient(codes)
        permuted = permuted_codes(constant, self.sizes, step.runtime.draw)
        joint, product = self._log_ratio(constant), self._log_ratio(permuted)
        step.runtime.report(**{self.metric_names[0]: joint})
        # Two passes whose gradients cancel in r: only that in the codes is left.
        of_codes = self._log_ratio(codes) - joint + ops.stop_gradient(joint)
        return self.weight * of_codes - jensen_shannon_lower_bound(joint, product)

    def _log_ratio(self, codes: Tensor) -> Tensor:
        return ops.reshape(ops.cast(self.network(codes), "float32"), (-1,))


def inferred_codes(codes: Product, parameters: Tensor, draw: Draw) -> Tensor:
    """Returns samples of Q(c|x) of continuous codes, probabilities of others; with gradients.

    Args:
        codes: The codes.
        parameters: Raw outputs of a recognition head, `(batch, posterior_params_size)`.
        draw: As for `Runtime.draw`.

    Returns:
        float32 `(batch, columns)`, one after the other.
    """
    columns = []
    parameters_of = codes.split_parameters(ops.cast(parameters, "float32"))
    for name, part in codes.parts.items():
        posterior = part.posterior(parameters_of[name])
        if isinstance(part, Categorical):
            columns.append(posterior["probabilities"])
        else:
            columns.append(normal_sample(posterior, draw))
    return ops.concatenate(columns, axis=-1)


def permuted_codes(codes: Tensor, sizes: list[int], draw: Draw) -> Tensor:
    """Permutes each variable over the samples of the global batch, independently of the others.

    Args:
        codes: `(batch, columns)` of this replica.
        sizes: Number of columns of each variable.
        draw: As for `Runtime.draw`.

    Returns:
        This replica's share of the permuted batch, `(batch, columns)`.

    Example:

    >>> def draw(function):
    ...     return function(3, seed=1)
    >>> codes = ops.convert_to_tensor([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    >>> sorted(permuted_codes(codes, [1, 1], draw)[:, 1].numpy().tolist())
    [10.0, 20.0, 30.0]
    """
    count = len(sizes)
    orders = draw(lambda n, seed: ops.argsort(keras.random.uniform((n, count), seed=seed), axis=0))
    gathered, columns, start = all_gather(codes), [], 0
    for index, size in enumerate(sizes):
        columns.append(ops.take(gathered[:, start : start + size], orders[:, index], axis=0))
        start += size
    return ops.concatenate(columns, axis=-1)


def _sizes_of_variables(codes: Product) -> list[int]:
    """Returns the number of columns of each variable: all of a category, one of other codes."""
    sizes: list[int] = []
    for part in codes.parts.values():
        sizes += [part.dimension] if isinstance(part, Categorical) else [1] * part.dimension
    return sizes
