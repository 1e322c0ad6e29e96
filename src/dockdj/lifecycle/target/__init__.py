"""A target: create, look at, wait for, terminate."""
