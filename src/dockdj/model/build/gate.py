"""Find out which images of a Dockerfile depend on its quality gate."""

import re
from collections.abc import Mapping

from dockdj.model.build.dockerfile import FROM, instructions

# The recipe's stage that fails unless every check passes.
GATE = "gate"

_COPY = re.compile(r"(?:COPY|ADD)\b.*?\s--from=(?P<stage>[^\s]+)", re.IGNORECASE)
_MOUNT = re.compile(r"--mount=\S*?\bfrom=(?P<stage>[^\s,]+)", re.IGNORECASE)


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
            copied = [match["stage"].lower() for pattern in (_COPY, _MOUNT) for match in pattern.finditer(line)]
            parents[current] |= frozenset(copied)
    return parents


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
    while pending:
        stage = pending.pop()
        if stage == GATE:
            return True
        # COPY --from=0 names a stage by its number.
        name = list(parents)[int(stage)] if stage.isdecimal() and int(stage) < len(parents) else stage
        if name not in visited:
            visited.add(name)
            pending += parents.get(name, ())
    return False
