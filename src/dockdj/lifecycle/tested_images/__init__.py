"""Publish tested images, pull them elsewhere, and reuse them in a release."""
