"""The program that watches an instance from inside: for each line of its input it writes one JSON report and END.

The monitor sends this text to the instance's Python, so instances of earlier versions have it, too. The report is the
record of the last deployment, the application's containers, the load and the processor time.
"""

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

RECORD = Path("/opt/elasticbeanstalk/deployment/record.json")
ENGINE = "/var/run/docker.sock"
LABELS = ("com.docker.compose.project", "com.amazonaws.ecs.task-arn")
SERVICES = ("com.docker.compose.service", "com.amazonaws.ecs.container-name")
ENGINE_SECONDS = 2
END = "\0\n"
NANOSECONDS = 1e9
MICROSECONDS = 1e6


def report() -> dict[str, Any]:
    user, system = processor_seconds()
    return {
        "record": record(),
        "containers": containers(),
        "load": os.getloadavg(),
        "user": user,
        "system": system,
        "processors": os.cpu_count() or 1,
    }


def record() -> dict[str, Any]:
    """The record of the last deployment, empty before the first one."""
    try:
        fields = json.loads(RECORD.read_bytes())
    except (OSError, ValueError):
        return {}
    names = ("version", "deployment", "variables", "finished")
    return {name: fields[name] for name in names if name in fields}


def containers() -> list[dict[str, str]] | None:
    """The application's containers, each with the words in which Docker describes its state. None without an engine."""
    try:
        summaries = json.loads(ask("/containers/json?all=1"))
    except (OSError, ValueError):
        return None
    return [
        {
            "service": next((item["Labels"][label] for label in SERVICES if label in item["Labels"]), ""),
            "state": item["State"],
            "status": item["Status"],
        }
        for item in summaries
        if any(label in item["Labels"] for label in LABELS)
    ]


def ask(path: str) -> bytes:
    """The body of an answer of the instance's engine."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ENGINE_SECONDS)
        connection.connect(ENGINE)
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: engine\r\n\r\n".encode())
        answer = b""
        while part := connection.recv(1 << 16):
            answer += part
    return answer.partition(b"\r\n\r\n")[2]


def processor_seconds() -> tuple[float, float]:
    """The processor time of the instance's control group in user mode and in the kernel: version 2, or version 1."""
    try:
        fields = dict(line.split() for line in Path("/sys/fs/cgroup/cpu.stat").read_text().splitlines())
        return int(fields["user_usec"]) / MICROSECONDS, int(fields["system_usec"]) / MICROSECONDS
    except (OSError, KeyError, ValueError):
        pass
    try:
        user, system = (
            int(Path(f"/sys/fs/cgroup/cpuacct/cpuacct.usage_{mode}").read_text()) for mode in ("user", "sys")
        )
        return user / NANOSECONDS, system / NANOSECONDS
    except (OSError, ValueError):
        return 0.0, 0.0


if __name__ == "__main__":
    for _ in sys.stdin:
        sys.stdout.write(json.dumps(report()) + END)
        sys.stdout.flush()
