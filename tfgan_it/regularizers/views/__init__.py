"""Terms that compare samples: views of an image, parts of a sample, pairs of latents."""
