"""What a Dockerfile starts from."""

import re
from collections.abc import Iterator, Mapping

# An instruction may go on behind a backslash; comment lines in between count for nothing.
CONTINUED = re.compile(r"\\[ \t]*\n(?:[ \t]*#[^\n]*\n)*")
ARG = re.compile(r"ARG\s+(?P<name>\w+)(?:=(?P<value>\S*))?", re.IGNORECASE)
FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?", re.IGNORECASE)
VARIABLE = re.compile(r"\$(?:\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}|(?P<bare>\w+))")
SCRATCH = "scratch"


def bases(text: str, args: Mapping[str, str]) -> tuple[str, ...]:
    """The images of others that a Dockerfile's stages start from, in its order, each once.

    `args` are build arguments, which go before the defaults of ARG (Dockerfile reference, "Understand how ARG and
    FROM interact").
    """
    return tuple(dict.fromkeys(_bases(text, args)))


def _bases(text: str, args: Mapping[str, str]) -> Iterator[str]:
    values: dict[str, str] = {}
    stages = {SCRATCH}
    for line in CONTINUED.sub(" ", text).splitlines():
        if (found := ARG.match(line.strip())) and stages == {SCRATCH}:
            # Only those before the first FROM are known to FROM.
            values[found["name"]] = args.get(found["name"], _plain(found["value"] or "", values))
        elif found := FROM.match(line.strip()):
            image = _plain(found["image"], values)
            if image.lower() not in stages:
                yield image
            stages.add((found["stage"] or image).lower())


def _plain(text: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        return values.get(found["name"] or found["bare"], "") or found["default"] or ""

    return VARIABLE.sub(value, text.strip("\"'"))
