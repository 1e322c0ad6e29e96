"""What this process is made of, asked where it runs."""

import platform
from pathlib import Path

import django
from django.db import connection

OS_RELEASE = Path("/etc/os-release")


def stack(server: str) -> list[tuple[str, str]]:
    """Parts and their versions. `server` is SERVER_SOFTWARE, such as `gunicorn/27.0.1` (PEP 3333)."""
    name, _, version = server.partition(" ")[0].partition("/")
    parts = [
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
        (name, version or "?"),
        ("System", system()),
        ("Database", connection.display_name),
    ]
    return [part for part in parts if part[0]]


def system() -> str:
    """The distribution's own name for itself, without the part in brackets."""
    try:
        lines = OS_RELEASE.read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.system()
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    return found.get("PRETTY_NAME", platform.system()).strip('"').partition(" (")[0]
