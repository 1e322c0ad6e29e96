"""The engine through Docker's client, for engines behind ssh or tcp, and for older versions; see `engine_socket`."""

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
    """An engine that reads images without starting them."""

    def inspect(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Name -> document of each image that the engine has. One call if it has all."""
        answer = shell.capture(["docker", "image", "inspect", *names], check=False)
        if answer.status == 0:
            documents = docker.inspected(answer.stdout, "docker image inspect")
            with docker.answer_of("docker image inspect"):
                images = dict(zip(names, map(dict, documents), strict=True))
            for image in images.values():
                docker.parse_image(image)
            return images
        if "no such image" not in answer.stderr.lower():
            raise shell.failure(answer.argv, answer.status, answer.stderr)
        if len(names) == 1:
            return {}
        return {name: document for each in names for name, document in self.inspect([each]).items()}

    def create(self, image_id: str, labels: Mapping[str, str]) -> str:
        """Create a container that is never started; return its id. The command is for images without one."""
        words = [word for key, value in labels.items() for word in ("--label", f"{key}={value}")]
        return shell.capture(["docker", "create", "--network", "none", *words, image_id, "/none"]).stdout.strip()

    @contextmanager
    def archive(self, container: str, path: str) -> Iterator[IO[bytes] | None]:
        """A path as a tar stream; None if the path does not exist."""
        with tempfile.TemporaryDirectory(prefix="dockdj-inventory-") as folder:
            file = Path(folder) / "archive.tar"
            result = shell.save(["docker", "cp", f"{container}:{path}", "-"], file)
            if result.status == 0:
                with file.open("rb") as stream:
                    yield stream
            elif any(words in result.stderr.lower() for words in NO_FILE):
                yield None
            else:
                raise shell.failure(result.argv, result.status, result.stderr)

    def labelled(self, label: str) -> dict[str, str]:
        """Container -> value of the label, for all containers that have it."""
        form = f'{{{{.ID}}}} {{{{.Label "{label}"}}}}'
        argv = ["docker", "ps", "--all", "--no-trunc", "--filter", f"label={label}", "--format", form]
        lines = (line.partition(" ") for line in shell.capture(argv).stdout.splitlines())
        return {container: reader for container, _, reader in lines}

    def remove(self, container: str) -> None:
        """Remove a container with its volumes; an unknown container is ignored."""
        docker.remove(container)
