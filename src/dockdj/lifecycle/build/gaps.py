"""Warn of files whose content in a build differs from their authors' checkouts: submodules, LFS pointers, filters."""

from pathlib import Path

from dockdj.adapters.git import repository as git
from dockdj.adapters.git.gaps import gaps
from dockdj.events import Report, Warned
from dockdj.model.files import shown
from dockdj.model.listing import in_words


def warn(repository: git.Repository, commit: str, folder: Path, report: Report) -> None:
    """Name the gaps in a checkout of a commit before it is built, and what to type."""
    gap = gaps(repository, commit, folder)
    if gap.submodules:
        report(
            Warned(
                f"the folders of submodules are empty in the build: {_list(gap.submodules)}. To release their files, "
                "commit them: git rm --cached PATH, remove PATH/.git, git add PATH"
            )
        )
    if gap.pointers:
        report(
            Warned(
                f"the build gets Git LFS pointers instead of contents: {_list(gap.pointers)}. For the contents: "
                "git lfs install && git lfs fetch, and run the command again"
            )
        )
    for name, paths in gap.filters.items():
        report(
            Warned(
                f"this machine's Git has no filter `{name}`, so the build gets the files as they are stored: "
                f"{_list(paths)}. To define the filter: git config filter.{name}.smudge COMMAND"
            )
        )


def _list(paths: tuple[str, ...]) -> str:
    return in_words([shown(path) for path in paths])
