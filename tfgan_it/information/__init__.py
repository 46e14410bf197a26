"""The arithmetic of nats: entropy, divergences, Gaussians, and bounds on a mutual information.

Losses, latents, metrics, estimators, regularizers and callbacks share these formulas. Functions of
probabilities take tensors and NumPy arrays (see `information.arrays`) and share one rule for zeros
(see `information.log_probs`).
"""

from tfgan_it.information.bounds import (
    club,
    donsker_varadhan,
    info_nce,
    interpolated,
    leave_one_out,
    nwj,
    pair_classification,
    tuba,
)
from tfgan_it.information.divergences import (
    jensen_shannon,
    jensen_shannon_lower_bound,
    kullback_leibler,
    renyi,
)
from tfgan_it.information.entropy import categorical_log_prob, cross_entropy, shannon_entropy
from tfgan_it.information.f_divergences import DIVERGENCES, Divergence, f_divergence
from tfgan_it.information.gaussians import (
    diagonal_gaussian_entropy,
    diagonal_gaussian_kullback_leibler,
    gaussian_entropy,
    gaussian_kullback_leibler,
    gaussian_log_prob,
)
from tfgan_it.information.grouping import (
    grouped_information,
    improved_groups,
    most_informative_groups,
)
from tfgan_it.information.inclusion_exclusion import co_information
from tfgan_it.information.joint_tables import joint_table, log_ratios, mutual_information
from tfgan_it.information.log_probs import (
    LogProbs,
    from_log_probs,
    from_logits,
    from_probs,
    log_softmax,
)
from tfgan_it.information.scores import (
    linearized_exp,
    log_mean_exp,
    log_mean_exp_negatives,
    log_mean_exp_without_each,
    mean_negatives,
    positive_scores,
)
from tfgan_it.information.shared_code import shared_code_scores

__all__ = [
    "DIVERGENCES",
    "Divergence",
    "LogProbs",
    "categorical_log_prob",
    "club",
    "cross_entropy",
    "diagonal_gaussian_entropy",
    "diagonal_gaussian_kullback_leibler",
    "donsker_varadhan",
    "f_divergence",
    "from_log_probs",
    "from_logits",
    "from_probs",
    "gaussian_entropy",
    "gaussian_kullback_leibler",
    "gaussian_log_prob",
    "grouped_information",
    "improved_groups",
    "info_nce",
    "co_information",
    "interpolated",
    "jensen_shannon",
    "jensen_shannon_lower_bound",
    "joint_table",
    "kullback_leibler",
    "leave_one_out",
    "linearized_exp",
    "log_mean_exp",
    "log_mean_exp_negatives",
    "log_mean_exp_without_each",
    "log_ratios",
    "log_softmax",
    "mean_negatives",
    "most_informative_groups",
    "mutual_information",
    "nwj",
    "pair_classification",
    "positive_scores",
    "renyi",
    "shannon_entropy",
    "shared_code_scores",
    "tuba",
]
