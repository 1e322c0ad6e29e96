"""Branches and tags whose names make a release's own impossible.

Git keeps a reference as a file, so `release-v1.0` and `release-v1.0/fix` cannot both exist (git-check-ref-format(1)).
"""

from collections.abc import Iterable

from dockdj.errors import Refused

HEADS, TAGS, REMOTES = "refs/heads/", "refs/tags/", "refs/remotes/"


def require_free(wanted: Iterable[str], references: Iterable[str], remote: str, *, at_remote: bool = False) -> None:
    """Raise Refused if references make one of the wanted ones impossible, here or at the remote `remote`.

    All are full names. `at_remote` says that the references are the remote's own. Without it they are this clone's,
    which has the remote's branches as of the last fetch.
    """
    names = {*references}
    blocked = [
        (name, blocking)
        for name in wanted
        for blocking in sorted(names)
        if _excludes(_theirs(name, remote), blocking) or _excludes(name, blocking)
    ]
    if blocked:
        raise Refused(
            "; ".join(_sentence(name, other, remote, at_remote=at_remote) for name, other in blocked),
            hint=_remedy(blocked[0][1], remote, at_remote=at_remote),
        )


def _excludes(name: str, other: str) -> bool:
    return bool(name) and (other.startswith(f"{name}/") or name.startswith(f"{other}/"))


def _theirs(name: str, remote: str) -> str:
    """The name under which a clone has the remote's branch of a name; empty for a tag, and without a remote."""
    return f"{REMOTES}{remote}/{name.removeprefix(HEADS)}" if remote and name.startswith(HEADS) else ""


def _sentence(name: str, blocking: str, remote: str, *, at_remote: bool) -> str:
    where = f" of `{remote}`" if at_remote or blocking.startswith(REMOTES) else ""
    return f"{_kind(blocking)} {_short(blocking, remote)}{where} makes {_kind(name)} {_short(name, remote)} impossible"


def _remedy(blocking: str, remote: str, *, at_remote: bool) -> str:
    short = _short(blocking, remote)
    # A name that is not blocked, and blocks nothing.
    other = short.replace("/", "-") if "/" in short else f"{short}-other"
    if at_remote or blocking.startswith(REMOTES):
        source = blocking if blocking.startswith(REMOTES) else f"{REMOTES}{remote}/{short}"
        if _kind(blocking) == "tag":
            return f"if nobody needs the tag: git push {remote} --delete {blocking}"
        return (
            f"if it is gone there: git fetch --prune {remote}; else rename it: "
            f"git push {remote} {source}:{HEADS}{other} && git push {remote} --delete {short}"
        )
    if _kind(blocking) == "tag":
        return f"rename the tag: git tag {other} {short} && git tag --delete {short}"
    return f"rename the branch: git branch --move {short} {other}"


def _kind(name: str) -> str:
    return "tag" if name.startswith(TAGS) else "branch"


def _short(name: str, remote: str) -> str:
    for start in (f"{REMOTES}{remote}/", HEADS, TAGS):
        if name.startswith(start):
            return name.removeprefix(start)
    return name
