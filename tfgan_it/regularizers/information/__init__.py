"""Information within a network, entropy of samples, divergence from data, in nats."""
