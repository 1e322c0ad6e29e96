"""A comparison of two releases for people at a terminal: titles and order. `lines.py` words each change."""

from collections.abc import Iterator

from dockdj.cli.views.diff import lines, summary
from dockdj.lifecycle.diff.diff import Comparison


def as_text(comparison: Comparison) -> str:
    """The summary, then the parts that may need a decision, then the others; no colour is needed to read the text."""
    shown = ["      ".join(summary.heading(comparison))]
    shown += [f"  {title:<9} {text}" for title, text in summary.facts(comparison)]
    for title, part in _parts(comparison).items():
        shown += [title, *(f"  {line}" for line in part)]
    return "\n".join([*shown, "no difference"] if comparison.empty else shown)


def _parts(comparison: Comparison) -> dict[str, list[str]]:
    """The parts with the configuration files, and the images last."""
    parts = lines.parts(comparison)
    images = parts.pop("Images", [])
    ordered = {**parts, "Configuration": list(_files(comparison)), "Images": images}
    return {title: part for title, part in ordered.items() if part}


def _files(comparison: Comparison) -> Iterator[str]:
    for file in comparison.changes.configuration:
        yield f"{lines.SIGNS[file.change]} {file.name}" + (f"  [{file.service}]" if file.service else "")
        text = comparison.texts.get((file.service, file.name), "")
        yield from (f"    {line}" for line in text.splitlines())
