"""Programs that make reference values with other libraries, in environments of their own."""
