"""KL divergences from a density-ratio probe: a head that learns ln p/q, and a generator's term."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_above, check_at_least, check_choice
from tfgan_it.information import jensen_shannon_lower_bound, linearized_exp
from tfgan_it.step import Step
from tfgan_it.terms import Term
from tfgan_it.typing import Tensor

DIRECTIONS = ("reverse", "forward")


@keras.saving.register_keras_serializable(package="tfgan_it")
class DensityRatioLoss(Term):
    """softplus(-r(x)) + softplus(r(G)): the probe r learns ln p/q of data and generator.

    The adversarial logit is ln p/q only at the optimum of one loss, and never with a gradient
    penalty or a hinge; the probe has no other objective. The discriminator must output `log_ratio`,
    which `networks.with_probe` adds. It is a term of the discriminator, and reports
    `probe_js_nats`, a lower bound on JS(p || q).

    Args:
        weight: Weight of the term, the only one that trains the probe.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weight is negative; when called, if `log_ratio` is missing.

    Source: Sugiyama et al., 2012, "Density Ratio Estimation in Machine Learning".

    Example:

    >>> DensityRatioLoss(0.5)
    DensityRatioLoss(weight=0.5)
    """

    metric_names = ("probe_js_nats",)
    players = ("discriminator",)

    def __init__(self, weight: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.weight = check_at_least(self, "weight", weight, 0)

    def value(self, step: Step) -> Tensor:
        """Computes the logistic loss, nats, `(batch,)`."""
        outputs = step.outputs
        real, fake = _log_ratio(outputs.required_real), _log_ratio(outputs.generated)
        step.runtime.report(probe_js_nats=jensen_shannon_lower_bound(real, fake))
        # The logistic loss; the report above is its negative half, from ln 2.
        return self.weight * (ops.softplus(-real) + ops.softplus(fake))


@keras.saving.register_keras_serializable(package="tfgan_it")
class DensityRatio(Term):
    """weight KL between generator and data, from the probe r = ln p/q of `DensityRatioLoss`.

        reverse: KL(q || p) = E_q[-r],  minimised through -r(G)
        forward: KL(p || q) >= E_p[r] + 1 - E_q[e^r],  minimised through 1 - e^r(G), r <= `limit`

    It is a term of the generator, with only the part that depends on generated samples. It reports
    the whole divergence, `reverse_kl_nats` or `forward_kl_nats`, after each discriminator update.

    Args:
        direction: `reverse` seeks the data's modes; `forward` covers them.
        weight: Weight of the term.
        limit: Upper limit of r inside the exponential.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the direction is unknown, the weight negative or the limit not above 0; when
            called, if `log_ratio` is missing.

    Source: Nguyen, Wainwright and Jordan, 2010, "Estimating Divergence Functionals and the
    Likelihood Ratio by Convex Risk Minimization"; Sugiyama et al., 2012, "Density Ratio Estimation
    in Machine Learning".

    Example:

    >>> DensityRatio("forward", weight=0.1)
    DensityRatio(direction='forward', weight=0.1)
    """

    players = ("generator",)

    def __init__(
        self, direction: str = "reverse", weight: float = 1.0, limit: float = 2.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        check_choice("direction", direction, DIRECTIONS)
        check_at_least(self, "weight", weight, 0)
        check_above(self, "limit", limit, 0, infinite=True)
        self.direction, self.weight, self.limit = direction, weight, limit
        self.metric_names = (f"{direction}_kl_nats",)

    def value(self, step: Step) -> Tensor:
        """Computes -weight r(G), or weight (1 - e^r(G)), `(batch,)`."""
        ratio = _log_ratio(step.outputs.generated)
        if self.direction == "reverse":
            return -self.weight * ratio
        return self.weight * (1.0 - linearized_exp(ops.minimum(ratio, self.limit)))

    def update(self, step: Step) -> dict[str, Tensor]:
        """Computes the probe's estimate of the divergence on this step's samples."""
        outputs = step.outputs
        real, fake = _log_ratio(outputs.required_real), _log_ratio(outputs.generated)
        if self.direction == "reverse":
            return {"reverse_kl_nats": -fake}
        return {"forward_kl_nats": real + 1.0 - linearized_exp(ops.minimum(fake, self.limit))}


def _log_ratio(outputs: dict[str, Tensor]) -> Tensor:
    if "log_ratio" not in outputs:
        raise ValueError(
            "A density ratio needs a discriminator that gives 'log_ratio' (see "
            f"networks.with_probe), got {', '.join(sorted(outputs))}."
        )
    return ops.reshape(ops.cast(outputs["log_ratio"], "float32"), (-1,))
