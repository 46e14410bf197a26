"""Terms that a player adds to its loss, with the step's tensors, gradients and a memory."""

from tfgan_it.components import StepContext
from tfgan_it.regularizers.information.bottleneck import Bottleneck
from tfgan_it.regularizers.information.density_ratio import DensityRatio, DensityRatioLoss
from tfgan_it.regularizers.information.infomax import InfoMax
from tfgan_it.regularizers.information.latent_information import MutualInformation
from tfgan_it.regularizers.information.moments import FeatureGaussian, LabelMarginal
from tfgan_it.regularizers.information.neighbor_entropy import NeighborEntropy
from tfgan_it.regularizers.penalties.consistency import Consistency
from tfgan_it.regularizers.penalties.gradient_matching import GradientMatching
from tfgan_it.regularizers.penalties.gradient_penalty import R1, R2, Dragan, GradientPenalty
from tfgan_it.regularizers.penalties.lecam import LeCam
from tfgan_it.regularizers.penalties.orthogonal import Orthogonal
from tfgan_it.regularizers.penalties.weight_clip import WeightClip
from tfgan_it.regularizers.regularizer import Regularizer
from tfgan_it.regularizers.views.contrastive_codes import ContrastiveCodes
from tfgan_it.regularizers.views.cross_modal import CrossModalInformation
from tfgan_it.regularizers.views.neighbor_embedding import NeighborEmbedding
from tfgan_it.regularizers.views.nt_xent import NTXent
from tfgan_it.regularizers.views.view_information import ViewInformation

__all__ = [
    "R1",
    "R2",
    "Bottleneck",
    "Consistency",
    "ContrastiveCodes",
    "DensityRatio",
    "Dragan",
    "FeatureGaussian",
    "GradientMatching",
    "GradientPenalty",
    "InfoMax",
    "LabelMarginal",
    "LeCam",
    "MutualInformation",
    "NTXent",
    "NeighborEmbedding",
    "NeighborEntropy",
    "Orthogonal",
    "CrossModalInformation",
    "DensityRatioLoss",
    "Regularizer",
    "StepContext",
    "ViewInformation",
    "WeightClip",
]
