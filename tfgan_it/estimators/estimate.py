"""An estimate: a number of nats, how sure it is, how it was made, and what speaks against it."""

from __future__ import annotations

import dataclasses
import math

# Half a 95 % interval, in standard errors.
_NORMAL = 1.96


@dataclasses.dataclass(frozen=True)
class Candidate:
    """An estimate and what is known of its errors.

    Args:
        estimator: Its name.
        nats: The estimate.
        standard_error: By chance.
        bias: By how much it may be too low, at least 0.
        added: What a model has added, which may be wrong, at least 0.
        reason: Why it was taken.
    """

    estimator: str
    nats: float
    standard_error: float
    bias: float = 0.0
    added: float = 0.0
    reason: str = ""

    def finished(self, doubts: tuple[str, ...], n: int) -> Estimate:
        """Returns the estimate with its 95 % interval, for people."""
        half = _NORMAL * self.standard_error
        interval = (self.nats - half - self.added, self.nats + half + self.bias)
        return Estimate(self.nats, interval, self.estimator, self.reason, doubts, n)


@dataclasses.dataclass(frozen=True)
class Estimate:
    """An estimate of a quantity of information.

    Args:
        nats: The estimate.
        interval: Its 95 % interval, (low, high), in nats. The upper end is widened by what may be
            missed where neighbours are far: how often such intervals hold the truth is measured in
            `results/known_information`.
        estimator: What made it.
        reason: Why that estimator was taken.
        warnings: What speaks against the estimate, a sentence each.
        n: Number of samples.

    Example:

    >>> estimate = Estimate(0.5, (0.4, 0.6), "KSG", "for the example", (), 1000)
    >>> round(estimate.bits, 3), float(estimate)
    (0.721, 0.5)
    >>> print(estimate)
    0.500 nats [0.400, 0.600] by KSG, n = 1000
    """

    nats: float
    interval: tuple[float, float]
    estimator: str
    reason: str
    warnings: tuple[str, ...]
    n: int

    @property
    def bits(self) -> float:
        """The estimate in bits."""
        return self.nats / math.log(2)

    def __float__(self) -> float:
        return self.nats

    def __str__(self) -> str:
        low, high = self.interval
        doubts = "".join(f"\n  warning: {warning}" for warning in self.warnings)
        interval = f"[{low:.3f}, {high:.3f}]"
        return f"{self.nats:.3f} nats {interval} by {self.estimator}, n = {self.n}{doubts}"
