"""Callers of the cloud: the owner of its keys, and instances with the credentials of their profile."""
