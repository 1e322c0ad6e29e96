"""Which port of this machine an environment answers on."""

import re
from collections.abc import Callable, Collection

from dockdj.adapters import ports
from dockdj.errors import MissingTool, UsageError
from dockdj.events import Report, Warned, silent

PORT_VARIABLE = re.compile(r"\$\{DOCKDJ_PORT:-(?P<port>\d+)\}")
TRIED = 100


def choose(
    compose_text: str,
    own: Collection[int],
    asked: int | None,
    report: Report = silent,
    is_free: Callable[[int], bool] = ports.is_free,
) -> int | None:
    """The port as asked, else the one that the environment holds already (`own`), else the usual or next free one.

    None when the compose file publishes no ${DOCKDJ_PORT:-USUAL}. Raises MissingTool when the asked one is
    taken, UsageError when it cannot be given.
    """
    usual = PORT_VARIABLE.search(compose_text)
    if usual is None:
        if asked is not None:
            raise UsageError("the compose file publishes no ${DOCKDJ_PORT:-NUMBER}: --port has nothing to change")
        return None
    if asked is not None:
        if asked not in own and not is_free(asked):
            raise MissingTool(f"port {asked} is taken", hint="name another one, or none: then a free one is chosen")
        return asked
    return min(own) if own else _free(int(usual["port"]), report, is_free)


def _free(usual: int, report: Report, is_free: Callable[[int], bool]) -> int:
    if is_free(usual):
        return usual
    # Next to it, but never among the ports below 1024.
    first = usual + 1 if usual >= 1024 else usual + 8000
    chosen = next((port for port in range(first, first + TRIED) if is_free(port)), None)
    if chosen is None:
        raise MissingTool(f"ports {usual} and {first}-{first + TRIED - 1} are taken", hint="name a free one: --port N")
    report(Warned(f"port {usual} is taken; using {chosen}"))
    return chosen
