"""The real server over fake machines: `python -m tests.localcloud.fake_server --state FOLDER --port PORT`.

A version whose label contains `bad` fails to deploy, `held` waits for `Server.release_held`, `stuck` never ends, and
`endless` ends only when it is stopped.
"""

import io
import time
import zipfile
from collections.abc import Collection, Mapping

from dockdj.localcloud.contract import (
    UNWATCHED,
    Deployment,
    DeploymentFailed,
    Emit,
    HealthStatus,
    InstanceState,
    LogKind,
    Observation,
    Progress,
    Secrets,
    SecretUnavailable,
    Severity,
    Spec,
)
from dockdj.localcloud.http.server import run

RELEASED = "released"
"""The file in the state folder that releases held deployments."""


class FakeOperations:
    """See `contract.Operations`."""

    def __init__(self, cloud_id: str, secrets: Secrets | None = None) -> None:
        self.secrets = secrets
        self.running: dict[str, tuple[InstanceState, ...]] = {}

    def launch(self, spec: Spec, deployment: Deployment, emit: Emit) -> int:
        self.fetch(spec, emit)
        self.deploy(spec, deployment, emit)
        return spec.port or int(spec.variables.get("FAKE_PORT", "8000"))

    def deploy(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress = UNWATCHED) -> None:
        label = deployment.version_label
        assert deployment.bundle.read_bytes()
        emit(Severity.INFO, "Deploying new version to instance(s).")
        released = deployment.bundle.parents[1] / RELEASED
        while "stuck" in label or ("held" in label and not released.exists()):
            time.sleep(0.01)
        while "endless" in label:
            progress.proceed()
            time.sleep(0.01)
        if "bad" in label:
            raise DeploymentFailed("bad", port=8000)
        launched = "2026-11-22T12:00:00+00:00"
        self.running[spec.environment_id] = tuple(
            InstanceState(f"i-{number:017x}", HealthStatus.OK, label, deployment.id, (), launched)
            for number in range(spec.min_size)
        )

    def configure(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress = UNWATCHED) -> None:
        if "BREAK" in spec.variables:
            raise DeploymentFailed("broken")
        self.fetch(spec, emit)
        while "ENDLESS" in spec.variables:
            progress.proceed()
            time.sleep(0.01)
        self.deploy(spec, deployment, emit, progress)

    def restore(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress = UNWATCHED) -> None:
        if "UNDOABLE" in spec.variables:
            raise DeploymentFailed("the version before fails, too")
        self.deploy(spec, deployment, emit, progress)

    def fetch(self, spec: Spec, emit: Emit) -> None:
        """Read the secrets, and tell only how long each value is."""
        if self.secrets is None:
            return
        try:
            values = self.secrets.values(spec.secrets)
        except SecretUnavailable as error:
            emit(Severity.ERROR, str(error))
            raise DeploymentFailed(str(error), port=8000) from error
        for name, value in values.items():
            emit(Severity.INFO, f"{name} has {len(value)} characters.")

    def restart(self, spec: Spec, emit: Emit) -> None:
        if "BREAK" in spec.variables:
            raise DeploymentFailed("broken")

    def rewire(self, spec: Spec, emit: Emit) -> None:
        if "BREAK" in spec.variables and spec.balancer not in ("", spec.environment_id):
            raise DeploymentFailed("broken")

    def terminate(self, spec: Spec, emit: Emit) -> None:
        self.running.pop(spec.environment_id, None)

    def observe(self, spec: Spec) -> Observation:
        return Observation(self.running.get(spec.environment_id, ()))

    def resize(self, spec: Spec, deployment: Deployment, dead: Collection[str], emit: Emit) -> None:
        self.deploy(spec, deployment, lambda severity, message: None)

    def logs(self, spec: Spec, kind: LogKind) -> Mapping[str, bytes]:
        if "SILENT" in spec.variables:
            raise DeploymentFailed("the instance does not answer")
        ids = [item.id for item in self.running.get(spec.environment_id, ())]
        texts = {item: f"{kind} of {item}" for item in ids}
        if kind == LogKind.TAIL:
            return {item: text.encode() for item, text in texts.items()}
        return {item: zipped("log", text) for item, text in texts.items()}

    def start(self, spec: Spec, deployment: Deployment) -> int:
        self.deploy(spec, deployment, lambda severity, message: None)
        return spec.port or 8000


def zipped(name: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


class FakeDatabases:
    """See `contract.Databases`."""

    def __init__(self, cloud_id: str) -> None:
        self.cloud_id = cloud_id

    def database_url(self, name: str) -> str:
        return f"postgres://{name}:{self.cloud_id}@127.0.0.1:5432/{name}"


if __name__ == "__main__":
    run(FakeOperations, FakeDatabases)
