"""A comparison of two releases for people at a terminal."""

from collections.abc import Iterator

from dockdj.cli.views.diff import lines, summary
from dockdj.lifecycle.diff.diff import Comparison
from dockdj.model.diff.changes import ValueChange


def as_text(comparison: Comparison) -> str:
    """Return the summary, then the parts that may need a decision, then the rest. It is readable without colour."""
    shown = ["      ".join(summary.heading(comparison))]
    shown += [f"  {title:<9} {text}" for title, text in summary.facts(comparison)]
    for title, section in sections(comparison):
        shown += [title, *(f"  {line}" for line in section)]
    return "\n".join([*shown, "no difference"] if comparison.empty else shown)


def sections(comparison: Comparison) -> Iterator[tuple[str, list[str]]]:
    """Return title and lines of each part that is not empty."""
    parts = [
        ("Commits", lines.commit_lines(comparison)),
        ("Migrations", lines.migration_lines(comparison)),
        ("Variables", lines.variable_lines(comparison)),
        ("Values", lines.value_lines(comparison)),
        *((title, lines.package_lines(comparison, kind)) for kind, title in lines.KINDS.items()),
        ("Runtime", lines.runtime_lines(comparison)),
        ("Base images", lines.base_lines(comparison)),
        ("Image settings", lines.setting_lines(comparison)),
        ("Files that no package owns", lines.unmanaged_lines(comparison)),
        ("Configuration", _files(comparison)),
        ("Images", lines.image_lines(comparison)),
    ]
    for title, part in parts:
        if present := list(part):
            yield title, present


def _files(comparison: Comparison) -> Iterator[str]:
    compose = comparison.changes.compose
    for file in [*comparison.changes.files, *([compose] if compose else [])]:
        yield _file(file)
        text = comparison.texts.get((file.service, file.name), "")
        yield from (f"    {line}" for line in text.splitlines())


def _file(file: ValueChange) -> str:
    return f"{lines.SIGNS[file.change]} {file.name}" + (f"  [{file.service}]" if file.service else "")
