"""What a target loses by a release: what runs there now, compared with what is to run."""

from dockdj.errors import DockdjError
from dockdj.lifecycle.deploy.deploy import Prepared
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.bundle import version_in_label
from dockdj.model.diff.changes import Changes, diff
from dockdj.model.version import attempt


def against_running(site: Site, prepared: Prepared) -> Changes | None:
    """The changes between the records of the release that was observed on the target and of the one prepared.

    None where nothing of ours runs, or its record is not here: a deployment must not fail for that.
    """
    running = attempt(version_in_label(prepared.observed.environment.label))
    if running is None:
        return None
    try:
        return diff(release_tags.find(site.project, running), release_tags.checked(prepared.release.content))
    except DockdjError:
        return None
