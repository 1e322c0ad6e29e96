"""The tiny project with one build stage and images of three megabytes, for tests with many releases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.model.project.project import Project
from tests.conftest import remove_images
from tests.support import project as projects
from tests.support import runs
from tests.support.project import commit, write

DOCKERFILE = """\
FROM debian:trixie-slim AS gate
COPY greeting.txt check.sh /app/
ARG TEST_RUN
RUN cd /app && sh check.sh && mkdir /evidence && \\
    printf '{"exit":0,"checks":[{"name":"hello","exit":0,"seconds":0.1}],\
"tests":{"passed":1,"failed":0,"skipped":0,"seconds":0.2}}' > /evidence/summary.json && \\
    for file in /usr/bin/sleep /app/greeting.txt $(ldd /usr/bin/sleep | grep -o '/[^ ]*'); do \\
    mkdir -p "/small$(dirname "$file")" && cp -L "$file" "/small$file" || exit 1; done
FROM scratch AS evidence
COPY --from=gate /evidence /
FROM scratch AS prod
COPY --from=gate /small /
COPY etc/app.conf /etc/app.conf
LABEL org.dockdj.config="/etc/app.conf"
CMD ["/usr/bin/sleep", "600"]
"""
TARGET = """
[targets.away]
region = "eu-central-1"
repository = "{repository}"
application = "away"
environment = "away"
"""


def make(folder: Path, name: str) -> Project:
    """Write and commit the project below `folder`, in a new repository."""
    projects.make(folder, name)
    write(folder, "docker/django/Dockerfile", DOCKERFILE)
    commit(folder, "Small")
    return project_file.load(folder)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Project]:
    """The project. Its images have its name and are removed afterwards."""
    name = runs.name("small")
    folder = tmp_path / name
    folder.mkdir()
    yield make(folder, name)
    remove_images(name)
