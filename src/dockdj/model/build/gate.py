"""Find out which images of a Dockerfile depend on its quality gate."""

from collections.abc import Mapping
from enum import Enum

from dockdj.errors import ProjectError
from dockdj.model.build.dockerfile_language import UnknownName
from dockdj.model.build.dockerfile_stages import Stages, read

# The recipe's stage that fails unless every check passes.
GATE = "gate"
_NO_ARGUMENTS: Mapping[str, str] = {}


class Verdict(Enum):
    """The answer to whether an image needs the gate."""

    PASSES = "passes"
    BYPASSES = "bypasses"
    UNKNOWN = "unknown"


def stages(text: str, args: Mapping[str, str] = _NO_ARGUMENTS) -> Mapping[str, frozenset[str]]:
    """Each stage, by name or else by number, with the stages and images that it starts or copies from."""
    known = read(text, args)
    return {
        stage.name: frozenset(_name(known, parent) for parent in _parents(known, number))
        for number, stage in enumerate(known.stages)
    }


def judge(
    text: str, target: str | None, args: Mapping[str, str] = _NO_ARGUMENTS
) -> tuple[Verdict, tuple[UnknownName, ...]]:
    """Decide if an image of this target needs the Dockerfile's gate; without a gate it passes.

    BuildKit builds only the stages that a target needs (moby/buildkit, "only build needed stages"), so an image that
    copies nothing from the gate skips it. UNKNOWN comes with the names that are not known before the build. Raises
    ProjectError for an invalid Dockerfile and an unknown target.
    """
    known = read(text, args)
    if known.language:
        return Verdict.UNKNOWN, (known.language,)
    gate = next((number for number, stage in reversed(list(enumerate(known.stages))) if stage.name == GATE), None)
    if gate is None:
        return Verdict.PASSES, ()
    pending = [known.target(target)]
    visited: set[int] = set()
    unknown: list[UnknownName] = []
    while pending:
        number = pending.pop()
        if number == gate:
            return Verdict.PASSES, ()
        if number in visited:
            continue
        visited.add(number)
        for parent in _parents(known, number):
            if isinstance(parent, UnknownName):
                unknown.append(parent)
            elif isinstance(parent, int):
                _check_order(known, number, parent)
                pending.append(parent)
    return (Verdict.UNKNOWN if unknown else Verdict.BYPASSES), tuple(unknown)


def passes_gate(text: str, target: str | None, args: Mapping[str, str] = _NO_ARGUMENTS) -> bool:
    """True if an image of this target certainly needs the gate, or if there is no gate. Raises as `judge` does."""
    return judge(text, target, args)[0] is Verdict.PASSES


def _parents(known: Stages, number: int) -> tuple[int | str | UnknownName, ...]:
    """The stages and images that a stage starts or copies from."""
    stage = known.stages[number]
    # ONBUILD instructions run in the stage that starts from theirs.
    triggered = known.stages[stage.base].triggered if isinstance(stage.base, int) else ()
    return (*(() if stage.base is None else (stage.base,)), *stage.sources, *triggered)


def _name(known: Stages, parent: int | str | UnknownName) -> str:
    if isinstance(parent, int):
        return known.stages[parent].name
    return parent if isinstance(parent, str) else parent.text


def _check_order(known: Stages, number: int, source: int) -> None:
    if source >= number:
        stage, later = known.stages[number], known.stages[source]
        raise ProjectError(
            f"line {stage.line}: the stage `{stage.name}` copies from `{later.name}`, which does not come before it",
            hint="move the stage in the Dockerfile",
        )
