"""Secrets, and the search for them."""
