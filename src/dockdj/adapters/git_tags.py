"""The messages of all tags as bytes: thousands of records are read in the time that Git takes."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from dockdj.adapters import shell
from dockdj.adapters.git import Repository

FORMAT = "%(refname:strip=2)%00%(contents)%00"


def messages(repository: Repository) -> Iterator[tuple[str, bytes]]:
    """Tag and message of every tag; a lightweight one has its commit's. Raises CommandFailed."""
    with tempfile.TemporaryDirectory(prefix="dockdj-tags-") as folder:
        path = Path(folder) / "tags"
        argv = ["git", "-C", str(repository.top), "for-each-ref", f"--format={FORMAT}", "refs/tags"]
        asked = shell.save(argv, path)
        if asked.status != 0:
            raise shell.failure(asked.argv, asked.status, asked.stderr)
        content = path.read_bytes()
    start = 0
    # Not split at once: that would copy everything.
    while (middle := content.find(b"\0", start)) >= 0:
        end = content.index(b"\0", middle + 1)
        yield content[start:middle].decode(errors="replace").strip(), content[middle + 1 : end]
        start = end + 1
