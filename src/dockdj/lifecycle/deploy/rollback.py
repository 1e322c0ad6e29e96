"""Return a target to an earlier release. No mechanism of its own: it chooses a release and deploys it."""

from collections.abc import Iterable

from dockdj.errors import Refused
from dockdj.lifecycle.history.log import RAN, LoggedEvent
from dockdj.model.version import Version, attempt

GOING_BACK = ("rolled back", "returned")


def choose(events: Iterable[LoggedEvent], running: str, target: str) -> Version:
    """The release that ran well on this target before the one that runs now.

    `events` are the target's, oldest first. A rollback that was interrupted is finished, and one that ended
    is not undone by the next: a second rollback goes further back. Raises Refused when nothing is there.
    """
    good: list[str] = []
    begun: LoggedEvent | None = None
    for event in events:
        if event.what not in RAN:
            continue
        begun = event if event.outcome == "started" else None
        if event.outcome == "ok":
            good = _after(good, event)
    if begun and begun.what in GOING_BACK and (unfinished := attempt(begun.version)):
        return unfinished
    current = begun.version if begun else running
    if good and current and current not in good and not begun:
        raise Refused(
            f"{target} runs {current}, and the log here does not know how it came to that",
            hint=f"name the release to return to: dockdj rollback VERSION --to {target}; releases: dockdj history",
        )
    earlier = good[: good.index(current)] if current in good else good
    if earlier and (found := attempt(earlier[-1])):
        return found
    raise Refused(
        f"no earlier release is known to have run well on {target}",
        hint=f"name one: dockdj rollback VERSION --to {target}; released versions: dockdj history",
    )


def _after(good: list[str], event: LoggedEvent) -> list[str]:
    """The releases that ran well, the running one last: going back forgets what came after."""
    if event.what in GOING_BACK and event.version in good:
        return good[: good.index(event.version) + 1]
    return [version for version in good if version != event.version] + [event.version]
