"""Flags and words of a Dockerfile's instructions: `--name=value`, the fields of `--mount`, assignments of ARG."""

from collections.abc import Iterator, Sequence

from dockdj.errors import ProjectError
from dockdj.model.build.dockerfile_words import SPACES

# What BuildKit takes for spaces here: it looks at the bytes of a line, and two of these are parts of other letters.
_SPACE_BYTES = "\t\n\v\f\r \x85\xa0"


def separated(line: str, escape: str) -> tuple[tuple[str, ...], str]:
    """The flags at the beginning of an instruction's arguments, and the rest."""
    if not line.startswith("--"):
        return (), line
    # BuildKit reads bytes here and not characters. Latin-1 has a character for each byte.
    characters = line.encode().decode("latin-1")
    flags: list[str] = []
    position = 0
    while True:
        while position < len(characters) and characters[position] in _SPACE_BYTES:
            position += 1
        if not characters.startswith("--", position):
            break
        flag, position = _word(characters, position, escape)
        if flag == "--":
            break
        flags.append(flag)
    return tuple(flags), characters[position:].encode("latin-1").decode(errors="replace")


def _word(characters: str, position: int, escape: str) -> tuple[str, int]:
    """The word that begins at a position, without quotes and escapes, and the position behind it."""
    word: list[str] = []
    quote = ""
    while position < len(characters):
        character = characters[position]
        if not quote and character in _SPACE_BYTES:
            break
        position += 1
        if quote and character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        elif character != escape:
            word.append(character)
        elif position < len(characters):
            word.append(characters[position])
            position += 1
    return "".join(word), position


def assignments(text: str, escape: str) -> list[str]:
    """The words of an ARG, ENV or LABEL, with their quotes."""
    finished: list[str] = []
    word: list[str] = []
    quote = ""
    characters = iter(text)
    for character in characters:
        if not quote and character in SPACES:
            if word:
                finished.append("".join(word))
                word.clear()
            continue
        if character == escape and quote != "'":
            # An escape at the end is dropped.
            if following := next(characters, ""):
                word.append(character + following)
            continue
        if quote and character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        word.append(character)
    return [*finished, "".join(word)] if word else finished


def values(flags: Sequence[str], name: str) -> list[str]:
    """The values of each flag of this name. Raises ProjectError for a flag without a value."""
    matching = [flag.partition("=") for flag in flags if flag.partition("=")[0] == f"--{name}"]
    if any(not equals for _, equals, _ in matching):
        raise ProjectError(f"the flag --{name} has no value")
    return [value for _, _, value in matching]


def value(flags: Sequence[str], name: str) -> str:
    """The value of a flag that may be given once, empty without the flag. Raises ProjectError."""
    given = values(flags, name)
    if len(given) > 1:
        raise ProjectError(f"the flag --{name} is given {len(given)} times")
    return given[0] if given else ""


def mounted(mount: str) -> str:
    """The stage or image that the value of a `--mount` names as its source, or an empty text. Raises ProjectError."""
    source, secret = "", False
    for field in _fields(mount):
        key, equals, text = field.partition("=")
        key = key.lower()
        if key == "from" and equals:
            source = text
        elif key == "type" and equals:
            secret = text.lower() == "secret"
        elif not field:
            raise ProjectError(f"`--mount={mount}` has an empty field")
    if source and "$" in source[:-1]:
        raise ProjectError(
            f"`--mount=...from={source}`: BuildKit has no variables here", hint="FROM ${NAME} AS a stage, and mount it"
        )
    if source and secret:
        raise ProjectError("a mount of type secret has no `from`")
    return source


def _fields(text: str) -> Iterator[str]:
    """The fields of a line of comma-separated values; quotes hold commas, and two quotes are one inside quotes."""
    position = 0
    while position <= len(text):
        if text.startswith('"', position):
            field, position = _quoted(text, position + 1)
        else:
            end = text.find(",", position)
            end = len(text) if end < 0 else end
            field, position = text[position:end], end
            if '"' in field:
                raise ProjectError(f"`--mount={text}` has a quote inside a field")
        if position < len(text) and text[position] != ",":
            raise ProjectError(f"`--mount={text}` has text behind a quote")
        yield field
        position += 1


def _quoted(text: str, position: int) -> tuple[str, int]:
    parts: list[str] = []
    while True:
        end = text.find('"', position)
        if end < 0:
            raise ProjectError(f"`--mount={text}` has a quote that is not closed")
        parts.append(text[position:end])
        if not text.startswith('""', end):
            return "".join(parts), end + 1
        parts.append('"')
        position = end + 2
