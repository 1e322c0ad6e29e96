"""A service of a compose file, alone: to ask its image something, without a network and without a place to write."""

from collections.abc import Mapping, Sequence
from typing import Any

# What decides how a program of the image starts. Volumes are no part of a release.
KEPT = (
    *("image", "environment", "env_file", "working_dir", "user", "group_add", "platform", "init"),
    *("secrets", "configs", "cap_drop", "cap_add", "security_opt"),
)
TOP = ("secrets", "configs")
# Settings often need a place for temporary files.
WRITABLE = "/tmp:size=64m"
MEMORY = "1g"


def alone(document: Mapping[str, Any], service: str, command: Sequence[str]) -> dict[str, Any]:
    """The compose file with this service alone, whose container runs a command instead of the service's program."""
    body = document["services"][service] or {}
    return {
        **{key: document[key] for key in TOP if key in document},
        "services": {
            service: {
                **{key: body[key] for key in KEPT if key in body},
                # Compose puts variables in place of `$`.
                "entrypoint": [word.replace("$", "$$") for word in command],
                "network_mode": "none",
                "read_only": True,
                "tmpfs": [WRITABLE],
                "mem_limit": MEMORY,
            }
        },
    }
