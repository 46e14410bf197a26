"""Models as versioned SavedModels that TensorFlow Serving runs."""

from tfgan_it.export.saved_model import export

__all__ = ["export"]
