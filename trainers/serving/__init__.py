"""Clients of TensorFlow Serving, which import neither Keras nor TensorFlow."""
