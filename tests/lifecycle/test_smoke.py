"""Assembled releases, good and bad, on a real engine."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from dockdj.adapters import docker, project_file
from dockdj.adapters.smoke_stack import sweep
from dockdj.errors import Refused
from dockdj.lifecycle import image, smoke
from dockdj.model.project import PRODUCTION, Project
from tests.conftest import remove_images
from tests.recipe.conftest import Shop, eventually
from tests.support.project import FILES, write

pytestmark = pytest.mark.docker
BASE = "debian:trixie-slim"
COMPOSE = "docker/django/prod/docker-compose.yml"


@dataclass(frozen=True)
class Assembly:
    """A checkout and its images."""

    project: Project
    tags: dict[str, str]

    def smoke(self, **more: Any) -> dict[str, Any]:
        images = {service: docker.image(tag) for service, tag in self.tags.items()}
        configs = {service: found.config for service, found in images.items() if found}
        return smoke.run(self.project, self.project.root, self.tags, configs, **more)

    def refused(self, **more: Any) -> Refused:
        with pytest.raises(Refused) as caught:
            self.smoke(**more)
        assert not self.left()
        return caught.value

    def left(self) -> list[str]:
        """Containers, networks and volumes of runs."""
        forms = {("ps", "--all"): "{{.Names}}", ("network", "ls"): "{{.Name}}", ("volume", "ls"): "{{.Name}}"}
        argv = [["docker", *kind, "--format", form] for kind, form in forms.items()]
        names = "".join(subprocess.run(one, capture_output=True, text=True, check=True).stdout for one in argv)
        return [name for name in names.split() if f"{self.project.name}-smoke-" in name]


def plain(folder: Path, service: str, **more: str) -> Assembly:
    """A project whose one service is an image of others; `service` is what the compose file says beside that."""
    name = f"plain{token_hex(4)}"
    write(folder, "dockdj.toml", FILES["dockdj.toml"].replace("tiny", name))
    lines = "".join(f"\n    {line}" for line in service.splitlines())
    write(folder, COMPOSE, f"services:\n  django:\n    image: {BASE}\n    init: true{lines}\n")
    for path, text in more.items():
        write(folder, path, text)
        (folder / path).chmod(0o755)
    return Assembly(project_file.load(folder), {"django": BASE})


def titles(entry: dict[str, Any]) -> list[str]:
    return [check["name"] for check in entry["checks"]]


OWN = """\
#!/bin/sh
echo "url=[$SMOKE_URL] secret=[$SECRET]"
[ -n "$SECRET" ]
"""


def test_a_service_that_answers_no_port_stays_up_and_ends_and_what_says_nothing_is_skipped(tmp_path: Path) -> None:
    contract = {"environments/prod/.env.example": "# required, secret. A secret.\nSECRET=<generate>\n"}
    said = 'command: ["sh", "-c", "echo $$DOCKDJ_RELEASE; exec sleep 60"]\nports: ["80:80"]\nstop_grace_period: 5s'
    assembly = plain(tmp_path / "project", said, **contract, **{"docker/smoke": OWN})
    entry = assembly.smoke(logs=tmp_path / "logs")
    assert titles(entry) == [
        "skipped: release process, environments/prod/Procfile has none",
        "start: django",
        "skipped: no migration is left, there is no app/manage.py",
        "skipped: pages, no service that publishes a port has a health check",
        "logs without errors",
        "docker/smoke",
        "up, and of the images that were built",
        "stop: django",
    ]
    assert (entry["exit"], entry["passed"], entry["skipped"], entry["failed"]) == (0, 5, 3, 0)
    found = docker.image(BASE)
    assert found and entry["images"] == {"django": found.config} and entry["backing"] == {}
    assert entry["milliseconds"] >= sum(check["milliseconds"] for check in entry["checks"]) > 0
    assert (tmp_path / "logs/smoke-django.log").read_text().startswith(f"{assembly.project.name}-smoke-")
    assert (tmp_path / "logs/smoke-own.log").read_text().startswith("url=[] secret=[")
    assert not assembly.left()


@pytest.mark.parametrize(
    ("service", "own", "words"),
    [
        ('command: ["sh", "-c", "echo the reason; exit 3"]', "", ("start: django", "exited (status 3)", "the reason")),
        ('command: ["sleep", "0.6"]', "", ("up, and of", "django is exited (status 0)")),
        ('command: ["sh", "-c", "echo ERROR it broke; exec sleep 60"]', "", ("logs without", "ERROR it broke")),
        (
            'command: ["sleep", "60"]\nhealthcheck: {test: "exit 1", interval: 0.2s, retries: 1}',
            "",
            ("start: django", "django is unhealthy"),
        ),
        (
            'command: ["sleep", "60"]\nhealthcheck: {test: "true", interval: 0.2s}\nports: ["80:80"]',
            "",
            ("health page", "GET /healthz: no answer"),
        ),
        (
            'command: ["sh", "-c", "trap : TERM; while :; do sleep 1; done"]\nstop_grace_period: 1s',
            "",
            ("stop: django", "did not end within its grace"),
        ),
        ('command: ["sleep", "60"]', "#!/bin/sh\necho too bad\nexit 4\n", ("docker/smoke", "status 4", "too bad")),
        ('command: ["/none"]', "", ("start: django", "/none")),
    ],
    ids=["exits", "ends soon", "reports an error", "is ill", "does not answer", "does not end", "own", "no program"],
)
def test_a_release_that_does_not_run_is_refused_with_the_reason(
    tmp_path: Path, service: str, own: str, words: tuple[str, ...]
) -> None:
    refused = plain(tmp_path, service, **({"docker/smoke": own} if own else {})).refused()
    assert refused.exit_code == 1 and "dockdj start prod" in refused.hint
    assert all(word in refused.message for word in words), refused.message


def test_a_tag_that_was_moved_since_the_build_is_noticed(tmp_path: Path) -> None:
    assembly = plain(tmp_path, 'command: ["sleep", "60"]')
    with pytest.raises(Refused, match="does not name the image that was built"):
        smoke.run(assembly.project, tmp_path, assembly.tags, {"django": "sha256:" + "0" * 64})


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    assembly = plain(
        tmp_path, 'command: ["sleep", "60"]\nvolumes: ["/data"]', **{"docker/smoke": "#!/bin/sh\nsleep 60\n"}
    )
    program = (
        "import sys; from pathlib import Path; from dockdj.adapters import docker, project_file;"
        "from dockdj.lifecycle import smoke; root = Path(sys.argv[1]); base = sys.argv[2];"
        "smoke.run(project_file.load(root), root, {'django': base}, {'django': docker.image(base).config})"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path), BASE])
    try:
        # The service, its one-off test and the network.
        eventually(lambda: len(assembly.left()) >= 2)
        sweep()
        assert assembly.left()
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert assembly.left()
    sweep()
    assert not assembly.left()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembly]:
    """A new project from the recipe, its images built."""
    made = Shop(tmp_path_factory.mktemp("smoke") / f"smoked-{token_hex(3)}")
    done = Shop(made.root.parent).dockdj("new", str(made.root), "--defaults")
    assert done.returncode == 0, done.stderr
    project = project_file.load(made.root)
    yield Assembly(project, {one.service: one.tag for one in image.build(project, PRODUCTION)})
    remove_images(made.name)


def derived(assembly: Assembly, service: str, commands: str) -> Assembly:
    """The same release with one image changed, which is fine alone."""
    tag = f"{assembly.project.name}/{service}:changed"
    text = f"FROM {assembly.tags[service]}\nUSER root\n{commands}\nUSER 10001:10001\n"
    subprocess.run(["docker", "build", "--quiet", "--tag", tag, "-"], input=text.encode(), check=True)
    return Assembly(assembly.project, {**assembly.tags, service: tag})


RECIPE_OWN = """\
#!/usr/bin/env python
import os
from urllib.request import urlopen

assert os.environ["ENV_NAME"] == "prod"
with urlopen(os.environ["SMOKE_URL"] + "/readyz") as response:
    print(response.read().decode())
"""


def test_a_project_of_the_recipe_is_tested_as_it_will_run(shop: Assembly, tmp_path: Path) -> None:
    write(shop.project.root, "docker/smoke", RECIPE_OWN)
    (shop.project.root / "docker/smoke").chmod(0o755)
    write(shop.project.root, "environments/prod/.env", "ENV_NAME=mine\n")
    try:
        entry = shop.smoke(logs=tmp_path)
    finally:
        (shop.project.root / "docker/smoke").unlink()
    assert titles(entry) == [
        "backing services: postgres",
        "release process",
        "start: django, nginx",
        "no migration is left",
        "health page",
        "first page",
        "files of the first page",
        "unknown page",
        "logs without errors",
        "docker/smoke",
        "up, and of the images that were built",
        "stop: django, nginx",
    ]
    assert (entry["passed"], entry["skipped"]) == (12, 0)
    postgres = docker.image("postgres:17")
    assert postgres and entry["backing"] == {"postgres": {"name": "postgres:17", "config": postgres.config}}
    assert set(entry["images"]) == {"django", "nginx"}
    assert '"database": "ok"' in (tmp_path / "smoke-own.log").read_text()
    assert "/static/base/main" in (tmp_path / "smoke-nginx.log").read_text()
    assert not shop.left()


def test_images_that_do_not_find_each_other_are_no_release(shop: Assembly) -> None:
    astray = derived(
        shop, "nginx", "RUN sed -i s/django:8080/djagno:8080/ /start.sh && /start.sh -t && rm /tmp/nginx*.conf"
    )
    refused = astray.refused()
    assert "health page: GET /healthz: status 502" in refused.message
    assert "nginx's last lines" in refused.message and "djagno could not be resolved" in refused.message


MIGRATION = (
    "from django.db import migrations\\n\\n\\nclass Migration(migrations.Migration):\\n"
    '    operations = [migrations.RunSQL("CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)")]\\n'
)


def test_a_migration_that_only_the_tests_database_takes_is_found(shop: Assembly) -> None:
    folder = "/var/app/app/apps/webroot/migrations"
    files = f"mkdir {folder} && touch {folder}/__init__.py && printf '{MIGRATION}' >{folder}/0001_initial.py"
    refused = derived(shop, "django", f"RUN {files}").refused()
    assert "release process: ended with status 1" in refused.message
    assert 'syntax error at or near "AUTOINCREMENT"' in refused.message


def test_a_variable_that_the_contract_forgets_is_named(shop: Assembly) -> None:
    contract = shop.project.root / "environments/prod/.env.example"
    text = contract.read_text()
    contract.write_text(text.replace("ENV_NAME=prod\n", "ENV_TITLE=prod\n"))
    try:
        assert "ENV_NAME is missing" in shop.refused().message
    finally:
        contract.write_text(text)
