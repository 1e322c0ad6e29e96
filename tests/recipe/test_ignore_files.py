"""The recipe's ignore files, each read by its tool: Git, a Docker build, Amazon's `eb` client."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dockdj.adapters.disk import write_files
from dockdj.lifecycle.bundle import files as bundle_files
from dockdj.lifecycle.project import new
from dockdj.lifecycle.project.new import Answers
from dockdj.model.beanstalk.ebignore import judge
from tests.support.eb import Client
from tests.support.project import git, write

KEPT_BY_GIT = {
    *("environments/dev/.env.example", "environments/größe/.env.example", "other/.env.d/x", "app/dist.py"),
    *("app/apps/dist/x.py", "app/apps/build/x.py", "docs/übersicht.md", ".elasticbeanstalk/config.global.yml"),
    *(".elasticbeanstalk/prod.cfg.yml", "app/apps/shop/locale/日本.po", "build/x", "lib/link"),
}
LEFT_BY_GIT = {
    *("environments/dev/.env", "environments/größe/.env", "environments/dev/.env.local", "app/dist/app.js"),
    *("app/build/base/main.css", "app/build/größe.css", "node_modules/sass/sass.js", "lib/node_modules/a.js"),
    *(".dockdj/log.jsonl", "app/apps/__pycache__/a.cpython-313.pyc", "app/a.pyc", ".venv/bin/python", ".coverage"),
    *(".elasticbeanstalk/config.yml", ".elasticbeanstalk/app_versions/1.zip", "lib/.DS_Store", "app/htmlcov/i.html"),
}
# The files that images are built from; images hold nothing else.
SEEN_BY_DOCKER = {
    *("app/apps/größe/views.py", "app/dist.py", "app/apps/dist/x.py", "app/apps/docs/x.py", "app/apps/bin/x.py"),
    *(
        "docker/django/checks.txt",
        "environments/dev/more.txt",
        "app/link",
        "app/dangling",
        "app/README.md",
        "app/data/x.csv",
        "vendor/lib.js",
    ),
}
UNSEEN_BY_DOCKER = {
    *("environments/dev/.env", "environments/größe/.env", ".env", "app/.env.local", "environments/dev/.env.example"),
    *(".git/config", "node_modules/sass/sass.js", "app/node_modules/a.js", "app/dist/größe.js", "app/build/a.css"),
    *(".venv/bin/python", "app/apps/__pycache__/a.pyc", "docs/a.md", "bin/image", ".elasticbeanstalk/config.yml"),
    *(".platform/hooks/predeploy/x", ".ebextensions/x.config", "README.md", "Dockerrun.aws.json", "dockdj.toml"),
    *("data/db.sqlite3", "data/.gitignore"),
    *("vendor/dockdj_cli-1.0-py3-none-any.whl", "vendor/dockdj-recipe.zip", "vendor/dockdj-requirements.txt"),
}
BUNDLED = {
    *("docker-compose.yml", "Dockerrun.aws.json", "release.json", ".platform/hooks/predeploy/größe"),
    *(".ebextensions/01_envvars.config", ".ebextensions/größe.config", ".platform/nginx/conf.d/deep/er.conf"),
}
NOT_BUNDLED = {
    *("app/manage.py", "app/dist/app.js", "docker/django/prod/docker-compose.yml", "docker/nginx/nginx.conf"),
    *("environments/prod/.env", ".ebextensions/note.txt", ".ebextensions/sub/x.config", "docs/release.json"),
    *(".elasticbeanstalk/prod.cfg.yml", ".platform/hooks/predeploy/old~", "README.md", ".gitignore", "bin/image"),
    *("vendor/dockdj_cli-1.0-py3-none-any.whl", "vendor/dockdj-recipe.zip"),
}


@pytest.fixture
def lay(tmp_path: Path) -> Callable[[set[str]], Path]:
    """A function that writes the recipe's ignore files and other files into a new folder."""
    ignores = [file for file in new.render(Answers("shop")) if file.path.endswith("ignore")]

    def lay(paths: set[str]) -> Path:
        folder = tmp_path / "größe"
        folder.mkdir()
        for path in paths:
            write(folder, path, path)
        write_files(folder, [file for file in ignores if "/" not in file.path])
        return folder

    return lay


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or path.is_file()}


def test_git_keeps_the_contract_and_no_secret(lay: Callable[[set[str]], Path]) -> None:
    folder = lay((KEPT_BY_GIT | LEFT_BY_GIT) - {"lib/link"})
    (folder / "lib/link").symlink_to("../app/dist")
    git(folder, "init", "--quiet")
    listed = git(folder, "ls-files", "--others", "--exclude-standard", "-z").split("\0")
    assert {path for path in listed if path} - {".gitignore", ".dockerignore", ".ebignore"} == KEPT_BY_GIT
    ignored = subprocess.run(
        ["git", "-C", str(folder), "check-ignore", "-z", "--stdin"],
        input="\0".join(KEPT_BY_GIT | LEFT_BY_GIT),
        capture_output=True,
        text=True,
    )
    assert {path for path in ignored.stdout.split("\0") if path} == LEFT_BY_GIT


@pytest.mark.docker
def test_docker_build_sees_sources_and_no_secret(lay: Callable[[set[str]], Path], tmp_path: Path) -> None:
    folder = lay((SEEN_BY_DOCKER | UNSEEN_BY_DOCKER) - {"app/link", "app/dangling"})
    (folder / "app/link").symlink_to("../environments/dev/.env")
    (folder / "app/dangling").symlink_to("nowhere")
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("FROM scratch\nCOPY . /\n")
    out = tmp_path / "out"
    argv = ["docker", "buildx", "build", "--quiet", "--file", str(dockerfile), "--output", str(out), str(folder)]
    subprocess.run(argv, check=True, capture_output=True)
    assert files_of(out) == SEEN_BY_DOCKER


def test_eb_client_bundles_only_the_platforms_files(lay: Callable[[set[str]], Path], tmp_path: Path) -> None:
    folder = lay(BUNDLED | NOT_BUNDLED)
    text = (folder / ".ebignore").read_text()
    patterns = bundle_files.patterns_of(text.encode())
    assert {path for path in files_of(folder) if judge(path, patterns).kept} == BUNDLED
    with Client(tmp_path) as client:
        client.make({path: "" for path in files_of(folder)}, {})
        assert client.bundled([text]) == [BUNDLED]


def test_new_project_commits_no_secret_and_has_no_untracked_files(tmp_path: Path) -> None:
    project = new.new(tmp_path / "shop", Answers("shop"))
    assert git(project.root, "status", "--porcelain") == ""
    ignored = git(project.root, "ls-files", "--others", "--ignored", "--exclude-standard").split()
    assert set(ignored) >= {"environments/dev/.env", "environments/prod/.env"}
    committed = set(git(project.root, "ls-files").split())
    assert committed >= {".gitignore", ".dockerignore", ".ebignore", "environments/dev/.env.example"}
    assert not committed & set(ignored)
