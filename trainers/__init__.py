"""Command-line programs: they read flags, call the library and write files."""

import os
import time

STARTED = time.perf_counter()  # Before the import of TensorFlow, which counts as start-up time.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
