"""Models as versioned exports for TensorFlow Serving, ONNX Runtime and LiteRT."""

from tfgan_it.export.model_export import export

__all__ = ["export"]
