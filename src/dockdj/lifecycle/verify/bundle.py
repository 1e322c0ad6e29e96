"""Look at the bundles of a release that Elastic Beanstalk holds for a target."""

import io
import zipfile
import zlib

from dockdj.errors import DockdjError, PlatformError
from dockdj.events import Report, step
from dockdj.lifecycle.bundle import bundle
from dockdj.lifecycle.bundle.files import RECORD_NAME
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history.registry_index import Published
from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.bundle import Bundle, version_in_label
from dockdj.model.release.recognise import recorded_manifests
from dockdj.model.release.record import Release
from dockdj.model.verify.bundle import BundleSeen
from dockdj.model.verify.registry import IndexSeen

# In Elastic Beanstalk's answer about an application that does not exist.
NO_APPLICATION = "No Application named"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# The errors of zipfile and zlib for bytes that are not a complete zip with a record: RuntimeError for a zip that claims
# to be encrypted or of a later version, ValueError for impossible texts and offsets.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, KeyError)


def make(site: Site, seen: IndexSeen | None, release: Release) -> Bundle | str:
    """Rebuild the bundle from the registry's index; return the bundle, or the reason why it cannot be rebuilt."""
    if seen is None:
        return "the release is not in the registry"
    manifests = recorded_manifests(release.configs, seen.manifests)
    if manifests.keys() != release.configs.keys():
        return "the registry lacks an image of the release"
    try:
        return bundle.make(site.project, site.target, Published(site.repository, seen.digest, release, manifests))
    except DockdjError as error:
        return error.message


def observe(site: Site, release: Release, made: Bundle | str, report: Report) -> tuple[BundleSeen, ...]:
    """The versions of the application that are this release for this target.

    Raises PlatformError or MissingTool when the platform does not answer, or refuses.
    """
    application = site.target.application
    with step(report, f"look at {release.version} on {site.target.name}"):
        try:
            environment = site.beanstalk.environment(application, site.target.environment)
            running = environment.label if environment else ""
            labels = [label for label in _labels(site, release, made, running) if label]
            held = [label for label in labels if site.beanstalk.version_status(application, label)]
        except PlatformError as error:
            if NO_APPLICATION in error.message:
                return ()
            raise
        return tuple(_seen(site, label, running) for label in held)


def _labels(site: Site, release: Release, made: Bundle | str, running: str) -> tuple[str, ...]:
    """The labels to look for: the one that belongs to the release, the running one when it is of this version, and
    when the first is unknown those that the log knows."""
    version = str(release.version)
    own = running if version_in_label(running) == version else ""
    if isinstance(made, Bundle):
        return tuple(dict.fromkeys((made.label, own)))
    logged = [one.label for one in log.read(site.project, site.target.name) if one.version == version]
    return tuple(dict.fromkeys((own, *logged)))


def _seen(site: Site, label: str, running: str) -> BundleSeen:
    application = site.target.application
    content = site.beanstalk.bundle(application, label)
    description = site.beanstalk.description(application, label)
    return BundleSeen(label, description, content, None if content is None else record_in(content), label == running)


def record_in(content: bytes) -> bytes | None:
    """The release record in a bundle's bytes; None if it is missing, or the bytes are not a complete zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entry = archive.getinfo(RECORD_NAME)
            # Other methods, which no bundle has, have errors of their own.
            return archive.read(entry) if entry.compress_type in METHODS else None
    except DAMAGED:
        return None
