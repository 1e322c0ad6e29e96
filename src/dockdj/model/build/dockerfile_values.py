"""Values of a Dockerfile's variables, and what a substitution makes of them.

A value that cannot be known without a build is `Unknown`, and is never replaced by a guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from dockdj.model.build import dockerfile_patterns as patterns

LONGEST_PATTERN_VALUE = 500
MODIFIERS = ("+", "-", "?", "#", "%")


@dataclass(frozen=True)
class Unknown:
    """A value that is not known before the build, and the reason."""

    reason: str


class Declared(Enum):
    """The state of an argument that a Dockerfile declares without a value: unset, or empty in older BuildKits."""

    WITHOUT_VALUE = "unset or empty"


Text = str | Unknown
Value = str | Unknown | Declared
Variables = Mapping[str, Value]


class BadWord(Exception):
    """A word that BuildKit refuses."""


@dataclass(frozen=True)
class Choice:
    """A substitution that chooses between the variable's value and a word; `colon` takes an empty value for unset."""

    name: str
    modifier: str
    colon: bool


_LONG = Unknown(f"a pattern is not evaluated on more than {LONGEST_PATTERN_VALUE} characters")


def plain(value: Value | None) -> Text:
    """`$x`: an unset variable is empty."""
    return "" if value is None or isinstance(value, Declared) else value


def chosen(choice: Choice, value: Value | None, word: Text) -> Text:
    """The variable's value, the word, or nothing. Raises BadWord for a variable that must be set."""
    if isinstance(value, Declared):
        if not choice.colon and choice.modifier != "?":
            return Unknown(f"`ARG {choice.name}` has no value, and BuildKit's versions differ in whether it is set")
        value = None
    if isinstance(value, Unknown):
        return value
    is_set = value is not None and not (choice.colon and value == "")
    if choice.modifier == "-":
        return value if is_set and value is not None else word
    if choice.modifier == "+":
        return word if is_set else ""
    if is_set and value is not None:
        return value
    reason = word if isinstance(word, str) and word else f"is {'empty or ' * choice.colon}unset"
    raise BadWord(f"{choice.name}: {reason}")


def trimmed(modifier: str, value: Value | None, word: Text) -> Text:
    """`${x#word}` or `${x%word}`; a word that begins with the modifier asks for the longest match. Raises BadWord."""
    text = plain(value)
    if isinstance(text, Unknown):
        return text
    if isinstance(word, Unknown):
        return word
    longest = word.startswith(modifier)
    pattern = word[longest:]
    if _too_long(text, pattern):
        return _LONG
    trim = patterns.without_prefix if modifier == "#" else patterns.without_suffix
    try:
        return trim(text, pattern, longest=longest)
    except patterns.BadPattern as error:
        raise BadWord(str(error)) from error


def replaced(value: Value | None, pattern: Text, replacement: Text, *, every: bool) -> Text:
    """`${x/pattern/replacement}`, or `${x//pattern/replacement}` for every match. Raises BadWord."""
    text = plain(value)
    if isinstance(text, Unknown):
        return text
    if isinstance(pattern, Unknown):
        return pattern
    if isinstance(replacement, Unknown):
        return replacement
    if every and "$" in replacement:
        return Unknown("a `$` in the replacement of `${x//p/r}` is not evaluated")
    if _too_long(text, pattern):
        return _LONG
    try:
        return patterns.replaced(text, pattern, replacement, every=every)
    except patterns.BadPattern as error:
        raise BadWord(str(error)) from error


def _too_long(value: str, pattern: str) -> bool:
    return max(len(value), len(pattern)) > LONGEST_PATTERN_VALUE
