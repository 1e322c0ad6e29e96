"""The rules by which Amazon's `eb` client leaves files out of a source bundle.

Measured on awsebcli 3.27.5, which matches with pathspec 0.12's `gitwildmatch`. This is not what Git does: every path is
matched by itself, and the last pattern that matches decides, so that `docs/` and then `!docs/keep/` brings `docs/keep/`
back. The version of pathspec that does so cannot be installed together with today's mypy or black, so the rules are
written here.
"""

import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dockdj.errors import ProjectError
from dockdj.model.beanstalk.path_expression import Character, Maybe, OneOf, Path, Some, Step, compiled, matches

EBIGNORE = ".ebignore"
# A path with this anywhere in its folders is never bundled.
OWN_FOLDER = ".elasticbeanstalk"
BACKUP = "~"
SLASH = Character("/")
BELOW = (SLASH, Some(0, across=True))


@dataclass(frozen=True)
class Pattern:
    """A line of an `.ebignore`: the steps of its expression, and whether paths are left out (`out`) or brought back."""

    line: int
    text: str
    steps: tuple[Step, ...]
    out: bool


@dataclass(frozen=True)
class Verdict:
    """The decision about a path: `kept` in the bundle or not, and the rule behind it; empty when no rule matched."""

    kept: bool
    why: str = ""


def parse(text: str) -> tuple[Pattern, ...]:
    """The patterns of an `.ebignore`. Raises ProjectError with each line at which the client fails."""
    patterns: list[Pattern] = []
    wrong: list[str] = []
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        # The client reads lines with their ends, so a backslash and a space before the end are no escaped space.
        bare = line.lstrip() if line.endswith("\\ ") else line.strip()
        if not bare or bare.startswith("#") or bare == "/":
            continue
        out = not bare.startswith("!")
        try:
            with warnings.catch_warnings():
                # A later Python may read some sets differently; the client's Python does not.
                warnings.simplefilter("ignore", FutureWarning)
                steps = tuple(_expression(bare if out else bare[1:]))
        except (re.error, ValueError) as error:
            wrong.append(f"\n  {EBIGNORE}:{number}: `{bare}` is not a pattern: {error}")
            continue
        patterns.append(Pattern(number, bare, steps, out))
    if wrong:
        raise ProjectError(f"{EBIGNORE} is invalid:{''.join(wrong)}", hint=f"correct {EBIGNORE}")
    return tuple(patterns)


def judge(path: str, patterns: Iterable[Pattern]) -> Verdict:
    """Decide whether the client bundles a file or link at `path`, which is relative to the project and uses `/`."""
    folder, _, _ = path.rpartition("/")
    if OWN_FOLDER in folder:
        return Verdict(False, f"below {OWN_FOLDER}")
    if path == EBIGNORE:
        return Verdict(False, f"{EBIGNORE} itself")
    if path.endswith(BACKUP):
        return Verdict(False, "a backup file")
    last = None
    places = Path(path)
    for pattern in patterns:
        if matches(pattern.steps, places):
            last = pattern
    if last is None:
        return Verdict(True)
    return Verdict(not last.out, f"{EBIGNORE}:{last.line}: {last.text}")


def _expression(pattern: str) -> Iterator[Step]:
    """The expression of a pattern without its `!`. Raises ValueError and re.error when the pattern has no meaning."""
    names = pattern.split("/")
    names = [name for at, name in enumerate(names) if at == 0 or (name, names[at - 1]) != ("**", "**")]
    if names == ["**", ""]:
        yield from (Some(1, across=True), SLASH, Some(0, across=True))
        return
    if names[0] == "":
        names = names[1:]
    elif len([name for name in names if name]) == 1 and len(names) <= 2 and names[0] != "**":
        # A pattern without a slash, or with only a trailing one, matches in any folder.
        names = ["**", *names]
    if not names:
        raise ValueError("it is empty")
    if len(names) > 1 and names[-1] == "":
        names[-1] = "**"
    last = len(names) - 1
    for at, name in enumerate(names):
        yield from _part(name, at, last, names[0] == "**")


def _part(name: str, at: int, last: int, anywhere: bool) -> Iterator[Step]:
    """The expression of a name between slashes; with `anywhere` the pattern begins with any folders."""
    if name == "**":
        if at == last:
            yield from (Some(1), Maybe(BELOW)) if at == 0 else BELOW
        else:
            yield Maybe((Some(1, across=True), SLASH)) if at == 0 else Maybe((SLASH, Some(1, across=True)))
        return
    if not (at == 0 or (at == 1 and anywhere)):
        yield SLASH
    yield from (Some(1),) if name == "*" else _glob(name)
    if at == last:
        # A matched folder includes everything below it.
        yield Maybe(BELOW)


def _glob(name: str) -> Iterator[Step]:
    """The expression of a name with wildcards. Raises ValueError for a backslash at the end, re.error for a bad set."""
    at = 0
    while at < len(name):
        character = name[at]
        at += 1
        if character == "\\":
            if at == len(name):
                raise ValueError("it ends with a backslash")
            yield Character(name[at])
            at += 1
        elif character == "[" and (end := _end_of_set(name, at)):
            negated = name[at] in "!^"
            inside = name[at + negated : end].replace("\\", "\\\\")
            characters = f"[{'^' if negated else ''}{inside}]"
            compiled(characters)
            yield OneOf(characters)
            at = end + 1
        else:
            yield {"*": Some(0), "?": Some(1, 1)}.get(character) or Character(character)


def _end_of_set(name: str, start: int) -> int:
    """The position where the set that opened before `start` closes; 0 when it does not. A leading `]` is a member."""
    first = start + 1 if name[start : start + 1] in ("!", "^") else start
    first += name[first : first + 1] == "]"
    return name.find("]", first) + 1 and name.find("]", first)
