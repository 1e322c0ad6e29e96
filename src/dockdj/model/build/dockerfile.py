"""Read a Dockerfile: its instructions, and the base images of its stages."""

import re
from collections.abc import Iterator, Mapping

from dockdj.errors import ProjectError

CONTINUED = re.compile(r"\\[ \t]*\n")
ARG = re.compile(r"ARG\s+(?P<name>\w+)(?:=(?P<value>\S*))?", re.IGNORECASE)
FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?", re.IGNORECASE)
VARIABLE = re.compile(r"\$(?:\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}|(?P<bare>\w+))")
SCRATCH = "scratch"
# A value that contains values twice doubles with every line. No name of an image is a hundredth of this.
LONGEST_VALUE = 20_000


def instructions(text: str) -> Iterator[str]:
    """A Dockerfile's instructions, each joined to a single line.

    Comment lines are removed, also inside a continued instruction. A comment itself never continues (Dockerfile
    reference, "Format").
    """
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return (line.strip() for line in CONTINUED.sub(" ", lines).splitlines())


def bases(text: str, args: Mapping[str, str]) -> tuple[str, ...]:
    """The base images of a Dockerfile's stages, in order, each once.

    `args` are build arguments, which override the defaults of ARG (Dockerfile reference, "Understand how ARG and
    FROM interact").
    """
    return tuple(dict.fromkeys(image for _, image in _stages(text, args) if image))


def below(text: str, args: Mapping[str, str], target: str | None) -> str | None:
    """The base image that a target starts from, directly or through other stages; None for an image from scratch.

    Without a target, the last stage is meant.
    """
    stages = _stages(text, args)
    name = target.lower() if target else (stages[-1][0] if stages else "")
    return dict(stages).get(name) or None


def _stages(text: str, args: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each stage, by name in lower case or else by number, with its base image; an empty text for scratch."""
    values: dict[str, str] = {}
    stages: list[tuple[str, str]] = []
    for line in instructions(text):
        if (match := ARG.match(line)) and not stages:
            # FROM sees only the arguments before the first FROM.
            values[match["name"]] = args.get(match["name"], _plain(match["value"] or "", values))
        elif match := FROM.match(line):
            image = _plain(match["image"], values)
            # A stage may have the name of its base image.
            base = {SCRATCH: "", **dict(stages)}.get(image.lower(), image)
            stages.append(((match["stage"] or str(len(stages))).lower(), base))
    return stages


def _plain(text: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        return values.get(match["name"] or match["bare"], "") or match["default"] or ""

    plain = text if len(text) > LONGEST_VALUE else VARIABLE.sub(value, text.strip("\"'"))
    if len(plain) > LONGEST_VALUE:
        raise ProjectError(
            f"the Dockerfile's `{text[:80]}` has more than {LONGEST_VALUE} characters with its arguments in place",
            hint="correct the Dockerfile's ARG and FROM",
        )
    return plain
