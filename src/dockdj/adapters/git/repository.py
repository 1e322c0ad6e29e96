"""Git through its own command line."""

import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dockdj.adapters import shell
from dockdj.errors import ProjectError, Refused, UsageError
from dockdj.model.files import File

# What a person's own settings would change in the files of a checkout or an archive.
NEUTRAL = (
    *("-c", "core.autocrlf=false", "-c", "core.eol=lf", "-c", "core.hooksPath=/dev/null"),
    *("-c", "core.sparseCheckout=false", "-c", "tar.umask=0022"),
)


@dataclass(frozen=True)
class Repository:
    """A working tree: its top folder, and the project's folder below it (`prefix`, empty at the top).

    `shared` is Git's own folder, which all worktrees of the repository use. `shallow` tells that history was cut off
    when this clone was made.
    """

    top: Path
    prefix: str
    shared: Path
    shallow: bool


@dataclass(frozen=True)
class Commit:
    """A commit, for people."""

    sha: str
    author: str
    date: str
    subject: str


def find(folder: Path) -> Repository:
    """The repository that holds `folder`. Raises ProjectError when none does."""
    facts = ("--show-toplevel", "--show-prefix", "--git-common-dir", "--is-shallow-repository")
    asked = run(folder, "rev-parse", *facts, check=False)
    if "dubious ownership" in asked.stderr:
        raise ProjectError(
            f"Git does not trust {folder}: it belongs to another user",
            hint=f"git config --global --add safe.directory {folder}",
        )
    if asked.status != 0:
        raise ProjectError(
            f"{folder} is not in a Git repository",
            hint="a release is made from a commit: git init && git add --all && git commit",
        )
    top, prefix, shared, shallow = asked.stdout.splitlines()
    return Repository(Path(top), prefix.rstrip("/"), (folder / shared).resolve(), shallow == "true")


def resolve(repository: Repository, revision: str) -> str:
    """The full id of the commit a revision names. Raises UsageError when it names none."""
    asked = run(repository.top, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", check=False)
    if asked.status != 0:
        if revision == "HEAD":
            raise Refused("the repository has no commit yet", hint="git add --all && git commit")
        raise UsageError(f"`{revision}` names no commit", hint="see git log")
    return asked.stdout.strip()


def tree(repository: Repository, commit: str) -> str:
    """The id of the project's tree in a commit. Raises UsageError when the project is not in that commit."""
    name = f"{commit}:{repository.prefix}" if repository.prefix else f"{commit}^{{tree}}"
    asked = run(repository.top, "rev-parse", "--verify", "--quiet", name, check=False)
    if asked.status != 0:
        raise UsageError(f"commit {commit[:12]} has no folder {repository.prefix}")
    return asked.stdout.strip()


def modified(repository: Repository) -> tuple[str, ...]:
    """Tracked files of the project that differ from HEAD."""
    return _status(repository, "--untracked-files=no")


def untracked(repository: Repository) -> tuple[str, ...]:
    """Files of the project that Git neither tracks nor ignores."""
    asked = run(_folder(repository), "ls-files", "--others", "--exclude-standard", "-z")
    return tuple(name for name in asked.stdout.split("\0") if name)


def contains(repository: Repository, descendant: str, commit: str) -> bool:
    """Whether a commit is part of another's history."""
    return run(repository.top, "merge-base", "--is-ancestor", commit, descendant, check=False).status == 0


def knows(repository: Repository, commit: str) -> bool:
    """Whether this repository has a commit."""
    return run(repository.top, "cat-file", "-e", f"{commit}^{{commit}}", check=False).status == 0


def identity(repository: Repository) -> str:
    """`Name <mail> time zone` of whoever works here. Raises ProjectError when Git does not know."""
    asked = run(repository.top, "var", "GIT_COMMITTER_IDENT", check=False)
    if asked.status != 0:
        raise ProjectError(
            "Git does not know who you are",
            hint='git config --global user.name "Your Name" && git config --global user.email you@example.com',
        )
    return asked.stdout.strip()


def text_at(repository: Repository, commit: str, path: str) -> str | None:
    """A file of the project as it is in a commit, or None."""
    asked = run(repository.top, "cat-file", "blob", f"{commit}:{_inside(repository, path)}", check=False)
    return asked.stdout if asked.status == 0 else None


def files_at(repository: Repository, commit: str, folders: tuple[str, ...]) -> tuple[File, ...]:
    """The files below some folders of the project in a commit, links left out."""
    folder = _folder(repository)
    present = run(folder, "ls-tree", "--name-only", "-z", commit, "--", *folders).stdout.split("\0")
    wanted = [name for name in present if name]
    if not wanted:
        return ()
    with tempfile.TemporaryDirectory(prefix="dockdj-archive-") as temporary:
        archive = Path(temporary) / "files.tar"
        argv = ["git", "-C", str(folder), *NEUTRAL, "archive", "--format=tar", commit, "--", *wanted]
        asked = shell.save(argv, archive)
        if asked.status != 0:
            raise shell.failure(asked.argv, asked.status, asked.stderr)
        with tarfile.open(archive) as tar:
            return tuple(
                File(member.name, content.read(), 0o755 if member.mode & 0o100 else 0o644)
                for member in tar
                if member.isfile() and (content := tar.extractfile(member))
            )


def _status(repository: Repository, *options: str) -> tuple[str, ...]:
    asked = run(_folder(repository), "status", "--porcelain", "-z", "--no-renames", *options, "--", ".")
    return tuple(entry[3:] for entry in asked.stdout.split("\0") if entry)


def _folder(repository: Repository) -> Path:
    return repository.top / repository.prefix


def _inside(repository: Repository, path: str) -> str:
    return f"{repository.prefix}/{path}" if repository.prefix else path


def run(
    folder: Path,
    *arguments: str,
    check: bool = True,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    umask: int = -1,
) -> shell.Result:
    """Run Git in a folder. Raises CommandFailed, unless not `check`."""
    argv = ["git", "-C", str(folder), *arguments]
    return shell.capture(argv, check=check, stdin=stdin, env={"LC_ALL": "C.UTF-8", **(env or {})}, umask=umask)
