"""The smallest project that can be released: a service, a check, its evidence. It builds in about a second."""

import os
import subprocess
from pathlib import Path

from dockdj.adapters import project_file
from dockdj.model.project.project import Project

FILES = {
    "dockdj.toml": """\
name = "tiny"
dockdj = "0.1.0"
[recipe]
version = "0"
[targets.local]
endpoint = "local"
application = "tiny"
environment = "tiny-local"
[targets.local.env]
GREETING = "hello $you"
""",
    "greeting.txt": "hello\n",
    "etc/app.conf": "size 1m\n",
    "check.sh": "grep -q hello greeting.txt || { echo 'no hello'; exit 1; }\n",
    ".platform/hooks/predeploy/10_release": "#!/bin/sh\nexit 0\n",
    # A release and its bundle have these files all the same.
    ".gitattributes": ".* export-ignore\n* export-subst\n",
    "docker/django/prod/docker-compose.yml": """\
services:
  django:  # the application
    build:
      context: ../../..
      dockerfile: docker/django/Dockerfile
      target: prod
    env_file: ../../../environments/prod/.env
    init: true  # so that it ends at once
    ports:
      - "80:80"
  backing:
    image: debian:trixie-slim
    command: [sleep, "600"]
    init: true
    profiles: [local]
""",
    "docker/django/Dockerfile": """\
FROM debian:trixie-slim AS base
WORKDIR /app
COPY greeting.txt check.sh ./
FROM base AS test
ARG TEST_RUN
RUN mkdir /evidence; sh check.sh > /evidence/check.txt; status=$?; \\
    printf '{"exit":%s,"checks":[{"name":"hello","exit":%s,"seconds":0.1}],\
"tests":{"passed":1,"failed":0,"skipped":0,"seconds":0.2}}' $status $status > /evidence/summary.json; \\
    echo $status > /status
FROM scratch AS evidence
COPY --from=test /evidence /
FROM test AS gate
RUN [ "$(cat /status)" = 0 ] || { cat /evidence/check.txt; echo "check failed: hello, run: sh check.sh"; exit 1; }
RUN touch /passed
FROM base AS prod
COPY --from=gate /passed /passed
COPY etc/app.conf /etc/app.conf
LABEL org.dockdj.config="/etc/app.conf"
CMD ["sleep", "600"]
""",
}


def make(folder: Path, name: str = "tiny") -> Project:
    """Write and commit the project below `folder`, in a new repository there."""
    git(folder, "init", "--quiet", "--initial-branch", "main")
    return add(folder, name)


def add(folder: Path, name: str = "tiny") -> Project:
    """Write and commit the project into `folder` of an existing repository."""
    for path, text in FILES.items():
        write(folder, path, text.replace("tiny", name))
    (folder / ".platform/hooks/predeploy/10_release").chmod(0o755)
    commit(folder, "first")
    return project_file.load(folder)


def write(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)


def commit(folder: Path, message: str) -> str:
    """Commit everything; return the commit's id."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def git(folder: Path, *arguments: str) -> str:
    identity = {
        "GIT_AUTHOR_NAME": "Dev",
        "GIT_AUTHOR_EMAIL": "dev@example.com",
        "GIT_COMMITTER_NAME": "Dev",
        "GIT_COMMITTER_EMAIL": "dev@example.com",
    }
    argv = ["git", "-C", str(folder), *arguments]
    return subprocess.run(
        argv, check=True, capture_output=True, text=True, env={**os.environ, **identity}
    ).stdout.strip()
