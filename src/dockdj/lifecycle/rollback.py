"""Return a target to an earlier release. No mechanism of its own: it chooses a release and deploys it."""

from collections.abc import Iterable

from dockdj.errors import Refused
from dockdj.lifecycle.log import RAN, LoggedEvent
from dockdj.model.version import Version, attempt


def choose(events: Iterable[LoggedEvent], running: str, target: str) -> Version:
    """The release that ran well on this target before the one that runs now.

    `events` are the target's, oldest first. Raises Refused when the log knows none.
    """
    for event in reversed(list(events)):
        if (
            event.what in RAN
            and event.outcome == "ok"
            and event.version != running
            and (found := attempt(event.version))
        ):
            return found
    raise Refused(
        f"no earlier release is known to have run well on {target}",
        hint=f"name one: dockdj rollback VERSION --to {target}; released versions: dockdj history",
    )
