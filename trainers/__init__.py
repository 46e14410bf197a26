"""Command-line programs: they read flags, call the library and write files."""

import os
import time

from .library import import_without_keras

STARTED = time.perf_counter()  # Before the import of TensorFlow, which counts as start-up time.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import_without_keras()
