"""The findings of a verification."""
