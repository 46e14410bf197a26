"""Adversarial games on logits."""
