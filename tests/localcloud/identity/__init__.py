"""Callers of the cloud."""
