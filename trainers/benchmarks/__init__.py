"""What `trainers.benchmark` compares, counts and draws."""
