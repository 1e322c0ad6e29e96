"""The platform's sample application, which an environment runs if it is created without a version.

It is an ordinary bundle. Its image is built from files that every instance carries, so it needs no registry. It answers
200 to `/` and 404 to every other path, as Amazon's does.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from dockdj.localcloud.contract import Platform
from dockdj.localcloud.state.durable_files import write

LABEL = "Sample Application"
"""Elastic Beanstalk's version label for it."""

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
FILES = {
    Platform.DOCKER: ("docker-compose.yml", COMPOSE),
    Platform.ECS: ("Dockerrun.aws.json", DOCKERRUN),
}


def bundle(folder: Path, platform: Platform) -> Path:
    """The sample's source bundle. The first call writes it below the cloud's state folder."""
    path = folder / "bundles" / f"sample-{platform.lower()}.zip"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, _zip(*FILES[platform]))
    return path


def _zip(name: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, text)
    return buffer.getvalue()
