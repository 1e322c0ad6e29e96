"""What a target loses by a release: what runs there now, compared with what is to run."""

from dockdj.errors import DockdjError
from dockdj.lifecycle import records
from dockdj.lifecycle.deploy import Prepared
from dockdj.lifecycle.site import Site
from dockdj.model.bundle import version_in_label
from dockdj.model.changes import Changes, diff
from dockdj.model.version import attempt


def against_running(site: Site, prepared: Prepared) -> Changes | None:
    """The changes between the records of the release that was observed on the target and of the one prepared.

    None where nothing of ours runs, or its record is not here: a deployment must not fail for that.
    """
    running = attempt(version_in_label(prepared.observed.environment.label))
    if running is None:
        return None
    try:
        return diff(records.find(site.project, running), records.checked(prepared.release.content))
    except DockdjError:
        return None
