"""The information that samples carry about their conditions, by their embeddings."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_above, check_at_least
from tfgan_it.distribution import all_gather
from tfgan_it.losses import InfoNCE
from tfgan_it.regularizers.matching_aware import check_embeddings
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Nest, Tensor

_EPSILON = 1e-12


@keras.saving.register_keras_serializable(package="tfgan_it")
class PairInformation(Term):
    """-lambda I_NCE, a lower bound on I(x; y) of samples and their conditions, in nats.

        I_NCE = (E ln [e^s_ii / mean_j e^s_ij] + E ln [e^s_ii / mean_j e^s_ji]) / 2 <= ln B

    with the cosines s_ij = cos(v(x_i), t(y_j)) / temperature over the B pairs of all replicas: a
    sample finds its condition among B, and a condition its sample. v and t are the discriminator's
    outputs `sample_embedding` and `condition_embedding`. The discriminator raises the information
    of real pairs, the generator that of its samples and what they were asked for. The term reports
    `pair_information_nats`, of generated samples, and `real_pair_information_nats`.

    Args:
        lambda_: Weight of the term.
        temperature: Divisor of the cosines.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If a number is out of range; when compiled, if the discriminator lacks the
            embeddings.

    Source: Zhang et al., 2021, "Cross-Modal Contrastive Learning for Text-to-Image Generation".
    Departures: ln B is added, so that the value is the bound; both directions.

    Example:

    >>> PairInformation(0.5)
    PairInformation(lambda_=0.5)
    """

    needs_both_players = True
    metric_names = ("pair_information_nats", "real_pair_information_nats")
    evaluation_metric_names = metric_names

    def __init__(self, lambda_: float = 1.0, temperature: float = 0.1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lambda_ = check_at_least(self, "lambda_", lambda_, 0)
        self.temperature = check_above(self, "temperature", temperature, 0)
        self.bound = InfoNCE()

    def build_for(self, model: BuiltGAN) -> None:
        """Checks that the discriminator embeds samples and conditions."""
        check_embeddings(self, model)

    def value(self, step: Step) -> Tensor:
        """Computes -lambda I_NCE, `(batch,)`."""
        in_generator_phase = step.phase == "generator"
        outputs = step.outputs.generated if in_generator_phase else step.outputs.required_real
        information = self.information(outputs)
        name = self.metric_names[0 if in_generator_phase else 1]
        step.runtime.report(**{name: information})
        return -self.lambda_ * information

    def evaluate(self, step: Step) -> dict[str, Tensor]:
        """Computes both metrics of unseen samples, nats; at most the logarithm of their batch."""
        both = step.outputs.generated, step.outputs.required_real
        return dict(zip(self.metric_names, map(self.information, both), strict=True))

    def information(self, outputs: dict[str, Nest]) -> Tensor:
        """Computes I_NCE of each pair of this replica, nats, `(batch,)`."""
        v, t = (_unit(outputs[name]) for name in ("sample_embedding", "condition_embedding"))
        directions = [
            -self.bound.call(None, ops.matmul(a, ops.transpose(all_gather(b))) / self.temperature)
            for a, b in ((v, t), (t, v))
        ]
        return 0.5 * (directions[0] + directions[1])


def _unit(x: Tensor) -> Tensor:
    x = ops.cast(x, "float32")
    return x * ops.rsqrt(ops.sum(ops.square(x), axis=-1, keepdims=True) + _EPSILON)
