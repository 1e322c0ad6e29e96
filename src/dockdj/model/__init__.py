"""The nouns: frozen values and pure functions."""
