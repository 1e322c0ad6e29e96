"""Read the text of a Dockerfile: directives, continued lines, comments, here-documents, instructions.

The rules are those of BuildKit's parser (frontend/dockerfile/parser). BuildKit's versions read a few texts
differently; such a text is refused.
"""

import json
import re
from dataclasses import dataclass

from dockdj.errors import ProjectError
from dockdj.model import json_document
from dockdj.model.build import dockerfile_flags
from dockdj.model.build.dockerfile_values import BadWord
from dockdj.model.build.dockerfile_words import SPACES, Reading, split

ONBUILD = "ONBUILD"
_HEREDOCS_IN = frozenset(("ADD", "COPY", "RUN"))
_JSON_IN = frozenset(("ADD", "CMD", "COPY", "ENTRYPOINT", "HEALTHCHECK", "RUN", "SHELL", "VOLUME"))
INSTRUCTIONS = _HEREDOCS_IN | _JSON_IN | {
    "ARG", "ENV", "EXPOSE", "FROM", "LABEL", "MAINTAINER", ONBUILD, "STOPSIGNAL", "USER", "WORKDIR"
}  # fmt: skip
_NOT_TRIGGERED = frozenset((ONBUILD, "FROM", "MAINTAINER"))
# The longest line that BuildKit's scanner takes, in bytes.
LONGEST_LINE = 65_535
_BLANK = re.compile(r"[\t\v\f\r ]+")
_DIRECTIVE = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*([^\n]+?)[\t\n\f\r ]*")
_HEREDOC = re.compile(r"([0-9]*)<<(-?)[\t\n\f\r ]*([^<]*)")
_OLD_HEREDOC = re.compile(r"([0-9]*)<<(-?)([^<]*)")
_CHECK = re.compile(r"^#\s*check\s*=", re.IGNORECASE | re.MULTILINE)
_DIRECTIVES = frozenset(("syntax", "escape"))
_NEWER_DIRECTIVES = _DIRECTIVES | {"check"}


@dataclass(frozen=True)
class Heredoc:
    """The beginning of a here-document: its name, and whether tabs before its end are ignored."""

    name: str
    tabs: bool


@dataclass(frozen=True)
class Instruction:
    """An instruction, named in upper case, with its lines in the file.

    `arguments` is the text behind the flags. `items` are the texts of a JSON array, None for another form. ONBUILD has
    a `trigger`.
    """

    name: str
    flags: tuple[str, ...]
    arguments: str
    items: tuple[str, ...] | None
    heredocs: tuple[str, ...]
    trigger: "Instruction | None"
    line: int
    end: int


@dataclass(frozen=True)
class Script:
    """A Dockerfile's instructions, and its escape character."""

    escape: str
    instructions: tuple[Instruction, ...]


# The rules of a reading.
NEWEST, BUILDKIT_0_13 = True, False


def script_of(text: str, newest: bool) -> Script:
    """The instructions by the newest rules, or by those of BuildKit 0.13. Raises ProjectError."""
    return _Parser(text, newest=newest).script()


def parse(text: str) -> Script:
    """The instructions of a Dockerfile. Raises ProjectError for a text that BuildKit refuses.

    Also raises ProjectError for a text that BuildKit's versions read differently.
    """
    try:
        script = script_of(text, NEWEST)
    except ProjectError as error:
        # `$((1 << 8))` begins a here-document in BuildKit since 0.22, and does not in earlier versions.
        return _older(text, error)
    if "<<" in text or _CHECK.search(text):
        try:
            older = script_of(text, BUILDKIT_0_13)
        except ProjectError:
            return script
        if older.escape != script.escape:
            raise ProjectError(
                "BuildKit before 0.14 does not see `# escape=` behind `# check=`", hint="write `# escape=` first"
            )
        if _outline(older) != _outline(script):
            line = _first_difference(older, script)
            raise ProjectError(
                f"line {line}: BuildKit's versions read this instruction differently",
                hint="write `<<NAME` without a space",
            )
    return script


def _older(text: str, error: ProjectError) -> Script:
    if "<<" not in text:
        raise error
    try:
        return script_of(text, BUILDKIT_0_13)
    except ProjectError:
        raise error from None


def _outline(script: Script) -> list[tuple[int, int, str, tuple[str, ...]]]:
    return [(each.line, each.end, each.name, each.flags) for each in script.instructions]


def _first_difference(one: Script, other: Script) -> int:
    pairs = zip(_outline(one), _outline(other), strict=False)
    return next((left[0] for left, right in pairs if left != right), one.instructions[-1].line)


class _Parser:
    """One reading of a text."""

    def __init__(self, text: str, *, newest: bool) -> None:
        self.newest = newest
        self.lines = text.removeprefix("\ufeff").split("\n")
        if not self.lines[-1]:
            self.lines.pop()
        self.position = 0
        self.escape = "\\"
        self.directives: set[str] | None = set()

    def script(self) -> Script:
        """All instructions. Raises ProjectError."""
        for number, line in enumerate(self.lines, 1):
            if len(line) * 4 > LONGEST_LINE and len(line.encode()) > LONGEST_LINE:
                raise ProjectError(f"line {number} has more than {LONGEST_LINE} bytes")
        instructions: list[Instruction] = []
        while self.position < len(self.lines):
            start = self.position + 1
            try:
                if text := self._logical_line():
                    instructions.append(self._instruction(text, start))
            except ProjectError as error:
                raise ProjectError(f"line {start}: {error.message}", hint=error.hint) from error
        if not instructions:
            raise ProjectError("the Dockerfile has no instructions")
        return Script(self.escape, tuple(instructions))

    def _next(self) -> str:
        self.position += 1
        return self.lines[self.position - 1].rstrip("\r\n")

    def _logical_line(self) -> str | None:
        """The next line with the lines that continue it; None for a comment and an empty line."""
        line = self._next().lstrip(SPACES)
        self._directive(line)
        part, continued = self._part("" if line.startswith("#") else line)
        if not part and not continued:
            return None
        parts = [part]
        while continued and self.position < len(self.lines):
            line = self._next()
            start = line.lstrip(SPACES)
            # Comments and empty lines do not end a continued instruction.
            if start and not start.startswith("#"):
                part, continued = self._part(line)
                parts.append(part)
        return "".join(parts) or " "

    def _part(self, line: str) -> tuple[str, bool]:
        bare = line.rstrip("\t ")
        if bare.endswith(self.escape) and not bare.endswith(self.escape * 2):
            return bare[:-1], True
        return line, False

    def _directive(self, line: str) -> None:
        """Read a line that may be a directive; the first line that is not ends the directives."""
        if self.directives is None:
            return
        match = _DIRECTIVE.fullmatch(line[1:].lstrip(SPACES)) if line.startswith("#") else None
        name = match[1].lower() if match else ""
        if match is None or name not in (_NEWER_DIRECTIVES if self.newest else _DIRECTIVES):
            self.directives = None
            return
        if name in self.directives:
            raise ProjectError(f"the directive `{name}` is given twice")
        self.directives.add(name)
        if name == "escape":
            if match[2] not in ("\\", "`"):
                raise ProjectError(f"`# escape={match[2]}` is neither a backslash nor a backtick")
            self.escape = match[2]

    def _instruction(self, text: str, start: int) -> Instruction:
        instruction = self._parsed(text, start)
        target = instruction.trigger or instruction
        names: list[str] = []
        if target.name in _HEREDOCS_IN and target.items is None and "<<" in text:
            for heredoc in self._heredocs(text):
                names.append(heredoc.name)
                self._skip(heredoc)
        return Instruction(
            instruction.name,
            instruction.flags,
            instruction.arguments,
            instruction.items,
            tuple(names),
            instruction.trigger,
            start,
            self.position,
        )

    def _parsed(self, text: str, start: int) -> Instruction:
        name, *rest = _BLANK.split(text.strip(SPACES), maxsplit=1)
        flags, arguments = dockerfile_flags.separated(rest[0], self.escape) if rest else ((), "")
        name, arguments = name.upper(), arguments.strip(SPACES)
        if name not in INSTRUCTIONS:
            raise ProjectError(f"unknown instruction `{name[:40]}`")
        if name in ("ENV", "LABEL"):
            self._check_pairs(name, arguments)
        items = _items(name, arguments, self.newest) if name in _JSON_IN else None
        trigger = self._trigger(arguments, start) if name == ONBUILD else None
        return Instruction(name, flags, arguments, items, (), trigger, start, start)

    def _trigger(self, arguments: str, start: int) -> Instruction:
        name = _BLANK.split(arguments, maxsplit=1)[0].upper()
        if not name or name in _NOT_TRIGGERED:
            raise ProjectError(f"ONBUILD cannot have `{name}`" if name else "ONBUILD has no instruction")
        return self._parsed(arguments, start)

    def _check_pairs(self, name: str, arguments: str) -> None:
        pairs = dockerfile_flags.assignments(arguments, self.escape)
        if not pairs:
            raise ProjectError(f"{name} has no arguments")
        if "=" not in pairs[0]:
            if not _BLANK.search(arguments):
                raise ProjectError(f"{name} {arguments[:80]} has no value")
        elif bare := [pair for pair in pairs if "=" not in pair]:
            raise ProjectError(f"{name}: `{bare[0][:80]}` has no `=`")

    def _heredocs(self, text: str) -> list[Heredoc]:
        try:
            candidates = split(text, Reading(raw=True, keep_unset=True, newest=self.newest, longest=None))
        except BadWord:
            return []
        return [heredoc for word in candidates if (heredoc := self._heredoc(word))]

    def _heredoc(self, word: str) -> Heredoc | None:
        match = (_HEREDOC if self.newest else _OLD_HEREDOC).fullmatch(word)
        if not match or not match[3]:
            return None
        try:
            names = split(match[3], Reading(keep_unset=True, newest=self.newest, longest=None))
        except BadWord as error:
            raise ProjectError(f"`{word[:80]}`: {error}") from error
        return Heredoc(names[0], match[2] == "-") if len(names) == 1 else None

    def _skip(self, heredoc: Heredoc) -> None:
        """Go behind the line that ends a here-document."""
        while self.position < len(self.lines):
            line = self._next()
            if (line.lstrip("\t") if heredoc.tabs else line) == heredoc.name:
                return
        raise ProjectError(f"the here-document `<<{heredoc.name[:80]}` has no end")


def _items(name: str, arguments: str, newest: bool) -> tuple[str, ...] | None:
    """The texts of a JSON array; None for another form."""
    if name == "HEALTHCHECK":
        # The array is behind the kind of the check.
        arguments = [*arguments.split(maxsplit=1), "", ""][1]
    arguments = arguments.lstrip(SPACES)
    if not arguments.startswith("["):
        return None
    try:
        # BuildKit before 0.15 takes no notice of text behind the array.
        end = len(arguments) if newest else json.JSONDecoder().raw_decode(arguments)[1]
        document = json_document.parse(arguments[:end])
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(item, str) for item in document):
        raise ProjectError(f"the JSON array of {name} holds something else than texts")
    return tuple(document)
