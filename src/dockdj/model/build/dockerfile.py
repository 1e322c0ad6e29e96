"""A Dockerfile's instructions, and what its stages start from."""

import re
from collections.abc import Iterator, Mapping

CONTINUED = re.compile(r"\\[ \t]*\n")
ARG = re.compile(r"ARG\s+(?P<name>\w+)(?:=(?P<value>\S*))?", re.IGNORECASE)
FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?", re.IGNORECASE)
VARIABLE = re.compile(r"\$(?:\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}|(?P<bare>\w+))")
SCRATCH = "scratch"


def instructions(text: str) -> Iterator[str]:
    """A Dockerfile's instructions, each in one line, whatever lines it is on.

    Comment lines count for nothing, also where an instruction goes on behind them, and none goes on behind a comment
    (Dockerfile reference, "Format").
    """
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return (line.strip() for line in CONTINUED.sub(" ", lines).splitlines())


def bases(text: str, args: Mapping[str, str]) -> tuple[str, ...]:
    """The images of others that a Dockerfile's stages start from, in its order, each once.

    `args` are build arguments, which go before the defaults of ARG (Dockerfile reference, "Understand how ARG and
    FROM interact").
    """
    return tuple(dict.fromkeys(image for _, image in _stages(text, args) if image))


def below(text: str, args: Mapping[str, str], target: str | None) -> str | None:
    """The image of others that a target starts from, itself or through other stages; None for one from scratch.

    Without a target it is the last stage.
    """
    stages = _stages(text, args)
    name = target.lower() if target else (stages[-1][0] if stages else "")
    return dict(stages).get(name) or None


def _stages(text: str, args: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each stage, by name in lower case or else by number, and the image of others below it, empty for scratch."""
    values: dict[str, str] = {}
    stages: list[tuple[str, str]] = []
    for line in instructions(text):
        if (found := ARG.match(line)) and not stages:
            # Only those before the first FROM are known to FROM.
            values[found["name"]] = args.get(found["name"], _plain(found["value"] or "", values))
        elif found := FROM.match(line):
            image = _plain(found["image"], values)
            # A stage may have the name of the image that it starts from.
            start = {SCRATCH: "", **dict(stages)}.get(image.lower(), image)
            stages.append(((found["stage"] or str(len(stages))).lower(), start))
    return stages


def _plain(text: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        return values.get(found["name"] or found["bare"], "") or found["default"] or ""

    return VARIABLE.sub(value, text.strip("\"'"))
