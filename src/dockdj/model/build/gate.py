"""Find out which images of a Dockerfile depend on its quality gate."""

import re
from collections.abc import Iterator, Mapping

from dockdj.model.build.dockerfile import FROM, instructions

# The recipe's stage that fails unless every check passes.
GATE = "gate"

_COPY = re.compile(r"(?:ONBUILD\s+)?(?:COPY|ADD)\s", re.IGNORECASE)
_COPY_FROM = re.compile(r"--from=(?P<stage>.+)", re.IGNORECASE)
_MOUNT_FROM = re.compile(r"--mount=(?:[^,]*,)*?from=(?P<stage>[^,]+)", re.IGNORECASE)


def stages(text: str) -> Mapping[str, frozenset[str]]:
    """Each stage, by name or else by number, with the stages and images that it starts or copies from.

    Names are lower case.
    """
    parents: dict[str, frozenset[str]] = {}
    current = ""
    for line in instructions(text):
        if start := FROM.match(line):
            current = (start["stage"] or str(len(parents))).lower()
            parents[current] = frozenset({start["image"].lower()})
        elif current:
            parents[current] |= frozenset(_copied(line))
    return parents


def _copied(instruction: str) -> Iterator[str]:
    """The stages and images that an instruction copies or mounts from."""
    patterns = (_COPY_FROM, _MOUNT_FROM) if _COPY.match(instruction) else (_MOUNT_FROM,)
    for word in instruction.split():
        yield from (match["stage"].lower() for pattern in patterns if (match := pattern.match(word)))


def passes_gate(text: str, target: str | None) -> bool:
    """True if an image of this target cannot be built unless the Dockerfile's gate passes, or if there is no gate.

    BuildKit builds only the stages that a target needs (moby/buildkit, "only build needed stages"), so an image that
    copies nothing from the gate skips it.
    """
    parents = stages(text)
    if GATE not in parents:
        return True
    pending = [target.lower() if target else list(parents)[-1]]
    visited: set[str] = set()
    numbers = {str(number): name for number, name in enumerate(parents)}
    while pending:
        stage = pending.pop()
        if stage == GATE:
            return True
        # COPY --from=0 names a stage by its number.
        name = numbers.get(stage, stage)
        if name not in visited:
            visited.add(name)
            pending += parents.get(name, ())
    return False
