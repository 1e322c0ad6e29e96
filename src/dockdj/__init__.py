"""Dockdj releases a Django application and its whole stack as one unit."""

__version__ = "0.1.0"
