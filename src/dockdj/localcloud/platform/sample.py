"""The platform's sample application: what an environment runs that was made without a version.

An ordinary bundle that instances deploy like any other; its image is built from what every instance carries, so
that no registry is needed. It answers 200 to every request, whatever path the health checks ask.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from dockdj.localcloud.contract import Platform
from dockdj.localcloud.state.durable_files import write

LABEL = "Sample Application"
"""The version label that Elastic Beanstalk shows for it."""

COMPOSE = """\
services:
  sample:
    build: /opt/elasticbeanstalk/sample
    ports:
      - "80:80"
    stop_signal: SIGKILL
"""

DOCKERRUN = """\
{"AWSEBDockerrunVersion": 2, "containerDefinitions": [{
  "name": "sample", "image": "elasticbeanstalk/sample", "memory": 64, "stopTimeout": 2,
  "portMappings": [{"hostPort": 80, "containerPort": 80}]
}]}
"""
FILES: dict[Platform, tuple[str, str]] = {
    "Docker": ("docker-compose.yml", COMPOSE),
    "ECS": ("Dockerrun.aws.json", DOCKERRUN),
}


def bundle(folder: Path, platform: Platform) -> Path:
    """The sample's source bundle, written below the cloud's state folder when it is not there yet."""
    path = folder / "bundles" / f"sample-{platform.lower()}.zip"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, _packed(*FILES[platform]))
    return path


def _packed(name: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, text)
    return buffer.getvalue()
