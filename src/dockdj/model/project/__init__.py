"""A project: its file, compose files, variables and environment contract."""
