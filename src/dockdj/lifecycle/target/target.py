"""A target with what reaches it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockdj.errors import PlatformError
from dockdj.model.beanstalk.environment import Environment
from dockdj.model.project.project import Project, Target

if TYPE_CHECKING:
    # AWS's library takes a quarter of a second to import, and most commands need none of it.
    from dockdj.adapters.beanstalk.client import Beanstalk


@dataclass(frozen=True)
class Site:
    """A project's target, connected: the target, its platform and its image repository."""

    project: Project
    target: Target
    beanstalk: "Beanstalk"
    repository: str

    def environment(self) -> Environment | None:
        """The environment as the platform has it now; None when the target has no environment."""
        return self.beanstalk.environment(self.target.application, self.target.environment)

    def require_environment(self) -> Environment:
        """The environment as the platform has it now. Raises PlatformError when the target has no environment."""
        environment = self.environment()
        if environment is None:
            raise PlatformError(
                f"the target {self.target.name} has no environment {self.target.environment}",
                hint=f"dockdj create {self.target.name}",
            )
        return environment
