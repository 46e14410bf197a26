"""Terms of generators that translate samples between two domains."""

from tfgan_it.regularizers.translation.cycle_consistency import CycleConsistency, IdentityMapping
from tfgan_it.regularizers.translation.paired_reconstruction import PairedReconstruction
from tfgan_it.regularizers.translation.patch_information import PatchInformation

__all__ = ["CycleConsistency", "IdentityMapping", "PairedReconstruction", "PatchInformation"]
