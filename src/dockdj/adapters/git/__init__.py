"""Git, through the `git` command."""
