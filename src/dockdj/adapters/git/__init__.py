"""Git through its command-line program."""
