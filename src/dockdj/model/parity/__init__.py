"""The difference between two environments."""
