"""The version, alone, so that a build reads it without importing TensorFlow."""

__version__ = "0.4.0.dev0"
