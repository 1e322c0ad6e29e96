"""What the tests of tested images wrote: kept where they were published, until a release takes the images."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from dockdj.events import Report, Warned, silent
from dockdj.lifecycle.build.evidence_folder import EVIDENCE_FOLDER, keep, kept
from dockdj.model.build.tested_images import QaImages
from dockdj.model.project.project import Project

PREFIX = "qa-"


def name_of(images: QaImages) -> str:
    """What the folder of these images is called: tags move, and the index that names them all does not."""
    return f"{PREFIX}{images.index.removeprefix('sha256:')[:12]}"


def remember(
    folder: Path, project: Project, images: QaImages, known: Iterable[QaImages], report: Report = silent
) -> None:
    """Keep what is in `folder`, and forget what belongs to images that are not `known` any more."""
    keep(folder, project, name_of(images), report)
    needed = {name_of(one) for one in (images, *known)}
    for other in (project.root / EVIDENCE_FOLDER).glob(f"{PREFIX}*"):
        if other.name not in needed:
            shutil.rmtree(other, ignore_errors=True)


def take(project: Project, images: QaImages, folder: Path, report: Report = silent) -> None:
    """Copy to `folder` what the tests of these images wrote; that it is on another machine is said."""
    here = kept(project, name_of(images))
    if here.is_dir():
        shutil.copytree(here, folder, dirs_exist_ok=True)
    else:
        report(Warned(f"what the tests of {images.origin} wrote is where these images were published"))
