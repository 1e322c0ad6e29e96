"""Compare two releases."""
