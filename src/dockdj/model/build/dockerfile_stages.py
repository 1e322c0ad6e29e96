"""The stages of a Dockerfile: what each one starts from and copies from, as BuildKit resolves it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dockdj.errors import ProjectError
from dockdj.model.build import dockerfile_flags as flags
from dockdj.model.build.dockerfile_language import UnknownName, foreign_language, shown
from dockdj.model.build.dockerfile_text import Instruction, Script, parse
from dockdj.model.build.dockerfile_values import BadWord, Declared, Text, Unknown, Value
from dockdj.model.build.dockerfile_words import expanded
from dockdj.model.image_names import COMPONENT

SCRATCH = "scratch"
# Arguments that BuildKit sets itself. Their values depend on the machine, the options of a build or BuildKit's version.
AUTOMATIC = (
    *("BUILDPLATFORM", "BUILDOS", "BUILDOSVERSION", "BUILDARCH", "BUILDVARIANT"),
    *("TARGETPLATFORM", "TARGETOS", "TARGETOSVERSION", "TARGETARCH", "TARGETVARIANT", "TARGETSTAGE"),
)
# The characters of all values together.
MOST_CHARACTERS = 1_000_000
_STAGE_NAME = re.compile(r"[a-z][a-z0-9\-_.]*")
# The grammar of distribution's references. A digest may be shorter than there.
_REFERENCE = re.compile(
    rf"(?:(?:[A-Za-z0-9.\-]+|\[[0-9a-fA-F:]+\])(?::[0-9]+)?/)?{COMPONENT.pattern}(?:/{COMPONENT.pattern})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.\-]*)?(?:@[A-Za-z][A-Za-z0-9+._\-]*:[0-9a-fA-F]+)?"
)
_NUMBER = re.compile(r"[+-]?[0-9]+")


# What a stage starts from: a stage by its number, an image by its name, or None for nothing (FROM scratch).
Base = int | str | UnknownName | None


@dataclass(frozen=True)
class Stage:
    """A stage, its name in lower case. A stage without a name has its number as name.

    `sources` are the stages (numbers) and images (names) that it copies or mounts from. `triggered` are those of its
    ONBUILD instructions, which run in stages that start from this one.
    """

    name: str
    base: Base
    platform: Text | None
    sources: tuple[int | str, ...]
    triggered: tuple[int | str, ...]
    line: int


@dataclass(frozen=True)
class Stages:
    """The stages of a Dockerfile in order. `language` is set when the Dockerfile is in an unknown language."""

    stages: tuple[Stage, ...] = ()
    language: UnknownName | None = None
    numbers: Mapping[str, int] = field(default_factory=dict)

    def target(self, name: str | None) -> int:
        """The number of a target's stage; without a name, of the last. Raises ProjectError for an unknown one."""
        if not name:
            return len(self.stages) - 1
        number = self.numbers.get(name.lower())
        if number is None:
            known = ", ".join(stage.name for stage in self.stages)
            raise ProjectError(f"there is no stage `{name}`", hint=f"build.target is one of: {known}")
        return number


def read(text: str, args: Mapping[str, str]) -> Stages:
    """The stages of a Dockerfile built with the arguments `args`. Raises ProjectError for an invalid Dockerfile."""
    if language := foreign_language(text, args):
        return Stages(language=language)
    script = parse(text)
    values = _Values(args, script.escape)
    named = _Named(values, _heads(script, values))
    stages: list[Stage] = []
    number = -1
    bodies: list[list[Instruction]] = [[] for _ in named.heads]
    for instruction in script.instructions:
        if instruction.name == "FROM":
            number += 1
        elif number >= 0:
            bodies[number].append(instruction)
    for head, body in zip(named.heads, bodies, strict=True):
        sources = tuple(_each(named.source(each) for each in body))
        triggers = tuple(_each(named.source(each.trigger) for each in body if each.trigger))
        stages.append(Stage(head.name, head.base, head.platform, sources, triggers, head.line))
    by_name = {str(each): each for each in range(len(stages))} | {head.name: i for i, head in enumerate(named.heads)}
    return Stages(tuple(stages), numbers=by_name)


def _each(groups: Iterable[tuple[int | str, ...]]) -> Iterable[int | str]:
    return dict.fromkeys(source for group in groups for source in group)


@dataclass(frozen=True)
class _Head:
    name: str
    base: Base
    platform: Text | None
    line: int


class _Values:
    """The values of the arguments before the first FROM. FROM sees no others."""

    def __init__(self, args: Mapping[str, str], escape: str) -> None:
        self.args = args
        self.escape = escape
        self.values: dict[str, Value] = {
            name: args[name] if name in args else Unknown(f"{name} depends on the machine and BuildKit's version")
            for name in AUTOMATIC
        }
        self.left = MOST_CHARACTERS

    def declare(self, instruction: Instruction) -> None:
        """Add the arguments of an ARG. Raises ProjectError."""
        declarations = flags.assignments(instruction.arguments, self.escape)
        if not declarations:
            raise ProjectError("ARG has no arguments")
        for assignment in declarations:
            name, equals, default = assignment.partition("=")
            if not name:
                raise ProjectError(f"ARG {assignment[:80]} has no name")
            if name in self.args:
                self.values[name] = self.args[name]
            elif equals:
                self.values[name] = self.expanded(default)
            elif name in self.values and self.values[name] is not Declared.WITHOUT_VALUE:
                # BuildKit since 0.17 keeps the value; before, the argument became empty.
                self.values[name] = Unknown(f"`ARG {name}` without a value differs between BuildKit's versions")
            else:
                self.values[name] = Declared.WITHOUT_VALUE

    def expanded(self, word: str) -> Text:
        try:
            text = expanded(word, self.values, self.escape)
        except BadWord as error:
            raise ProjectError(f"`{word[:80]}`: {shown(str(error))}") from error
        # Patterns take most time.
        self.left -= len(word) * (100 if "${" in word else 1) + (len(text) if isinstance(text, str) else 0)
        if self.left < 0:
            raise ProjectError(
                f"the Dockerfile has more than {MOST_CHARACTERS} characters with its arguments in place",
                hint="correct the Dockerfile's ARG and FROM",
            )
        return text


def _heads(script: Script, values: _Values) -> tuple[_Head, ...]:
    heads: list[_Head] = []
    numbers: dict[str, int] = {}
    for instruction in script.instructions:
        with_line = f"line {instruction.line}"
        try:
            if instruction.name == "FROM":
                head = _head(instruction, values, numbers, len(heads))
                if head.name != str(len(heads)):
                    numbers[head.name] = len(heads)
                heads.append(head)
            elif not heads and instruction.name == "ARG":
                values.declare(instruction)
            elif not heads:
                raise ProjectError(f"{instruction.name} is before the first FROM")
            elif instruction.name == "ARG" and not flags.assignments(instruction.arguments, values.escape):
                raise ProjectError("ARG has no arguments")
        except ProjectError as error:
            raise ProjectError(f"{with_line}: {error.message}", hint=error.hint) from error
    if not heads:
        # BuildKit up to 0.13 crashes on such a file, and the engine with it.
        raise ProjectError("the Dockerfile has no FROM", hint="begin a stage: FROM an image")
    return tuple(heads)


def _head(instruction: Instruction, values: _Values, numbers: Mapping[str, int], number: int) -> _Head:
    parts = re.split(r"[\t\v\f\r ]+", instruction.arguments)
    if not (len(parts) == 1 or (len(parts) == 3 and parts[1].lower() == "as")) or not parts[0]:
        raise ProjectError(
            f"FROM {instruction.arguments[:80]} is neither FROM image nor FROM image AS name",
            hint="a comment belongs on a separate line",
        )
    name = parts[2].lower() if len(parts) == 3 else str(number)
    if len(parts) == 3 and not _STAGE_NAME.fullmatch(name):
        raise ProjectError(
            f"`{parts[2][:80]}` cannot name a stage", hint="a letter, then letters, digits, `-`, `_` and `.`"
        )
    if unknown := [flag for flag in instruction.flags if flag.partition("=")[0] != "--platform"]:
        raise ProjectError(f"FROM has no flag {unknown[0][:80]}")
    written = flags.value(instruction.flags, "platform")
    platform = values.expanded(written) if written else None
    if platform == "":
        raise ProjectError(f"--platform={written[:80]} is empty")
    base = values.expanded(parts[0])
    return _Head(name, _base(base, parts[0], numbers, instruction.line), platform, instruction.line)


def _base(base: Text, written: str, numbers: Mapping[str, int], line: int) -> Base:
    if isinstance(base, Unknown):
        return UnknownName(f"FROM {shown(written)}", line, base.reason)
    if not base:
        raise ProjectError(f"FROM {written[:80]} names nothing: its arguments are empty")
    # A stage may have the name of its base image.
    if base in numbers:
        return numbers[base]
    if base == SCRATCH:
        return None
    if not _REFERENCE.fullmatch(base):
        stage = base.lower()
        hint = f"write FROM {stage}, in lower case" if stage in numbers else "correct the Dockerfile's ARG and FROM"
        raise ProjectError(f"FROM {written[:80]}: `{shown(base)}` is not the name of an image", hint=hint)
    return base


class _Named:
    """Finds what COPY and RUN name as a source: the last stage of that name, or else an image."""

    def __init__(self, values: _Values, heads: tuple[_Head, ...]) -> None:
        self.escape = values.escape
        self.heads = heads
        self.numbers = {head.name: number for number, head in enumerate(heads) if not head.name.isdecimal()}

    def source(self, instruction: Instruction) -> tuple[int | str, ...]:
        """The stages and images that an instruction copies or mounts from. Raises ProjectError."""
        try:
            if instruction.name == "RUN":
                mounts = [flags.mounted(value) for value in flags.values(instruction.flags, "mount")]
                # BuildKit knows no numbers here: `from=0` is an image.
                return tuple(self._stage_or_image(name) for name in mounts if name)
            if instruction.name in ("ADD", "COPY"):
                return self._copied(instruction)
        except ProjectError as error:
            raise ProjectError(f"line {instruction.line}: {error.message}", hint=error.hint) from error
        return ()

    def _copied(self, instruction: Instruction) -> tuple[int | str, ...]:
        operands = instruction.items
        if operands is None:
            operands = tuple(part for part in re.split(r"[\t\v\f\r ]+", instruction.arguments) if part)
        if len(operands) < 2:
            raise ProjectError(f"{instruction.name} needs a source and a destination")
        source = flags.value(instruction.flags, "from")
        if instruction.name == "ADD" and any(flag.startswith("--from") for flag in instruction.flags):
            raise ProjectError("ADD has no flag --from", hint="use COPY --from")
        if not source:
            return ()
        if _NUMBER.fullmatch(source):
            number = int(source[:10])
            if not 0 <= number < len(self.heads):
                raise ProjectError(f"COPY --from={source[:80]}: there is no stage of this number")
            return (number,)
        return (self._stage_or_image(source),)

    def _stage_or_image(self, name: str) -> int | str:
        if (number := self.numbers.get(name.lower())) is not None:
            return number
        if not _REFERENCE.fullmatch(name):
            hint = "BuildKit has no variables here: FROM ${NAME} AS a stage, and use it" if "$" in name else ""
            raise ProjectError(f"`from={shown(name)}` names neither a stage nor an image", hint=hint)
        return name
