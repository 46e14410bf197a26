"""Programs: flags in, library calls, files out."""

import os
import time

STARTED = time.perf_counter()  # Before TensorFlow is imported, which a user waits for as well.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
