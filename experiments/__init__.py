"""Comparisons of systems and the pictures of docs/; not part of the wheel."""

import trainers  # noqa: F401  # It sets what TensorFlow reads while it is imported.
