"""The services of secrets."""
