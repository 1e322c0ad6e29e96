"""Recompute a release in every place and compare."""
