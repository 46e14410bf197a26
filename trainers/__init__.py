"""Programs: flags in, library calls, files out."""
