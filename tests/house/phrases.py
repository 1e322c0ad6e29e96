"""Phrases that plain English does without, each with what to write in its place."""

import re
from collections.abc import Iterator

_BE = r"(?:am|is|are|was|were|be|been|being)"
# Words that begin a docstring without naming anything.
VAGUE_OPENINGS = frozenset({"What", "Who", "Whether", "Where", "How", "It"})
OPENING = "begin with an imperative, or with a noun that names the thing"
# "as well", "works well" and "well known" are plain English.
_NOT_AFTER = r"(?<!\bas\s)(?<!\bworks\s)(?<!\bwork\s)"
_NOT_BEFORE = r"(?!-| (?:known|above|below|within|before|after|under)\b)"
# Regular expression -> what to write. Spaces match line breaks, too.
PHRASES = {
    rf"\b{_BE} (?-i:none)\b": "`is not a …`, `unknown` or `invalid`",
    r"(?<!\bthere\s)\b(?:is|are|was|were) no (?!more\b|less\b|worse\b|different\b|\w+er\b)\w+": "`is not a …`",
    r"\bof (?:its|their|his|her|our|your|my|whose) own\b": "nothing, or `separate`",
    r"\b(?:stands|stood|standing)\b(?! for\b| in for\b| out\b|-)": "`is` or `is written`",
    r"\bstand\b(?! for\b| in for\b| out\b|-)": "`are` or `are written`",
    r"\bbeside\b": "`next to`, `alongside` or `in addition to`",
    r"\banew\b": "`again` or `re…`",
    rf"{_NOT_AFTER}\bwell\b{_NOT_BEFORE}": "`valid`, `healthy` or `successfully`",
    r"\b(?:go|goes|going|went|gone) on\b": "`continue` or `resume`",
    rf"\b{_BE} said\b": "who says it: `warns`, `the message says`",
    r"\bof others\b": "`third-party` or `pulled`",
    r"\bwho(?:so)?ever\b": "`the caller`, `the reader`, `a second process`",
    r"\bpass(?:es|ed|ing)? over\b": "`skip`",
    r"\bno more\b(?! than\b)": "`no longer`",
    r"\bbe had\b": "`available` or `pulled`",
    r"\b(?:have|has|had) (?:it|them) not\b": "`does not have`",
    r"\b(?:come|comes|came|coming) to (?:nothing|be)\b": "`fails`",
    r"\bpassing failures?\b": "`transient failure`",
    r"\bhow (?:it|they) feels?\b": "`its health`",
    r"\b(?:lost|lose|loses|losing) sight of\b": "`lose contact with`",
    r"\bcannot be told\b": "`has no equivalent of`",
}
_PATTERNS = {re.compile(phrase.replace(" ", r"\s+"), re.IGNORECASE): instead for phrase, instead in PHRASES.items()}


def banned(text: str) -> Iterator[tuple[int, str]]:
    """Each banned phrase of a text: the number of lines before it, and what is wrong."""
    for pattern, instead in _PATTERNS.items():
        for match in pattern.finditer(text):
            phrase = " ".join(match[0].split())
            yield text.count("\n", 0, match.start()), f"`{phrase}`: write {instead}"


def vague_opening(docstring: str) -> str | None:
    """The first word of a docstring if it names nothing."""
    word = docstring.split(maxsplit=1)[0].rstrip(",:;.") if docstring.strip() else ""
    return word if word in VAGUE_OPENINGS else None
