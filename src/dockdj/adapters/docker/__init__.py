"""Docker Engine and Compose, through their command-line programs."""
