"""Terms of information within networks, entropy of samples and divergence from data, in nats."""
