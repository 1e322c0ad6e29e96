"""The platform's reading of a bundle's configuration files, before any instance changes."""

import zipfile
from pathlib import Path

from dockdj.adapters import ebextensions
from dockdj.localcloud.contract import Deployment, DeploymentFailed, Emit, Severity
from dockdj.localcloud.damaged_zip import UNREADABLE
from dockdj.localcloud.printable import printable

VALID_KEYS = (
    "For information about valid keys, see http://docs.aws.amazon.com/elasticbeanstalk/latest/dg/ebextensions.html"
)


def check(deployment: Deployment, emit: Emit) -> None:
    """Emit what is wrong with a bundle's configuration files. Raises DeploymentFailed for the first unreadable one."""
    for path, content in files(deployment.bundle).items():
        reading = ebextensions.read(content, path, deployment.version_label)
        if reading.error:
            error = printable(reading.error)
            emit(Severity.ERROR, error)
            raise DeploymentFailed(error)
        if reading.unknown:
            cause = f"Contains invalid key: '{reading.unknown[0].reason}'."
            emit(Severity.WARN, printable(f"Error processing file (Skipping): '{path}' - {cause} {VALID_KEYS}"))
        for flaw in reading.doubles:
            which = "This cloud takes the last one; Elastic Beanstalk drops one of them."
            emit(Severity.WARN, printable(f"In {path}, line {flaw.line}: {flaw.reason}. {which}"))


def files(bundle: Path) -> dict[str, bytes]:
    """The configuration files of a bundle, by path, in the order in which they are read; none of an unreadable zip.

    The platform's engine reports a zip that cannot be unpacked.
    """
    try:
        with zipfile.ZipFile(bundle) as archive:
            names = [item.filename for item in archive.infolist() if ebextensions.is_extension(item.filename)]
            return {name: archive.read(name) for name in sorted(set(names))}
    except UNREADABLE:
        return {}
