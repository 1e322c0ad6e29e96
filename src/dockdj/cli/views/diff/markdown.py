"""A comparison of two releases in Markdown, for a pull request."""

import re
from collections.abc import Iterator

from dockdj.cli.views.diff import lines, summary
from dockdj.lifecycle.diff.diff import Comparison

# What Markdown or HTML would take for its own; a backslash before ASCII punctuation is that character (CommonMark 2.4).
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&@!])")


def as_markdown(found: Comparison) -> str:
    """A heading, the summary, and a list for each part; the text of files as diff blocks."""
    versions, same = summary.heading(found)
    shown = [f"### {_plain(versions)}", "", _plain(same), ""]
    shown += ["No difference.", ""] if not summary.in_short(found) else []
    shown += [f"- {_fact(title, text)}" for title, text in summary.facts(found)]
    parts = [
        ("Migrations", lines.migration_lines(found)),
        ("Variables", lines.variable_lines(found)),
        ("Values", lines.value_lines(found)),
        *((title, lines.package_lines(found, kind)) for kind, title in lines.KINDS.items()),
        ("Runtime", lines.runtime_lines(found)),
        ("Base images", lines.base_lines(found)),
        ("Image settings", lines.setting_lines(found)),
        ("Files that no package owns", lines.unmanaged_lines(found)),
        ("Images", lines.image_lines(found)),
        ("Commits", lines.commit_lines(found)),
    ]
    for title, part in parts:
        listed = [f"- {_item(line)}" for line in part]
        shown += ["", f"#### {title}", "", *listed] if listed else []
    files = list(_files(found))
    return "\n".join([*shown, *(["", "#### Configuration", *files] if files else [])])


def _files(found: Comparison) -> Iterator[str]:
    compose = found.changes.compose
    for file in [*found.changes.files, *([compose] if compose else [])]:
        where = f" ({_plain(file.service)})" if file.service else ""
        yield f"\n`{lines.SIGNS[file.change]} {file.name}`{where}"
        if text := found.texts.get((file.service, file.name)):
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
            yield f"\n{fence}diff\n{text}\n{fence}"


def _item(line: str) -> str:
    """A line whose first word is a sign, which a list would take for its own."""
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
