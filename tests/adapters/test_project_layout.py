"""The tables of dockdj.toml that name a project's files, service and commands."""

from pathlib import Path

import pytest

from dockdj.adapters.project_file import environments, layout_of, parse
from dockdj.errors import ProjectError
from dockdj.model.project.layout import Application, EnvironmentFiles, Gate, Layout
from tests.adapters.test_project_file import GOOD


def mistakes(tables: str) -> list[str]:
    with pytest.raises(ProjectError) as caught:
        parse(GOOD + tables, Path("/x"))
    return [line.strip() for line in caught.value.message.splitlines()[1:]]


def test_omitted_tables_have_the_recipes_values() -> None:
    project = parse(GOOD, Path("/x"))
    assert project.layout == Layout()
    assert project.production.compose == "docker/django/prod/docker-compose.yml"
    assert project.compose_file("dev") == Path("/x/docker/django/dev/docker-compose.yml")


def test_a_table_changes_its_keys_and_leaves_the_others() -> None:
    tables = (
        '[environments.prod]\ncompose = "compose.yaml"\n[application]\nport = 9000\n[gate]\ntests = ["make", "test"]\n'
    )
    project = parse(GOOD + tables, Path("/x"))
    assert project.production == EnvironmentFiles(compose="compose.yaml").of("prod")
    assert project.files("dev") == EnvironmentFiles().of("dev")
    assert project.application == Application(port=9000)
    assert project.gate == Gate(tests=("make", "test"))


def test_environments_are_folders_and_tables(tmp_path: Path) -> None:
    (tmp_path / "environments/dev").mkdir(parents=True)
    project = parse(GOOD + '[environments.prod]\ncompose = "compose.yaml"\n', tmp_path)
    assert environments(project) == ("dev", "prod")


def test_all_mistakes_in_the_tables_are_reported_with_their_paths() -> None:
    tables = """
[environments."a b"]
compose = "/etc/compose.yaml"
[environments.prod]
variables = "../.env"
[application]
port = 0
health_path = "up"
manage = []
folder = "srv"
service = " "
release_process = "a b"
[gate]
checks = ["python", ""]
junit = "/junit.xml"
[packages]
npm = "web.json"
[stack]
paths = ["docker", ".."]
"""
    assert [line.partition(":")[0] for line in mistakes(tables)] == [
        "environments.a b",
        "environments.a b.compose",
        "environments.prod.variables",
        "application.manage",
        "application.service",
        "application.port",
        "application.health_path",
        "application.folder",
        "application.release_process",
        "gate.checks",
        "gate.junit",
        "packages.npm",
        "stack.paths",
    ]


def test_unknown_keys_and_wrong_types_are_refused() -> None:
    tables = '[environments.prod]\nenv = "x"\n[application]\nport = "80"\nname = "x"\n[smoke]\nprogram = 1\n'
    assert sorted(mistakes(tables)) == [
        "application.port: expected a number, not '80'",
        "application: unknown key `name`",
        "environments.prod: unknown key `env`",
        "smoke.program: expected text in quotes, not 1",
    ]


def test_layout_of_a_commit_is_read_whatever_else_its_file_holds() -> None:
    text = 'name = 3\n[environments.prod]\ncompose = "compose.yaml"\nnewer = 1\n[stack]\npaths = ["ops"]\n'
    layout = layout_of(text)
    assert layout.production.compose == "compose.yaml"
    assert layout.stack.paths == ("ops",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "= broken",
        'environments = 1\napplication = "x"\nstack = 2\n',
        '[environments.prod]\ncompose = "/etc/passwd"\n[application]\nport = 0\n[stack]\npaths = "docker"\n',
    ],
)
def test_unreadable_tables_of_a_commit_have_the_recipes_values(text: str) -> None:
    layout = layout_of(text)
    assert layout.production == Layout().production
    assert (layout.application, layout.stack) == (Layout().application, Layout().stack)
