"""Dockerrun.aws.json, version 2."""
