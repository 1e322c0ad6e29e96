"""A comparison of two releases for people at a terminal."""

from collections.abc import Iterator

from dockdj.cli.views.diff import lines, summary
from dockdj.lifecycle.diff.diff import Comparison
from dockdj.model.diff.changes import ValueChange


def as_text(found: Comparison) -> str:
    """The summary first, then what may need a decision, then all else; no colour is needed to read it."""
    shown = ["      ".join(summary.heading(found))]
    shown += [f"  {title:<9} {text}" for title, text in summary.facts(found)]
    for title, section in sections(found):
        shown += [title, *(f"  {line}" for line in section)]
    return "\n".join([*shown, "no difference"] if found.empty else shown)


def sections(found: Comparison) -> Iterator[tuple[str, list[str]]]:
    """The parts of a comparison that are not empty: title and lines."""
    parts = [
        ("Commits", lines.commit_lines(found)),
        ("Migrations", lines.migration_lines(found)),
        ("Variables", lines.variable_lines(found)),
        ("Values", lines.value_lines(found)),
        *((title, lines.package_lines(found, kind)) for kind, title in lines.KINDS.items()),
        ("Runtime", lines.runtime_lines(found)),
        ("Base images", lines.base_lines(found)),
        ("Image settings", lines.setting_lines(found)),
        ("Files that no package owns", lines.unmanaged_lines(found)),
        ("Configuration", _files(found)),
        ("Images", lines.image_lines(found)),
    ]
    for title, part in parts:
        if present := list(part):
            yield title, present


def _files(found: Comparison) -> Iterator[str]:
    compose = found.changes.compose
    for file in [*found.changes.files, *([compose] if compose else [])]:
        yield _file(file)
        text = found.texts.get((file.service, file.name), "")
        yield from (f"    {line}" for line in text.splitlines())


def _file(file: ValueChange) -> str:
    return f"{lines.SIGNS[file.change]} {file.name}" + (f"  [{file.service}]" if file.service else "")
