"""Terms of generators that translate samples between two domains."""

from tfgan_it.regularizers.translation.cycle_consistency import CycleConsistency, IdentityMapping

__all__ = ["CycleConsistency", "IdentityMapping"]
