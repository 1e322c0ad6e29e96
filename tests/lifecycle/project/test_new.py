import os
import stat
import subprocess
from pathlib import Path

import pytest

from dockdj import __version__
from dockdj.adapters import project_file
from dockdj.errors import Refused, UsageError
from dockdj.lifecycle.environments.variables import write_dotenv
from dockdj.lifecycle.project import new
from dockdj.lifecycle.project.new import Answers
from dockdj.model.project.layout import EnvironmentFiles


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True, check=True).stdout.strip()


def test_rendering_depends_on_the_answers_alone() -> None:
    assert new.render(Answers("shop")) == new.render(Answers("shop"))
    assert new.render(Answers("shop")) != new.render(Answers("shed"))


def test_nothing_of_the_template_is_left_in_the_files() -> None:
    for file in new.render(Answers("shop")):
        text = file.content.decode()
        assert "[[ " not in text and "[% " not in text, file.path
        assert "dot-" not in file.path and not file.path.endswith(".jinja")


def test_programs_are_executable_in_git_and_on_disk(tmp_path: Path) -> None:
    new.new(tmp_path / "shop", Answers("shop"))
    modes = dict(
        line.split(" ", 1)[::-1]
        for line in git(tmp_path / "shop", "ls-files", "--format=%(objectmode) %(path)").splitlines()
    )

    programs = {path for path, mode in modes.items() if mode == "100755"}

    assert programs == set(new.PROGRAMS)
    assert all(os.access(tmp_path / "shop" / path, os.X_OK) for path in programs)


def test_the_new_project_loads(tmp_path: Path) -> None:
    made = new.new(tmp_path / "shop", Answers("shop", source='/a "quoted" folder'))

    project = project_file.load(made.root)

    assert (project.name, project.dockdj, project.source) == ("shop", __version__, '/a "quoted" folder')
    assert project_file.environments(project) == ("dev", "prod")
    assert project.targets["local"].local
    assert project.targets["local"].instances.max == 2


def test_one_commit_on_main_holds_all_but_the_secrets(tmp_path: Path) -> None:
    made = new.new(tmp_path / "shop", Answers("shop"))

    assert git(made.root, "rev-parse", "main") == made.commit
    assert git(made.root, "rev-list", "--count", "--all") == "1"
    assert git(made.root, "status", "--porcelain") == ""
    assert ".env" not in {Path(path).name for path in git(made.root, "ls-files").splitlines()}


def test_each_environment_gets_secrets_of_its_own_that_only_this_user_reads(tmp_path: Path) -> None:
    made = new.new(tmp_path / "shop", Answers("shop"))
    files = [made.root / "environments" / name / ".env" for name in ("dev", "prod")]
    keys = {line for file in files for line in file.read_text().splitlines() if line.startswith("ENV_SECRET_KEY=")}

    assert len(keys) == 2
    assert all(len(key) > len("ENV_SECRET_KEY=") + 50 for key in keys)
    assert "<" not in "".join(line for file in files for line in file.read_text().splitlines() if line[:1] != "#")
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_missing_env_is_written_again_and_an_existing_env_kept(tmp_path: Path) -> None:
    made = new.new(tmp_path / "shop", Answers("shop"))
    environment = made.root / "environments" / "dev"
    before = (environment / ".env").read_text()
    assert write_dotenv(made.root, EnvironmentFiles().of("dev")) is False
    assert (environment / ".env").read_text() == before
    (environment / ".env").unlink()
    assert write_dotenv(made.root, EnvironmentFiles().of("dev")) is True
    assert (environment / ".env").read_text() != before


def test_the_umask_does_not_decide_who_can_read_the_project(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        made = new.new(tmp_path / "shop", Answers("shop"))
    finally:
        os.umask(old)

    assert stat.S_IMODE((made.root / "app").stat().st_mode) == 0o755
    assert stat.S_IMODE((made.root / "docker/nginx/nginx.conf").stat().st_mode) == 0o644


def test_a_folder_with_files_is_refused_and_unchanged(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "mine.txt").write_text("mine")

    with pytest.raises(Refused, match="not an empty folder"):
        new.new(tmp_path / "shop", Answers("shop"))

    assert tree(tmp_path) == ["shop", "shop/mine.txt"]


def test_an_empty_folder_is_used_even_when_it_is_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")

    new.new(Path(), Answers("shop"))

    assert Path("dockdj.toml").is_file()
    assert tree(tmp_path)[0] == "shop"


@pytest.mark.parametrize("name", ["Shop", "1shop", "sh", "shop-", "shop.django", "a" * 35, ""])
def test_an_impossible_name_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a project's name"):
        new.new(tmp_path / "shop", Answers(name))

    assert tree(tmp_path) == []


def test_the_longest_name_gives_a_valid_project(tmp_path: Path) -> None:
    made = new.new(tmp_path / "shop", Answers("a" * 34))
    assert project_file.load(made.root).targets["local"].environment == "a" * 34 + "-local"


def test_without_a_git_identity_a_neutral_author_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_AUTHOR_EMAIL", "GIT_AUTHOR_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_NAME", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")

    made = new.new(tmp_path / "shop", Answers("shop"))

    assert made.neutral_author
    assert git(made.root, "log", "-1", "--format=%an <%ae>") == "Dockdj <dockdj@localhost>"
    assert "user" not in (made.root / ".git" / "config").read_text()


def test_gits_identity_is_the_author(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n[commit]\n\tgpgsign = true\n")
    for name in ("GIT_AUTHOR_EMAIL", "GIT_AUTHOR_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))

    made = new.new(tmp_path / "shop", Answers("shop"))

    assert not made.neutral_author
    assert git(made.root, "log", "-1", "--format=%an <%ae>") == "Ada <ada@example.org>"


def test_the_folders_name_is_the_default_name() -> None:
    assert new.name_for(Path("/tmp/My_Shop.web")) == "my-shop-web"


def test_sqlite_is_used_in_development_alone() -> None:
    files = {file.path: file.content.decode() for file in new.render(Answers("shop", database="sqlite"))}
    plain = {file.path: file.content.decode() for file in new.render(Answers("shop"))}

    assert "postgres" not in files["docker/django/dev/docker-compose.yml"]
    assert "ENV_DATABASE_URL=sqlite:////var/app/data/db.sqlite3\n" in files["environments/dev/.env.example"]
    assert "POSTGRES" not in files["environments/dev/.env.example"]
    # The folder must exist before the container does: Docker would make it root's.
    assert set(files) - set(plain) == {"data/.gitignore"}
    for path in ("docker/django/prod/docker-compose.yml", "environments/prod/.env.example"):
        assert files[path] == plain[path]
