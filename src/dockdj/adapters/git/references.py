"""Branches and tags: what is known here, and a release's own."""

from collections.abc import Collection

from dockdj.adapters.git import remote as git_remote
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.repository import Repository


def commits(repository: Repository) -> dict[str, str]:
    """Full name -> commit (for an annotated tag the commit it names) of every branch and tag."""
    asked = git.run(
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
    if name := git_remote.name(repository):
        head = git.run(repository.top, "symbolic-ref", "--quiet", f"refs/remotes/{name}/HEAD", check=False)
        if head.status == 0:
            return head.stdout.strip().removeprefix(f"refs/remotes/{name}/")
    for branch in ("main", "master"):
        if f"refs/heads/{branch}" in theirs or has_branch(repository, branch):
            return branch
    return git.run(repository.top, "symbolic-ref", "--quiet", "--short", "HEAD", check=False).stdout.strip() or "main"


def places(repository: Repository, branch: str) -> tuple[str, ...]:
    """The full names under which a branch may be known here: the checkout of a build service has the remote's only."""
    name = git_remote.name(repository)
    return f"refs/heads/{branch}", *((f"refs/remotes/{name}/{branch}",) if name else ())


def has_branch(repository: Repository, branch: str) -> bool:
    """Whether a branch is known here, own or the remote's."""
    known = ("show-ref", "--verify", "--quiet")
    return any(git.run(repository.top, *known, name, check=False).status == 0 for name in places(repository, branch))


def on_branch(repository: Repository, branch: str, commit: str) -> bool:
    """Whether a commit is part of a branch's history, as far as it is known here."""
    return any(git.contains(repository, name, commit) for name in places(repository, branch))


def objects(repository: Repository, names: tuple[str, ...]) -> dict[str, str]:
    """Full name -> id of the object itself (for an annotated tag the tag object)."""
    asked = git.run(repository.top, "for-each-ref", "--format=%(objectname)%09%(refname)", *names)
    return {line.split("\t")[1]: line.split("\t")[0] for line in asked.stdout.splitlines()}


def create_release(repository: Repository, tag: str, commit: str, message: str, branch: str | None) -> None:
    """Make the annotated tag, and the branch if one is named, in one transaction: both or none."""
    header = f"object {commit}\ntype commit\ntag {tag}\ntagger {git.identity(repository)}\n\n"
    made = git.run(repository.top, "mktag", stdin=header + message).stdout.strip()
    lines = [f"create refs/tags/{tag} {made}"]
    if branch:
        lines.append(f"create refs/heads/{branch} {commit}")
    git.run(repository.top, "update-ref", "--stdin", stdin="start\n" + "\n".join(lines) + "\nprepare\ncommit\n")
