"""Branches and tags: a snapshot of all that a clone knows, and the transaction that creates a release's own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dockdj.adapters.git import repository as git
from dockdj.adapters.git.repository import Repository
from dockdj.errors import CommandFailed

BRANCHES = "refs/heads/"
FORMAT = "%(HEAD)%09%(refname)%09%(objectname)%09%(*objectname)%09%(symref)"


@dataclass(frozen=True)
class References:
    """The branches and tags of a clone at one moment, and its remote's branches as of the last fetch.

    `objects` is full name -> id of the object (for an annotated tag the tag object); `commits` is full name -> commit.
    `links` is symbolic reference -> the reference it points to. `current` is the full name of the branch that is
    checked out, empty for a detached HEAD. `remote` is the remote's name, empty without one.
    """

    objects: Mapping[str, str]
    commits: Mapping[str, str]
    links: Mapping[str, str]
    current: str
    remote: str

    def places(self, branch: str) -> tuple[str, ...]:
        """The full names of a branch in this clone: a build service's checkout has the remote's only."""
        remote = (f"refs/remotes/{self.remote}/{branch}",) if self.remote else ()
        return tuple(name for name in (f"{BRANCHES}{branch}", *remote) if name in self.commits)

    def default_branch(self, theirs: Collection[str] = ()) -> str:
        """The branch releases start from: the remote's, else main or master, else the current branch.

        `theirs` are full names of the remote's branches, for a clone that lacks some.
        """
        if self.remote and (head := self.links.get(f"refs/remotes/{self.remote}/HEAD")):
            return head.removeprefix(f"refs/remotes/{self.remote}/")
        for branch in ("main", "master"):
            if f"{BRANCHES}{branch}" in theirs or self.places(branch):
                return branch
        return self.current.removeprefix(BRANCHES) or "main"


def read(repository: Repository, remote: str | None = None) -> References:
    """Ask Git once for every reference; `remote` is the name of the remote whose branches count."""
    output = git.run(repository.top, "for-each-ref", f"--format={FORMAT}", "refs/heads", "refs/tags", "refs/remotes")
    return parse(output.stdout, remote or "")


def of_remote(repository: Repository, remote: str) -> frozenset[str]:
    """The commits of a remote's branches, as of the last fetch."""
    output = git.run(repository.top, "for-each-ref", "--format=%(objectname)", f"refs/remotes/{remote}").stdout
    return frozenset(output.split())


def parse(output: str, remote: str) -> References:
    """The references in what `git for-each-ref` wrote in FORMAT. Raises CommandFailed for another output."""
    # A name may hold what Python takes for the end of a line.
    lines = [line.split("\t") for line in output.split("\n") if line]
    if wrong := [line for line in lines if len(line) != FORMAT.count("%09") + 1]:
        raise CommandFailed(f"git for-each-ref wrote another form: {wrong[0]}", hint="upgrade Git, then again")
    return References(
        objects={name: own for _, name, own, _, _ in lines},
        commits={name: peeled or own for _, name, own, peeled, _ in lines},
        links={name: goal for _, name, _, _, goal in lines if goal},
        current=next((name for mark, name, _, _, _ in lines if mark == "*"), ""),
        remote=remote,
    )


def containing(repository: Repository, commit: str, names: Collection[str]) -> frozenset[str]:
    """Those of some references whose history has a commit, as far as this clone knows it."""
    if not names:
        return frozenset()
    output = git.run(repository.top, "for-each-ref", "--format=%(refname)", f"--contains={commit}", *names, check=False)
    return frozenset(output.stdout.splitlines())


def create_release(repository: Repository, tag: str, commit: str, message: str, branch: str | None) -> None:
    """Create the annotated tag, and the branch if one is named, in one transaction: both or none."""
    header = f"object {commit}\ntype commit\ntag {tag}\ntagger {git.identity(repository)}\n\n"
    tag_object = git.run(repository.top, "mktag", stdin=header + message).stdout.strip()
    lines = [f"create refs/tags/{tag} {tag_object}"]
    if branch:
        lines.append(f"create {BRANCHES}{branch} {commit}")
    git.run(repository.top, "update-ref", "--stdin", stdin="start\n" + "\n".join(lines) + "\nprepare\ncommit\n")
