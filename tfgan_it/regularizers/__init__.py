"""Terms that a player adds to its loss, with the step's tensors, gradients and a memory."""

from tfgan_it.components import StepContext
from tfgan_it.regularizers.bottleneck import Bottleneck
from tfgan_it.regularizers.consistency import Consistency
from tfgan_it.regularizers.contrastive import ContrastiveCodes
from tfgan_it.regularizers.density_ratio import DensityRatio, RatioProbe
from tfgan_it.regularizers.entropy import NeighborEntropy
from tfgan_it.regularizers.gradient_matching import GradientMatching
from tfgan_it.regularizers.gradient_penalty import R1, R2, Dragan, GradientPenalty
from tfgan_it.regularizers.infomax import InfoMax
from tfgan_it.regularizers.lecam import LeCam
from tfgan_it.regularizers.moments import FeatureGaussian, LabelMarginal
from tfgan_it.regularizers.mutual_information import MutualInformation
from tfgan_it.regularizers.neighbor_embedding import NeighborEmbedding
from tfgan_it.regularizers.orthogonal import Orthogonal
from tfgan_it.regularizers.paired_information import PairedCodes
from tfgan_it.regularizers.regularizer import Regularizer
from tfgan_it.regularizers.transformed_views import NTXent
from tfgan_it.regularizers.view_information import ViewInformation
from tfgan_it.regularizers.weights import WeightClip

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
    "PairedCodes",
    "RatioProbe",
    "Regularizer",
    "StepContext",
    "ViewInformation",
    "WeightClip",
]
