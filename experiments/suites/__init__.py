"""Comparisons of systems: many runs, each measured by one protocol, and what they come to."""
