"""How the difference between two releases looks."""
