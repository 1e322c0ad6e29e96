"""Tell a local cloud's state folder from a folder of anything else."""

from __future__ import annotations

import json
from pathlib import Path

from dockdj.errors import Refused
from dockdj.localcloud.state import ownership
from dockdj.localcloud.state.settings import ACCESS_KEY_PREFIX, SETTINGS

DATABASE = "state.sqlite"
LOG = "server.log"
HINT = "set DOCKDJ_STATE to the folder of the local cloud"
# A failed start leaves these.
BEGINNINGS = (ownership.COMMAND, ownership.SERVER, LOG)


def require_usable(folder: Path) -> None:
    """Raise Refused unless the folder is missing, empty or a cloud's, because `reset` will remove what is in it."""
    content = _content(folder)
    if content and not {SETTINGS, DATABASE} & set(content):
        raise Refused(f"{folder} is not a local cloud's folder: it already contains {content[0]}", hint=HINT)


def require_made(folder: Path) -> None:
    """Raise Refused unless a cloud made the folder. A missing or empty folder has nothing to lose."""
    if _content(folder) and not _is_settings(folder / SETTINGS):
        raise Refused(f"{folder} is not a local cloud's folder: it has no {SETTINGS} of a cloud", hint=HINT)


def _content(folder: Path) -> list[str]:
    """The sorted names in a folder, without those that a failed start leaves."""
    return sorted(path.name for path in folder.iterdir() if path.name not in BEGINNINGS) if folder.exists() else []


def _is_settings(path: Path) -> bool:
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and str(document.get("access_key", "")).startswith(ACCESS_KEY_PREFIX)
