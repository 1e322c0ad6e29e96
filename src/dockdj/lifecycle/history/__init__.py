"""Releases that exist, and what ran where and when."""
