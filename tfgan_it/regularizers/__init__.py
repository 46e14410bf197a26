"""Terms of a player's loss besides the adversarial one, and constraints on weights."""

from tfgan_it.regularizers.information.bottleneck import Bottleneck
from tfgan_it.regularizers.information.code_information import CodeInformation, ModalityInformation
from tfgan_it.regularizers.information.condition_information import ConditionInformation
from tfgan_it.regularizers.information.density_ratio import DensityRatio, DensityRatioLoss
from tfgan_it.regularizers.information.infomax import InfoMax
from tfgan_it.regularizers.information.latent_information import MutualInformation
from tfgan_it.regularizers.information.moments import FeatureGaussian, LabelMarginal
from tfgan_it.regularizers.information.neighbor_entropy import NeighborEntropy
from tfgan_it.regularizers.information.pair_information import PairInformation
from tfgan_it.regularizers.information.total_correlation import TotalCorrelation
from tfgan_it.regularizers.matching_aware import MatchingAware
from tfgan_it.regularizers.penalties.consistency import Consistency
from tfgan_it.regularizers.penalties.gradient_matching import GradientMatching
from tfgan_it.regularizers.penalties.gradient_penalty import R1, R2, Dragan, GradientPenalty
from tfgan_it.regularizers.penalties.lecam import LeCam
from tfgan_it.regularizers.penalties.orthogonal import Orthogonal
from tfgan_it.regularizers.penalties.weight_clip import WeightClip
from tfgan_it.regularizers.prior_score import PriorScore
from tfgan_it.regularizers.registry import get, get_term_lists, get_terms
from tfgan_it.regularizers.token_score import TokenScore
from tfgan_it.regularizers.translation import (
    CycleConsistency,
    IdentityMapping,
    PairedReconstruction,
    PatchInformation,
)
from tfgan_it.regularizers.variational.posterior_kl import PosteriorKL
from tfgan_it.regularizers.variational.reconstruction import FeatureReconstruction
from tfgan_it.regularizers.views.contrastive_codes import ContrastiveCodes
from tfgan_it.regularizers.views.cross_modal import CrossModalInformation
from tfgan_it.regularizers.views.neighbor_embedding import NeighborEmbedding
from tfgan_it.regularizers.views.nt_xent import NTXent
from tfgan_it.regularizers.views.view_information import ViewInformation
from tfgan_it.step import Step
from tfgan_it.terms import Term

__all__ = [
    "R1",
    "R2",
    "Bottleneck",
    "CodeInformation",
    "ConditionInformation",
    "Consistency",
    "ContrastiveCodes",
    "CrossModalInformation",
    "CycleConsistency",
    "DensityRatio",
    "DensityRatioLoss",
    "Dragan",
    "FeatureGaussian",
    "FeatureReconstruction",
    "GradientMatching",
    "GradientPenalty",
    "IdentityMapping",
    "InfoMax",
    "LabelMarginal",
    "LeCam",
    "MatchingAware",
    "ModalityInformation",
    "MutualInformation",
    "NTXent",
    "NeighborEmbedding",
    "NeighborEntropy",
    "Orthogonal",
    "PairInformation",
    "PairedReconstruction",
    "PatchInformation",
    "PosteriorKL",
    "PriorScore",
    "Step",
    "Term",
    "TokenScore",
    "TotalCorrelation",
    "ViewInformation",
    "WeightClip",
    "get",
    "get_term_lists",
    "get_terms",
]
