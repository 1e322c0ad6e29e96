"""A comparison of two releases in Markdown, for a pull request."""

import re
from collections.abc import Iterator

from dockdj.cli.views.diff import lines, summary
from dockdj.lifecycle.diff.diff import Comparison

# What Markdown or HTML would take for its own; a backslash before ASCII punctuation is that character (CommonMark 2.4).
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&@!])")


def as_markdown(comparison: Comparison) -> str:
    """Return a heading, the summary and a list for each part, with the text of files as diff blocks."""
    versions, same = summary.heading(comparison)
    shown = [f"### {_plain(versions)}", "", _plain(same), ""]
    shown += ["No difference.", ""] if not summary.in_short(comparison) else []
    shown += [f"- {_fact(title, text)}" for title, text in summary.facts(comparison)]
    parts = [
        ("Migrations", lines.migration_lines(comparison)),
        ("Variables", lines.variable_lines(comparison)),
        ("Values", lines.value_lines(comparison)),
        *((title, lines.package_lines(comparison, kind)) for kind, title in lines.KINDS.items()),
        ("Runtime", lines.runtime_lines(comparison)),
        ("Base images", lines.base_lines(comparison)),
        ("Image settings", lines.setting_lines(comparison)),
        ("Files that no package owns", lines.unmanaged_lines(comparison)),
        ("Images", lines.image_lines(comparison)),
        ("Commits", lines.commit_lines(comparison)),
    ]
    for title, part in parts:
        listed = [f"- {_item(line)}" for line in part]
        shown += ["", f"#### {title}", "", *listed] if listed else []
    files = list(_files(comparison))
    return "\n".join([*shown, *(["", "#### Configuration", *files] if files else [])])


def _files(comparison: Comparison) -> Iterator[str]:
    compose = comparison.changes.compose
    for file in [*comparison.changes.files, *([compose] if compose else [])]:
        where = f" ({_plain(file.service)})" if file.service else ""
        yield f"\n`{lines.SIGNS[file.change]} {file.name}`{where}"
        if text := comparison.texts.get((file.service, file.name)):
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
            yield f"\n{fence}diff\n{text}\n{fence}"


def _item(line: str) -> str:
    """Return a line with its leading sign in code marks, so that Markdown does not read it as a list."""
    sign, _, rest = line.partition(" ")
    return f"`{sign}` {_loud(_plain(rest))}"


def _fact(title: str, text: str) -> str:
    shown = _plain(text)
    return f"{title}: " + (f"**{shown}**" if title in ("in short", "security") else _loud(shown))


def _loud(text: str) -> str:
    for word in (lines.DOWN, lines.PROCESSOR, "NOT REVERSIBLE"):
        text = text.replace(word, f"**{word}**")
    return text


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
