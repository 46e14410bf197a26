"""Penalties on a network: its gradients, outputs and weights."""
