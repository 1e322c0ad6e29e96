"""What `engine_socket` does, through Docker's own client: for engines behind ssh, tcp or an older version."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from dockdj.adapters import shell
from dockdj.adapters.docker import client as docker

NO_FILE = ("could not find the file", "no such file")


@dataclass(frozen=True)
class Client:
    """What is asked of an engine to read images that are never started."""

    def inspect(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Name -> document of each image that the engine has. One call where it has all."""
        asked = shell.capture(["docker", "image", "inspect", *names], check=False)
        if asked.status == 0:
            return dict(zip(names, json.loads(asked.stdout), strict=True))
        if "no such image" not in asked.stderr.lower():
            raise shell.failure(asked.argv, asked.status, asked.stderr)
        return {name: found for each in names if len(names) > 1 for name, found in self.inspect([each]).items()}

    def create(self, image_id: str, labels: Mapping[str, str]) -> str:
        """Make a container that is never started; its id. The command word is for images that have none."""
        words = [word for key, value in labels.items() for word in ("--label", f"{key}={value}")]
        return shell.capture(["docker", "create", "--network", "none", *words, image_id, "/none"]).stdout.strip()

    @contextmanager
    def archive(self, container: str, path: str) -> Iterator[IO[bytes] | None]:
        """A path as a tar stream, None when there is none."""
        with tempfile.TemporaryDirectory(prefix="dockdj-inventory-") as folder:
            file = Path(folder) / "archive.tar"
            asked = shell.save(["docker", "cp", f"{container}:{path}", "-"], file)
            if asked.status == 0:
                with file.open("rb") as stream:
                    yield stream
            elif any(words in asked.stderr.lower() for words in NO_FILE):
                yield None
            else:
                raise shell.failure(asked.argv, asked.status, asked.stderr)

    def labelled(self, label: str) -> dict[str, str]:
        """Container -> value of the label, of those that have it."""
        form = f'{{{{.ID}}}} {{{{.Label "{label}"}}}}'
        argv = ["docker", "ps", "--all", "--no-trunc", "--filter", f"label={label}", "--format", form]
        return {line.split(" ", 1)[0]: line.split(" ", 1)[1] for line in shell.capture(argv).stdout.splitlines()}

    def remove(self, container: str) -> None:
        """Remove a container with its volumes; one that is gone already is fine."""
        docker.remove(container)
