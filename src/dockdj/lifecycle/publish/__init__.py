"""Push a release to a registry and to Git."""
