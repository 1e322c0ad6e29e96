"""Read a `.env` strictly: refuse what any of the usual parsers would read differently.

The parsers: Docker Compose (env_file, interpolation), `docker run --env-file`, honcho, python-dotenv, django-environ,
a POSIX shell that sources the file, and Elastic Beanstalk, which writes `$` as `$$`. They disagree on quotes, escapes,
`#`, `$` and spaces, so the application would get a password with one of these cut or changed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dockdj.errors import ProjectError

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# docker's own reader of --env-file takes lines of less than 64 KiB (Go, bufio.MaxScanTokenSize).
LONGEST_LINE = 65_000
# sh and bash set these themselves, refuse to have them set, or read every later line otherwise.
OF_THE_SHELL = frozenset(
    (
        *("_", "EUID", "FUNCNAME", "GROUPS", "HISTCMD", "IFS", "LINENO", "OLDPWD", "OPTARG", "OPTIND", "PPID", "PWD"),
        *("BASHOPTS", "BASHPID", "BASH_VERSINFO", "DIRSTACK", "RANDOM", "SECONDS", "SHELLOPTS", "SHLVL", "SRANDOM"),
        *("EPOCHREALTIME", "EPOCHSECONDS", "PIPESTATUS", "POSIXLY_CORRECT", "UID"),
    )
)
DECORATION = re.compile(rb"""["'\r]|^[ \t]*(?:export[ \t]+)?""", re.MULTILINE)
CONTROL = {*range(32), 127} - {ord("\t")}
# Character -> the programs that change a value with it.
CHANGED_BY = {
    "$": "compose and shells put a variable in its place, and Elastic Beanstalk writes it twice",
    "#": "honcho and python-dotenv take what follows for a comment",
    "'": "shells and most parsers take it away",
    '"': "shells and most parsers take it away",
    "\\": "shells and honcho take it for an escape",
    "`": "a shell runs what follows as a command",
    **dict.fromkeys(";&|<>()", "a shell ends the value there"),
}


@dataclass(frozen=True)
class Mistake:
    """A mistake in a line (counted from 1) of a file. It never holds a value, which may be a secret."""

    line: int
    reason: str


def parse(content: bytes, name: str) -> Mapping[str, str]:
    """The variables of a `.env`. Raises ProjectError with every mistake, as `name:LINE: reason`."""
    values, mistakes = read(content)
    refuse(mistakes, name)
    return values


def readable(content: bytes) -> Mapping[str, str]:
    """The variables that any program may read from a `.env`: quotes and `export` are accepted here."""
    return read(DECORATION.sub(b"", content))[0]


def refuse(mistakes: list[Mistake], name: str) -> None:
    """Raise ProjectError when there are mistakes in the file `name`."""
    if mistakes:
        lines = "".join(f"\n  {name}:{mistake.line}: {mistake.reason}" for mistake in mistakes)
        raise ProjectError(f"{name} is wrong:{lines}", hint=f"correct {name} and run the command again")


def read(content: bytes) -> tuple[dict[str, str], list[Mistake]]:
    """The variables of a `.env`, and its mistakes in the order of its lines."""
    values: dict[str, str] = {}
    first: dict[str, int] = {}
    mistakes: list[Mistake] = []
    if content.startswith(b"\xef\xbb\xbf"):
        mistakes.append(Mistake(1, "starts with a byte order mark: a shell and honcho do not see the first line"))
        content = content[3:]
    for number, raw in enumerate(content.split(b"\n"), 1):
        reasons = list(_line_reasons(raw))
        if reasons or not is_assignment(line := raw.decode()):
            mistakes += [Mistake(number, reason) for reason in reasons]
            continue
        name, _, value = line.partition("=")
        reasons = [*_name_reasons(name), *value_reasons(value)]
        if name in first:
            reasons.append(f"is already in line {first[name]}")
        mistakes += [Mistake(number, f"{name}: {reason}" if NAME.fullmatch(name) else reason) for reason in reasons]
        first.setdefault(name, number)
        values.setdefault(name, value)
    return values, mistakes


def is_assignment(line: str) -> bool:
    """Tell whether a line is neither blank nor a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def value_reasons(value: str) -> Iterator[str]:
    """The reasons why parsers read a value differently; the value is not shown."""
    for character, reason in CHANGED_BY.items():
        if character in value:
            yield f"the value holds `{character}`: {reason}"
    if any(character.isspace() for character in value):
        yield "the value holds a space: shells end it there, and parsers cut it at the ends"
    elif not (value.isascii() and value.isprintable()):
        yield "the value holds characters beyond ASCII: honcho reads them in the machine's own encoding"
    if value.startswith("~") or ":~" in value:
        yield "the value holds `~` at its start or after `:`: a shell puts a home folder in its place"


def _line_reasons(raw: bytes) -> Iterator[str]:
    if raw.endswith(b"\r"):
        yield "ends with a carriage return, which a shell takes for part of the value"
        raw = raw[:-1]
    if len(raw) > LONGEST_LINE:
        yield f"has more than {LONGEST_LINE:,} bytes, which docker cannot read"
    try:
        line = raw.decode()
    except UnicodeDecodeError:
        yield "is not UTF-8"
        return
    # Text after a separator at the end of the line belongs to the next line, which is checked on its own.
    if len(f"{line}.".splitlines()) > 1 or any(ord(character) in CONTROL for character in line):
        yield "holds a control character or a line separator, at which some parsers begin another line"
    elif is_assignment(line) and "=" not in line:
        yield "has no `=`"


def _name_reasons(name: str) -> Iterator[str]:
    bare = name.strip()
    if bare.startswith("export ") and NAME.fullmatch(bare.removeprefix("export ").strip()):
        yield "starts with `export`, which `docker run` takes for part of the name"
    elif bare != name and NAME.fullmatch(bare):
        yield f"{bare} has a space next to it: a shell then sees no assignment"
    elif not NAME.fullmatch(name):
        yield "the text before `=` is not a name: letters, digits and `_`, not starting with a digit"
    elif name in OF_THE_SHELL:
        yield "this name has a meaning for shells"
