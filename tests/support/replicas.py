"""Two replicas on one CPU, one strategy for all tests.

Two MirroredStrategy objects in one process number their collective operations alike, and meet.
"""

import tensorflow as tf

MIRRORED = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
