"""A fake of Elastic Beanstalk that fails in any way a test needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from dockdj.errors import PlatformError, WrongContent
from dockdj.model.beanstalk.bundle import Bundle
from dockdj.model.beanstalk.environment import Environment, EnvironmentEvent, InstanceHealth


@dataclass
class Platform:
    """One environment that becomes what it is told on the second look; `fails` names labels that do not run."""

    label: str = "1.0.0-aaaaaaaa"
    fails: set[str] = field(default_factory=set)
    glitches: int = 0
    refuses: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    updates: list[str] = field(default_factory=list)
    descriptions: dict[str, str] = field(default_factory=dict)
    bundles: dict[str, bytes] = field(default_factory=dict)
    own_variables: frozenset[str] = frozenset()
    status: str = "Ready"
    poll: float = 0.0
    _pending: str = ""
    _looks: int = 0
    _events: list[EnvironmentEvent] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        pass

    def environment(self, application: str, name: str) -> Environment:
        if self._pending and self.glitches > 0:
            self.glitches -= 1
            raise PlatformError("AWS cannot be reached: timed out")
        now = Environment(
            "e-1", name, self.status, "Green", self.label, "127.0.0.1:1", (InstanceHealth("i-1", "Ok", self.label),)
        )
        if not self._pending:
            return now
        self._looks += 1
        if self._looks < 2:
            return replace(now, status="Updating")
        if self._pending in self.fails:
            self._say("ERROR", "Failed to deploy application.")
        else:
            self.label = self._pending
        self._pending = ""
        return self.environment(application, name)

    def has_version(self, application: str, label: str) -> bool:
        return self.versions.get(label) == "PROCESSED"

    def description(self, application: str, label: str) -> str:
        return self.descriptions.get(label, "")

    def variables(self, application: str, name: str) -> frozenset[str]:
        return self.own_variables

    def version_status(self, application: str, label: str) -> str:
        return self.versions.get(label, "")

    def register(self, application: str, bundle: Bundle, description: str) -> None:
        self.versions[bundle.label] = "PROCESSED"
        self.descriptions[bundle.label] = description

    def require_same(self, application: str, bundle: Bundle, description: str) -> None:
        if self.descriptions.get(bundle.label, description) != description:
            raise WrongContent(f"the version {bundle.label} has another description")

    def bundle(self, application: str, label: str) -> bytes | None:
        return self.bundles.get(label)

    def configure(self, environment_id: str, options: Mapping[str, Mapping[str, str]]) -> None:
        self.updates += [f"{name}={value}" for values in options.values() for name, value in values.items()]
        # The platform is at it on the next look, and ready on the one after.
        self._pending, self._looks = self.label, 0

    def update(self, environment_id: str, label: str) -> None:
        if self.refuses:
            raise PlatformError(self.refuses)
        self.updates.append(label)
        self._pending, self._looks = label, 0

    def events(
        self, environment_id: str, since: datetime | None = None, limit: int = 100
    ) -> tuple[EnvironmentEvent, ...]:
        after = since.isoformat() if since else ""
        return tuple(event for event in self._events if event.when >= after)[-limit:]

    def _say(self, severity: str, message: str) -> None:
        when = f"2099-01-01T00:00:{len(self._events):02}.000+00:00"
        self._events.append(EnvironmentEvent(when, severity, message))
