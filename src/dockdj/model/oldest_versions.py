"""The oldest versions of other programs that Dockdj supports: those with which its tests run.

`docs/reference/requirements.md` has the same list.
"""

import re
from dataclasses import dataclass

from dockdj.errors import MissingTool

_NUMBER = re.compile(r"(?<![\w.])v?(\d{1,6})\.(\d{1,6})(?:\.\d{1,6})*")


@dataclass(frozen=True)
class Program:
    """A program, its oldest version as MAJOR.MINOR, and how to upgrade it."""

    name: str
    oldest: str
    upgrade: str


ENGINE = Program("Docker Engine", "26.1", "upgrade Docker: https://docs.docker.com/engine/install/")
COMPOSE = Program("Docker Compose", "2.26", "upgrade its plugin: https://docs.docker.com/compose/install/linux/")
BUILDX = Program("Docker Buildx", "0.13", "upgrade its plugin: https://docs.docker.com/build/install-buildx/")
GIT = Program("Git", "2.39", "upgrade Git: https://git-scm.com/downloads")


def require(program: Program, answer: str) -> str:
    """Return a warning if the version in a program's answer cannot be read; empty for a supported version.

    Raises MissingTool if the version is too old.
    """
    version = _NUMBER.search(answer)
    if version is None:
        said = f"`{answer.strip()[:60]}`" if answer.strip() else "an empty answer"
        return f"the version of {program.name} cannot be read from {said}: {program.oldest} or newer is needed"
    if (int(version[1]), int(version[2])) < tuple(map(int, program.oldest.split("."))):
        raise MissingTool(
            f"{program.name} is {version[0].removeprefix('v')}, and {program.oldest} or newer is needed",
            hint=f"{program.upgrade}, then again",
        )
    return ""
