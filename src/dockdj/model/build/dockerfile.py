"""The base images of a Dockerfile, and those that are not known before a build."""

from collections.abc import Mapping

from dockdj.model.build.dockerfile_language import UnknownName
from dockdj.model.build.dockerfile_stages import read


def bases(text: str, args: Mapping[str, str]) -> tuple[str, ...]:
    """The known base images of a Dockerfile's stages, in order, each once. Raises ProjectError for an invalid one.

    `args` are build arguments, which override the defaults of ARG (Dockerfile reference, "Understand how ARG and
    FROM interact").
    """
    return tuple(dict.fromkeys(stage.base for stage in read(text, args).stages if isinstance(stage.base, str)))


def unknown_bases(text: str, args: Mapping[str, str]) -> tuple[UnknownName, ...]:
    """The bases of a Dockerfile's stages that are not known before the build."""
    stages = read(text, args)
    unknown = tuple(stage.base for stage in stages.stages if isinstance(stage.base, UnknownName))
    return (stages.language,) if stages.language else unknown


def below(text: str, args: Mapping[str, str], target: str | None) -> str | UnknownName | None:
    """The base image that a target starts from, directly or through other stages; None for an image from scratch.

    Without a target, the last stage is meant. Raises ProjectError for an unknown target.
    """
    stages = read(text, args)
    if stages.language:
        return stages.language
    base = stages.stages[stages.target(target)].base
    while isinstance(base, int):
        base = stages.stages[base].base
    return base
