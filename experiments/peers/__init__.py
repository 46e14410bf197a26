"""Speed beside the same step elsewhere: in another library, or in a process by itself."""
