"""A target with what reaches it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockdj.model.project.project import Project, Target

if TYPE_CHECKING:
    # AWS's library takes a quarter of a second to import, and most commands need none of it.
    from dockdj.adapters.beanstalk.client import Beanstalk


@dataclass(frozen=True)
class Site:
    """Where a project is deployed to: the target, its platform and its image repository."""

    project: Project
    target: Target
    beanstalk: "Beanstalk"
    repository: str
