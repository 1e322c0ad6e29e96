"""Rows of the tables as values, with the statuses that the API returns and the database stores."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dockdj.localcloud.state.database import Row


class EnvironmentStatus(StrEnum):
    """The status of an environment. Every status but Ready and Terminated means that an operation runs."""

    LAUNCHING = "Launching"
    READY = "Ready"
    UPDATING = "Updating"
    ABORTING = "Aborting"
    TERMINATING = "Terminating"
    TERMINATED = "Terminated"


class VersionStatus(StrEnum):
    """The status of an application version."""

    UNPROCESSED = "UNPROCESSED"
    PROCESSED = "PROCESSED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Application:
    """An application. Times are seconds since the epoch."""

    name: str
    description: str
    lifecycle: str
    """Its version lifecycle as JSON; empty if it was never set."""
    created: float
    updated: float


@dataclass(frozen=True)
class Version:
    """An application version."""

    application: str
    label: str
    description: str
    bucket: str
    key: str
    bundle: str
    """The SHA-256 of the source bundle."""
    status: VersionStatus
    created: float
    updated: float

    @classmethod
    def of(cls, row: Row) -> Version:
        """The version in a row."""
        return cls(**{**row, "status": VersionStatus(row["status"])})


@dataclass(frozen=True)
class Environment:
    """An environment."""

    id: str
    name: str
    application: str
    description: str
    label: str
    """The version that it runs."""
    target: str | None
    """The version that it is updating to."""
    stack: str
    cname_prefix: str
    status: EnvironmentStatus
    operation: str
    """The id of the request whose operation runs; empty if none does."""
    port: int | None
    """The balancer's host port."""
    balancer: str
    """The environment that the balancer's container is named after; empty for this one."""
    deployment: int
    """The number of the deployment that it runs."""
    deployments: int
    """The number of deployments so far."""
    instance_group: str
    """The group of its instances; others are temporary, or replaced ones."""
    abortable: int
    """1 while an update runs that can be aborted."""
    former: str
    """The configuration before the update that runs, as a text of `state.former`; empty if it changes none."""
    created: float
    updated: float
    size: int = 0
    """The number of instances that scaling has set; 0 if it never did."""

    @classmethod
    def of(cls, row: Row) -> Environment:
        """The environment in a row."""
        return cls(**{**row, "status": EnvironmentStatus(row["status"])})
