"""Compare two environments."""
