"""Terms that compare samples: views of one image, parts of it, pairs of latents."""
