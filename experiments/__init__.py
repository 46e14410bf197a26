"""Comparisons of systems and the pictures of docs/; not part of the wheel."""
