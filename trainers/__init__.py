"""Command-line programs: they read flags, call the library and write files."""

import os
import time

from .library import import_without_keras

STARTED = time.perf_counter()  # Before the import of TensorFlow, which counts as start-up time.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# By itself TensorFlow leaves oneDNN off on processors without AVX512_VNNI: a step of InfoGAN takes
# 1.6 times as long there.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
import_without_keras()
