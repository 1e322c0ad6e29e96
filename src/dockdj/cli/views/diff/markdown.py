"""A comparison of two releases in Markdown, for a pull request."""

import re
from collections.abc import Iterator

from dockdj.cli.views.diff import lines, summary
from dockdj.lifecycle.diff.diff import Comparison

# Markup of Markdown and HTML. A backslash makes ASCII punctuation plain (CommonMark 2.4).
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&@!])")


def as_markdown(comparison: Comparison) -> str:
    """A heading, the summary, and a list for each part; the text of files as diff blocks."""
    versions, same = summary.heading(comparison)
    shown = [f"### {_plain(versions)}", "", _plain(same), ""]
    shown += ["No difference.", ""] if not summary.in_short(comparison) else []
    shown += [f"- {_fact(title, text)}" for title, text in summary.facts(comparison)]
    parts = lines.parts(comparison)
    commits = parts.pop("Commits", [])
    for title, part in {**parts, **({"Commits": commits} if commits else {})}.items():
        shown += ["", f"#### {title}", "", *(f"- {_item(line)}" for line in part)]
    files = list(_files(comparison))
    return "\n".join([*shown, *(["", "#### Configuration", *files] if files else [])])


def _files(comparison: Comparison) -> Iterator[str]:
    for file in comparison.changes.configuration:
        where = f" ({_plain(file.service)})" if file.service else ""
        yield f"\n`{lines.SIGNS[file.change]} {file.name}`{where}"
        if text := comparison.texts.get((file.service, file.name)):
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
            yield f"\n{fence}diff\n{text}\n{fence}"


def _item(line: str) -> str:
    """A line that starts with a sign, as code: a list would take the sign for a bullet."""
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
