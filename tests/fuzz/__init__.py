"""Every parser takes any input: it returns or raises a typed error, in time."""
