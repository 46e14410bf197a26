"""Parts of `trainers.benchmark`."""
