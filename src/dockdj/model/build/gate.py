"""The quality gate of a Dockerfile, and which of its images cannot exist without passing it."""

import re
from collections.abc import Mapping

from dockdj.model.build.dockerfile import FROM, instructions

# The recipe's stage that fails unless every check passed.
GATE = "gate"

_COPY = re.compile(r"(?:COPY|ADD)\b.*?\s--from=(?P<stage>[^\s]+)", re.IGNORECASE)
_MOUNT = re.compile(r"--mount=\S*?\bfrom=(?P<stage>[^\s,]+)", re.IGNORECASE)


def stages(text: str) -> Mapping[str, frozenset[str]]:
    """Each stage, by name or else by number, and what it takes from: stages or images. Names are lower case."""
    found: dict[str, frozenset[str]] = {}
    current = ""
    for line in instructions(text):
        if start := FROM.match(line):
            current = (start["stage"] or str(len(found))).lower()
            found[current] = frozenset({start["image"].lower()})
        elif current:
            taken = [match["stage"].lower() for pattern in (_COPY, _MOUNT) for match in pattern.finditer(line)]
            found[current] |= frozenset(taken)
    return found


def passes_gate(text: str, target: str | None) -> bool:
    """Whether an image of this target cannot exist unless the Dockerfile's gate was passed.

    True for a Dockerfile without a gate: it has none to go around. BuildKit builds only the stages that a target
    needs (moby/buildkit, "only build needed stages"), so an image that takes nothing from the gate skips it.
    """
    needs = stages(text)
    if GATE not in needs:
        return True
    waiting = [target.lower() if target else list(needs)[-1]]
    seen: set[str] = set()
    while waiting:
        stage = waiting.pop()
        if stage == GATE:
            return True
        # COPY --from=0 names a stage by its number.
        name = list(needs)[int(stage)] if stage.isdecimal() and int(stage) < len(needs) else stage
        if name not in seen:
            seen.add(name)
            waiting += needs.get(name, ())
    return False
