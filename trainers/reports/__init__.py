"""The page of a run, and that of several runs side by side."""
