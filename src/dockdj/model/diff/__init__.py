"""The difference between two releases."""
