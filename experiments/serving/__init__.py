"""TensorFlow Serving's protocol over TensorFlow's C++ loader, where the container cannot run."""
