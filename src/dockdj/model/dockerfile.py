"""What a Dockerfile is based on."""

import re
from collections.abc import Mapping

_ARG = re.compile(r"ARG\s+(?P<name>\w+)(?:=(?P<default>\S+))?\s*$", re.IGNORECASE)
_FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(?P<base>\S+)(?:\s+AS\s+(?P<name>\S+))?\s*$", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


def bases(text: str, args: Mapping[str, str]) -> tuple[str, ...]:
    """The images of others that a Dockerfile starts from, each once, with build arguments put in."""
    values: dict[str, str] = {}
    stages = {"scratch"}
    found: list[str] = []
    for line in (one.strip() for one in text.splitlines()):
        if (arg := _ARG.match(line)) and not found:
            values[arg["name"]] = args.get(arg["name"], arg["default"] or "")
        elif start := _FROM.match(line):
            base = _VARIABLE.sub(lambda name: values.get(name[1], ""), start["base"])
            if base and base.lower() not in stages:
                found.append(base)
            stages.add((start["name"] or "").lower())
    return tuple(dict.fromkeys(found))
