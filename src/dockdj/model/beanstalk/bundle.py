"""The source bundle for Elastic Beanstalk: a zip whose bytes depend only on its contents."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dockdj.errors import ProjectError
from dockdj.model import zip_archive
from dockdj.model.canonical import digest_of
from dockdj.model.files import File
from dockdj.model.version import Version, attempt

DESCRIPTION_PREFIX = "rel "
# CreateApplicationVersion takes a source bundle of up to 512 MB; Developer Guide, "Source bundle".
MAX_BYTES = 500_000_000
CONTROL = re.compile(r"[\0-\x1f\x7f]")
VMS_VERSION = re.compile(r";\d*\Z", re.ASCII)


@dataclass(frozen=True)
class Bundle:
    """A source bundle's bytes, and the version label under which Elastic Beanstalk knows it."""

    content: bytes
    label: str

    @property
    def digest(self) -> str:
        return digest_of(self.content)


def pack(files: Iterable[File], version: Version) -> Bundle:
    """Pack files in the order of their paths, without compression, because compressors differ between machines.

    The label is the version and the first 8 digits of the bundle's digest, because the same release has a different
    bundle for each target. Raises ProjectError above Elastic Beanstalk's limit.
    """
    content = zip_archive.pack(files, compressed=False)
    if len(content) > MAX_BYTES:
        raise ProjectError(
            f"the bundle has {len(content):,} bytes, and Elastic Beanstalk takes {MAX_BYTES:,}",
            hint="large files belong in an image: list them in .ebignore",
        )
    return Bundle(content, f"{version.label}-{_digits(content)}")


def unbundled(path: str) -> str:
    """The reason why a bundle cannot have a file of this path; empty if it can.

    Measured on Info-ZIP's unzip 6.0 under any locale: it writes every other name as the zip has it.
    """
    if not _is_utf8(path):
        return "its name is not UTF-8"
    if CONTROL.search(path):
        return "unzip removes control characters from names"
    if VMS_VERSION.search(path):
        return "unzip removes `;` and a number from the end of names"
    return ""


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_named(content: bytes, label: str) -> bool:
    """True if the digest in a label that `pack` made is that of these bytes."""
    return _digits(content) == label.rpartition("-")[2]


def _digits(content: bytes) -> str:
    return digest_of(content).removeprefix("sha256:")[:8]


def description_of(digest: str) -> str:
    """The description of a release's application version: `rel` and the digest of its record.

    Elastic Beanstalk takes at most 200 characters (API reference, CreateApplicationVersion). With it `status` knows
    what runs without asking a registry.
    """
    return f"{DESCRIPTION_PREFIX}{digest}"


def record_in(description: str) -> str:
    """The digest of the record in a description that `description_of` made; empty for another description."""
    return description.removeprefix(DESCRIPTION_PREFIX) if description.startswith(DESCRIPTION_PREFIX) else ""


def version_in_label(label: str) -> str:
    """The version in a label that `pack` made; empty for another label."""
    version, _, digest = label.rpartition("-")
    parsed = attempt(version.replace("_", "+")) if len(digest) == 8 else None
    return str(parsed) if parsed else ""
