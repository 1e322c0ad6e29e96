"""The language of a Dockerfile: `# syntax=` may name another than that of docker/dockerfile."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from dockdj.model.build.dockerfile_words import SPACES

SYNTAX_ARGUMENT = "BUILDKIT_SYNTAX"
_SYNTAX = re.compile(r"(?:#|//)\s*syntax\s*=\s*(?P<image>\S+)", re.IGNORECASE)
_DIRECTIVE = re.compile(r"(?:#|//)\s*(?:syntax|escape|check)\s*=\s*\S", re.IGNORECASE)


@dataclass(frozen=True)
class UnknownName:
    """A name that is not known before the build: its text in the Dockerfile, the line, and the reason."""

    text: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"`{self.text}` (line {self.line}): {self.reason}"


def foreign_language(text: str, args: Mapping[str, str]) -> UnknownName | None:
    """The language that `# syntax=` or BUILDKIT_SYNTAX names, unless it is that of docker/dockerfile."""
    image, line = args.get(SYNTAX_ARGUMENT, ""), 0
    for number, each in enumerate(() if image else text.removeprefix("\ufeff").split("\n"), 1):
        each = each.strip(SPACES)
        if match := _SYNTAX.match(each):
            image, line = match["image"], number
            break
        if not _DIRECTIVE.match(each) and not (number == 1 and each.startswith("#!")):
            break
    if not image and text.lstrip().startswith("{"):
        image, line = _json_syntax(text), 1
    # A mirror may have a copy of docker/dockerfile.
    software = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    if not image or software in ("dockerfile", "dockerfile-upstream"):
        return None
    return UnknownName(f"syntax={shown(image)}", line, "only the language of docker/dockerfile is understood")


def _json_syntax(text: str) -> str:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    syntax = document.get("syntax") if isinstance(document, dict) else None
    return syntax if isinstance(syntax, str) else ""


def shown(text: str) -> str:
    """The beginning of a text, printable."""
    return text[:80].encode(errors="replace").decode()
