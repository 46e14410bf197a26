"""Pages of the documentation site that are made from docstrings and records; not in the wheel."""
