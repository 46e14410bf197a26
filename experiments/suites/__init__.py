"""Comparisons of systems: many runs by one protocol, and their results."""
