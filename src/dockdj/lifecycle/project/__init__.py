"""Make and load a project."""
