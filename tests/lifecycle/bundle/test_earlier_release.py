"""Releases whose records hold no containers, from a commit made before Dockdj resolved compose files."""

from pathlib import Path

from dockdj.adapters.git import repository as git
from dockdj.lifecycle.bundle import earlier_release
from tests.support import project as projects
from tests.support.project import commit, write

FILE = "docker/django/prod/docker-compose.yml"
# Compose cannot keep the variable of this mount, and no version can be released with it any more.
TEXT = """\
x-app: &app {restart: always}
services:
  django:
    <<: *app
    build: ../../..
    env_file: ../../../environments/prod/.env
    volumes: ["${DATA:-/srv/data}:/data"]
    depends_on: [db]
  db:
    image: postgres:17
    profiles: [local]
"""


def test_a_release_that_could_not_be_made_today_stays_deployable(tmp_path: Path) -> None:
    project = projects.make(tmp_path)
    write(tmp_path, FILE, TEXT)
    sha = commit(tmp_path, "A mount by a variable")
    taken = earlier_release.containers(git.find(project.root), sha, {"django": "r@sha256:1"})
    assert taken.compose["services"] == {
        "django": {"restart": "always", "env_file": [".env"], "volumes": ["${DATA:-/srv/data}:/data"]}
    }
