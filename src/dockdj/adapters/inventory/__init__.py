"""Packages and files inside an image, read from the engine."""
