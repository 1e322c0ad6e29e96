"""Two environments read from a project's files; [parity] in dockdj.toml; what the recipe declares."""

from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.errors import ProjectError, UsageError
from dockdj.lifecycle import parity as use_case
from dockdj.lifecycle.project import new as new_project
from dockdj.lifecycle.project.new import Answers
from dockdj.model.parity.comparison import Parity, compare
from dockdj.model.project.project import Project
from tests.support import project as projects
from tests.support.project import write


def from_files(project: Project) -> Parity:
    """Dev and prod, without a look into their images."""
    return compare(use_case.read(project, "dev"), use_case.read(project, "prod"), project.parity)


@pytest.mark.parametrize("database", ["postgres", "sqlite"])
@pytest.mark.parametrize("platform", ["docker", "ecs"])
def test_the_recipes_rules_match_its_differences_exactly(tmp_path: Path, database: str, platform: str) -> None:
    made = new_project.new(tmp_path / "shop", Answers("shop", platform=platform, database=database))
    project = project_file.load(made.root)
    found = from_files(project)
    assert found.undeclared == ()
    assert found.declared
    # What only the images show.
    assert set(found.unused) == {
        "django/files/var/app/Procfile",
        "django/files/etc/gunicorn/gunicorn.conf.py",
        "django/run/user",
    }


def test_a_change_in_one_environments_files_is_a_difference(tmp_path: Path) -> None:
    made = new_project.new(tmp_path / "shop", Answers("shop"))
    for path, old, new in (
        ("docker/django/dev/docker-compose.yml", "postgres:17", "postgres:16"),
        ("environments/prod/.env.example", "# optional. DEBUG,", "# required. DEBUG,"),
        ("environments/prod/Procfile", "manage.py release", "manage.py migrate"),
    ):
        text = (made.root / path).read_text()
        assert old in text
        (made.root / path).write_text(text.replace(old, new))
    found = from_files(project_file.load(made.root))
    assert [(one.subject.path, one.before, one.after) for one in found.undeclared] == [
        (".env.example/ENV_LOG_LEVEL", "optional", "required"),
        ("Procfile/release", "python manage.py release", "python manage.py migrate"),
        ("postgres/image", "postgres:16", "postgres:17"),
    ]


def test_an_environment_needs_only_a_compose_file(tmp_path: Path) -> None:
    project = projects.make(tmp_path)
    assert use_case.read(project, "prod").contract == ()
    with pytest.raises(UsageError, match="no environment `staging`"):
        use_case.read(project, "staging")


def test_mistakes_in_the_rules_are_reported_with_their_paths(tmp_path: Path) -> None:
    project = projects.make(tmp_path)
    text = (project.root / "dockdj.toml").read_text()
    write(tmp_path, "dockdj.toml", text + '[parity.allow]\n"django/os/jq" = "tools"\n')
    assert project_file.load(tmp_path).parity.allow == {"django/os/jq": "tools"}
    for table, said in (
        ('[parity.allow]\n"django/os/jq" = ""\n', 'parity.allow."django/os/jq": add a reason'),
        ('[parity.allow]\n"*" = "so"\n', 'parity.allow."*": would allow'),
        ('[parity]\nallow = ["django/os/jq"]\n', "parity.allow"),
        ("[parity]\nalow = {}\n", "parity: unknown key `alow`"),
        ('[parity.allow]\n"django/os/jq" = 1\n', "expected text in quotes"),
    ):
        write(tmp_path, "dockdj.toml", text + table)
        with pytest.raises(ProjectError) as caught:
            project_file.load(tmp_path)
        assert said in caught.value.message
