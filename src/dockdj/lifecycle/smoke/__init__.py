"""Start the built images together and test them from outside."""
