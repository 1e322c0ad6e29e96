"""Environments on this machine: containers, variables, one-off processes."""
