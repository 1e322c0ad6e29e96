"""Git through its own command line."""

import tarfile
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from dockdj.adapters import shell
from dockdj.errors import CommandFailed, ProjectError, Refused, UsageError
from dockdj.model.files import File

# What a person's own settings would change in the files of a checkout or an archive.
NEUTRAL = (
    *("-c", "core.autocrlf=false", "-c", "core.eol=lf", "-c", "core.hooksPath=/dev/null"),
    *("-c", "core.sparseCheckout=false", "-c", "tar.umask=0022"),
)


@dataclass(frozen=True)
class Repository:
    """A working tree: its top folder, and the project's folder below it (`prefix`, empty at the top)."""

    top: Path
    prefix: str


@dataclass(frozen=True)
class Commit:
    """A commit, for people."""

    sha: str
    author: str
    date: str
    subject: str


def find(folder: Path) -> Repository:
    """The repository that holds `folder`. Raises ProjectError when none does."""
    asked = run(folder, "rev-parse", "--show-toplevel", "--show-prefix", check=False)
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
    lines = asked.stdout.splitlines()
    return Repository(Path(lines[0]), lines[1].rstrip("/") if len(lines) > 1 else "")


def common_folder(repository: Repository) -> Path:
    """Git's own folder, the one that all worktrees of a repository share."""
    return repository.top / run(repository.top, "rev-parse", "--git-common-dir").stdout.strip()


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


def references(repository: Repository) -> dict[str, str]:
    """Full name -> commit (for an annotated tag the commit it names) of every branch and tag."""
    asked = run(
        repository.top,
        "for-each-ref",
        "--format=%(refname)%09%(objectname)%09%(*objectname)",
        "refs/heads",
        "refs/tags",
    )
    found = {}
    for line in asked.stdout.splitlines():
        name, own, peeled = line.split("\t")
        found[name] = peeled or own
    return found


def default_branch(repository: Repository, theirs: Collection[str] = ()) -> str:
    """The branch releases start from: the remote's, else main or master, else the current one.

    `theirs` are full names of the remote's branches, for a clone that has not all of them.
    """
    if name := remote(repository):
        head = run(repository.top, "symbolic-ref", "--quiet", f"refs/remotes/{name}/HEAD", check=False)
        if head.status == 0:
            return head.stdout.strip().removeprefix(f"refs/remotes/{name}/")
    for branch in ("main", "master"):
        if f"refs/heads/{branch}" in theirs or has_branch(repository, branch):
            return branch
    return run(repository.top, "symbolic-ref", "--quiet", "--short", "HEAD", check=False).stdout.strip() or "main"


def places(repository: Repository, branch: str) -> tuple[str, ...]:
    """The full names under which a branch may be known here: the checkout of a build service has the remote's only."""
    name = remote(repository)
    return f"refs/heads/{branch}", *((f"refs/remotes/{name}/{branch}",) if name else ())


def has_branch(repository: Repository, branch: str) -> bool:
    """Whether a branch is known here, own or the remote's."""
    names = places(repository, branch)
    return any(run(repository.top, "show-ref", "--verify", "--quiet", name, check=False).status == 0 for name in names)


def on_branch(repository: Repository, branch: str, commit: str) -> bool:
    """Whether a commit is part of a branch's history, as far as it is known here."""
    return any(contains(repository, name, commit) for name in places(repository, branch))


def contains(repository: Repository, descendant: str, commit: str) -> bool:
    """Whether a commit is part of another's history."""
    return run(repository.top, "merge-base", "--is-ancestor", commit, descendant, check=False).status == 0


def knows(repository: Repository, commit: str) -> bool:
    """Whether this repository has a commit."""
    return run(repository.top, "cat-file", "-e", f"{commit}^{{commit}}", check=False).status == 0


def is_shallow(repository: Repository) -> bool:
    """Whether history was cut off when this was cloned."""
    return run(repository.top, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"


def identity(repository: Repository) -> str:
    """`Name <mail> time zone` of whoever works here. Raises ProjectError when Git does not know."""
    asked = run(repository.top, "var", "GIT_COMMITTER_IDENT", check=False)
    if asked.status != 0:
        raise ProjectError(
            "Git does not know who you are",
            hint='git config --global user.name "Your Name" && git config --global user.email you@example.com',
        )
    return asked.stdout.strip()


def create_release(repository: Repository, tag: str, commit: str, message: str, branch: str | None) -> None:
    """Make the annotated tag, and the branch if one is named, in one transaction: both or none."""
    header = f"object {commit}\ntype commit\ntag {tag}\ntagger {identity(repository)}\n\n"
    made = run(repository.top, "mktag", stdin=header + message).stdout.strip()
    lines = [f"create refs/tags/{tag} {made}"]
    if branch:
        lines.append(f"create refs/heads/{branch} {commit}")
    run(repository.top, "update-ref", "--stdin", stdin="start\n" + "\n".join(lines) + "\nprepare\ncommit\n")


def tag_message(repository: Repository, tag: str) -> str | None:
    """The message of an annotated tag; None when there is no such tag, or it is a lightweight one."""
    asked = run(repository.top, "cat-file", "tag", f"refs/tags/{tag}", check=False)
    return asked.stdout.partition("\n\n")[2] if asked.status == 0 else None


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


def remote(repository: Repository) -> str | None:
    """The remote releases are pushed to: `origin`, else the only one, else None."""
    names = run(repository.top, "remote").stdout.split()
    return "origin" if "origin" in names else (names[0] if len(names) == 1 else None)


def remote_references(repository: Repository, name: str) -> dict[str, str]:
    """Full name -> object of a remote's branches and tags (tags as objects). Raises CommandFailed."""
    try:
        asked = run(repository.top, "ls-remote", "--heads", "--tags", name, env=NEVER_ASK)
    except CommandFailed as error:
        raise CommandFailed(
            f"the Git remote `{name}` does not answer: {error.message}", hint=f"try: git ls-remote {name}"
        ) from error
    return {line.split("\t")[1]: line.split("\t")[0] for line in asked.stdout.splitlines() if "\t" in line}


def objects(repository: Repository, names: tuple[str, ...]) -> dict[str, str]:
    """Full name -> id of the object itself (for an annotated tag the tag object)."""
    asked = run(repository.top, "for-each-ref", "--format=%(objectname)%09%(refname)", *names)
    return {line.split("\t")[1]: line.split("\t")[0] for line in asked.stdout.splitlines()}


def push(repository: Repository, name: str, references: tuple[str, ...]) -> None:
    """Push references to a remote, all or none. Raises CommandFailed with Git's own words."""
    neutral = ("-c", "push.followTags=false", "-c", "push.gpgSign=false")
    argv = (*neutral, "push", "--atomic", "--porcelain", name, *(f"{one}:{one}" for one in references))
    try:
        run(repository.top, *argv, env=NEVER_ASK)
    except CommandFailed as error:
        raise CommandFailed(error.message, hint=f"git fetch {name}, see what is there, and publish again") from error


NEVER_ASK = {"GIT_TERMINAL_PROMPT": "0"}


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
