"""The real server over fake machines that need a moment, fail at random and report on the way."""

import os
import random
import time

from dockdj.localcloud.contract import (
    UNWATCHED,
    Deployment,
    DeploymentFailed,
    Emit,
    Progress,
    Secrets,
    Severity,
    Spec,
)
from dockdj.localcloud.http.server import run
from tests.localcloud.fake_server import FakeDatabases, FakeOperations

SEED = "UNSTEADY_SEED"


class UnsteadyOperations(FakeOperations):
    """Machines whose operations succeed two times out of three."""

    def __init__(self, cloud_id: str, secrets: Secrets | None = None) -> None:
        super().__init__(cloud_id, secrets)
        self.chance = random.Random(os.environ[SEED])

    def deploy(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress = UNWATCHED) -> None:
        self._work(emit)
        super().deploy(spec, deployment, emit, progress)

    def terminate(self, spec: Spec, emit: Emit) -> None:
        self._work(emit)
        super().terminate(spec, emit)

    def start(self, spec: Spec, deployment: Deployment) -> int:
        time.sleep(self.chance.uniform(0, 0.03))
        return 8000

    def _work(self, emit: Emit) -> None:
        for number in range(self.chance.randrange(3)):
            emit(Severity.INFO, f"Working: {number}.")
            time.sleep(self.chance.uniform(0, 0.04))
        match self.chance.randrange(6):
            case 0:
                raise DeploymentFailed("at random", port=8000)
            case 1:
                raise RuntimeError("at random")


if __name__ == "__main__":
    run(UnsteadyOperations, FakeDatabases)
