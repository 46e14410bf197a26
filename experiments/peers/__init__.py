"""Programs of other libraries that do the same step, in environments of their own."""
