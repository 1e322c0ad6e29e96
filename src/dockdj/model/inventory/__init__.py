"""The contents of an image."""
