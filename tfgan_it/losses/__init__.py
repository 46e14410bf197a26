"""Losses: adversarial games, and information in nats."""

from tfgan_it.losses import adversarial, mutual_information
from tfgan_it.losses.adversarial import AdversarialLoss, Minimax, NonSaturating
from tfgan_it.losses.mutual_information import VariationalMutualInformation

__all__ = [
    "AdversarialLoss",
    "Minimax",
    "NonSaturating",
    "VariationalMutualInformation",
    "adversarial",
    "mutual_information",
]
