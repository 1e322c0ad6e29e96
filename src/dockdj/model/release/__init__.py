"""The release record."""
