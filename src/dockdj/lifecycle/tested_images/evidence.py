"""Evidence of tested images: kept on the publishing machine until a release takes the images."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from dockdj.adapters import disk
from dockdj.events import Report, Warned, silent
from dockdj.lifecycle.build.evidence_folder import EVIDENCE_FOLDER, keep, kept
from dockdj.model.build.tested_images import QaImages
from dockdj.model.project.project import Project

PREFIX = "qa-"


def name_of(images: QaImages) -> str:
    """The name of the images' folder: from their index, since tags move and an index does not."""
    return f"{PREFIX}{images.index.removeprefix('sha256:')[:12]}"


def remember(
    folder: Path, project: Project, images: QaImages, known: Iterable[QaImages], report: Report = silent
) -> None:
    """Keep the evidence in `folder`, and remove the evidence of images that are no longer `known`."""
    keep(folder, project, name_of(images), report)
    names = {name_of(each) for each in (images, *known)}
    for entry in (project.root / EVIDENCE_FOLDER).glob(f"{PREFIX}*"):
        if entry.name not in names:
            shutil.rmtree(entry, ignore_errors=True)


def take(project: Project, images: QaImages, folder: Path, report: Report = silent) -> None:
    """Copy the evidence of these images to `folder`; warn if it is on another machine."""
    here = kept(project, name_of(images))
    if here.is_dir():
        shutil.copytree(here, folder, dirs_exist_ok=True, copy_function=disk.copy)
    else:
        report(Warned(f"the evidence of {images.origin} is on the machine where these images were published"))
