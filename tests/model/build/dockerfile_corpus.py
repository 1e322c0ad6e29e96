"""The corpus of Dockerfiles, and what BuildKit's documentation and sources say of each.

A name ends in what the file shows. In most files the image `prod` may or may not need the stage `gate`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "dockerfiles"
# The one file that is not in the language of docker/dockerfile.
FOREIGN = "syntax-of-another-language"
BOTH = ("debian:trixie", "python:3.13")


@dataclass(frozen=True)
class Expected:
    """The known bases, the stages that need the gate, the texts of the unknown bases, and the build's arguments."""

    bases: tuple[str, ...]
    passing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    args: Mapping[str, str] = field(default_factory=dict)


EXPECTED: Mapping[str, Expected] = {
    "argument-alternatives": Expected(("python:3.13-slim", "debian:trixie", "alpine:3")),
    "argument-behind-from-is-not-seen": Expected(("python:3.13", "debian:trixie-3.13")),
    "argument-declared-twice": Expected(("python:3.13",)),
    "argument-defaults-nested": Expected(("python:3.13-slim",)),
    "argument-defaults-of-unset-and-empty": Expected(("python:3.13", "debian:trixie", "alpine:3")),
    "argument-of-the-build": Expected(
        ("python:3.13-slim", "debian:trixie"), args={"TAG": "3.13", "SUFFIX": "-slim", "UNDECLARED": "no"}
    ),
    "argument-required": Expected(("python:3.13", "debian:3.13")),
    "argument-with-replacements": Expected(("python:3-13.1", "python:3-13-1", "python:3", "python:xx")),
    "argument-without-prefix-or-suffix": Expected(
        (
            "python:3.13-slim-trixie",
            "registry.example/python:3.13-slim",
            "debian:trixie",
            "registry.example/python:3.13",
        )
    ),
    "argument-without-value-again": Expected(("python:3.13",), unknown=("FROM debian:trixie$TAG",)),
    "arguments-in-one-instruction": Expected(("python:3.13-slim",)),
    "arguments-with-quotes-and-escapes": Expected(("python:3xyz",)),
    "byte-order-mark": Expected(("python:3.13",)),
    "comment-never-continues": Expected(("python:3.13",)),
    "continuation-at-the-end-of-the-file": Expected(("python:3.13",)),
    "continuation-inside-a-word": Expected(("python:3.13",)),
    "continuation-needs-one-backslash": Expected(("python:3.13",)),
    "continuation-over-comments-and-empty-lines": Expected(("python:3.13",)),
    "copy-flag-behind-the-arguments": Expected(BOTH),
    "copy-flag-behind-two-dashes": Expected(BOTH),
    "copy-flag-in-quotes": Expected(BOTH, passing=("prod",)),
    "copy-from-an-image": Expected(("python:3.13",)),
    "dollar-without-a-name": Expected(("python:3.13",)),
    "escape-behind-a-comment-is-a-comment": Expected(("python:3.13",)),
    "escape-is-a-backtick": Expected(("python:3.13-slim", "debian:trixie")),
    "escape-with-spaces-and-upper-case": Expected(("python:3.13",)),
    "heredoc-behind-a-continued-line": Expected(BOTH, passing=("prod",)),
    "heredoc-ends-behind-tabs": Expected(BOTH),
    "heredoc-holds-copy-from-gate": Expected(BOTH),
    "heredoc-in-add": Expected(("python:3.13",)),
    "heredoc-in-copy": Expected(BOTH),
    "heredoc-in-onbuild": Expected(("python:3.13", "debian:trixie")),
    "heredoc-in-run": Expected(BOTH, passing=("prod",)),
    "heredoc-name-in-quotes": Expected(BOTH, passing=("prod",)),
    "heredoc-not-behind-an-open-quote": Expected(BOTH, passing=("prod",)),
    "heredoc-not-in-a-json-array": Expected(BOTH, passing=("prod",)),
    "heredoc-not-in-cmd": Expected(BOTH, passing=("prod",)),
    "heredoc-not-with-a-here-string": Expected(BOTH, passing=("prod",)),
    "heredoc-with-a-comment-line": Expected(BOTH, passing=("prod",)),
    "heredocs-two-in-one-line": Expected(BOTH, passing=("prod",)),
    "instructions-in-lower-case": Expected(BOTH, passing=("prod",)),
    "line-ends-of-windows": Expected(BOTH, passing=("prod",)),
    "mount-from-a-stage": Expected(BOTH, passing=("prod",)),
    "mount-names-two-sources": Expected(BOTH),
    "mount-with-letters-beyond-ascii": Expected(BOTH, passing=("prod",)),
    "mount-with-quoted-fields": Expected(BOTH, passing=("prod",)),
    "onbuild-runs-in-the-next-stage": Expected(BOTH, passing=("child", "grandchild")),
    "platform-argument-of-the-build": Expected(("debian:trixie-arm64",), args={"TARGETARCH": "arm64"}),
    "platform-arguments": Expected(("debian:trixie", "debian:bookworm"), unknown=("FROM base-${TARGETARCH}",)),
    "platform-flag": Expected(("python:3.13", "debian:trixie")),
    "shebang": Expected(("python:3.13",)),
    "spaces-and-tabs": Expected(("python:3.13",)),
    "stage-defined-twice": Expected(("debian:trixie", "python:3.13", "alpine:3")),
    "stage-names-in-any-case": Expected(BOTH, passing=("checked", "prod")),
    "stage-number-in-a-mount-is-an-image": Expected(BOTH),
    "stage-numbers": Expected(("debian:trixie", "alpine:3", "python:3.13"), passing=("prod",)),
    "stage-with-the-name-of-its-image": Expected(("python", "debian")),
    "stage-without-a-name": Expected(BOTH, passing=("1",)),
    "syntax-line": Expected(("python:3.13",)),
    "syntax-of-another-language": Expected((), unknown=("syntax=example/earthfile:1",)),
}


def content(name: str) -> str:
    """The text of a file of the corpus, with its line ends."""
    return (FOLDER / f"{name}.Dockerfile").read_bytes().decode()
