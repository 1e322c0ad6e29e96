"""Statuses of environments and versions, as the API returns them and the database stores them."""

from __future__ import annotations

from enum import StrEnum


class EnvironmentStatus(StrEnum):
    """The status of an environment. Every status but Ready and Terminated means that an operation runs."""

    LAUNCHING = "Launching"
    READY = "Ready"
    UPDATING = "Updating"
    TERMINATING = "Terminating"
    TERMINATED = "Terminated"


class VersionStatus(StrEnum):
    """The status of an application version."""

    UNPROCESSED = "UNPROCESSED"
    PROCESSED = "PROCESSED"
    FAILED = "FAILED"
