"""Source bundles of a small application, with its images in a cloud's registry."""

import json
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

APPLICATION = Path(__file__).parent / "application"
COMPOSE = """\
services:
  web:
    image: {image}
    ports: ["80:8000"]
    env_file: .env
    environment: {environment}
    volumes: ["data:/data"]
volumes:
  data:
"""


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout.strip()


def push(registry: str, release: str) -> str:
    """Build and push an image of this release, and return its name by digest."""
    tag = f"{registry}/application:{release}"
    docker("build", "--quiet", "--build-arg", f"RELEASE={release}", "--tag", tag, str(APPLICATION))
    docker("push", "--quiet", tag)
    digests: list[str] = json.loads(docker("image", "inspect", "--format", "{{json .RepoDigests}}", tag))
    return next(digest for digest in digests if digest.startswith(f"{registry}/application@"))


def bundle(path: Path, image: str, *, files: Mapping[str, str] | None = None, **environment: str) -> Path:
    """Write a source bundle. No file has the execute bit. `environment` is the service's environment."""
    compose = COMPOSE.format(image=image, environment=json.dumps(environment))
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {"docker-compose.yml": compose, **(files or {})}.items():
            item = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            item.create_system = 3
            item.external_attr = 0o100644 << 16
            archive.writestr(item, text)
    return path
