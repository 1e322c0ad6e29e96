"""Compose files, pages, logs and evidence of smoke tests."""
