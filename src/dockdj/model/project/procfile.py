"""A Procfile: the process types of an environment."""

import re


def has_process(procfile: str, name: str) -> bool:
    """Tell whether a Procfile has a line for this process type."""
    return re.search(rf"^{re.escape(name)}:", procfile, re.MULTILINE) is not None
