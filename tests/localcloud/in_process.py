"""The server in a thread of the test's own process, so that a test can make its parts fail."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.contract import Operations
from dockdj.localcloud.http.application import Application
from dockdj.localcloud.http.connections import Server
from dockdj.localcloud.http.server import HOST, open_cloud
from dockdj.localcloud.state import settings
from tests.localcloud.fake_server import FakeDatabases
from tests.localcloud.running import boto


@dataclass(frozen=True)
class InProcess:
    """A server and its cloud."""

    cloud: Cloud
    settings: settings.Settings

    def boto(self, service: str) -> Any:
        return boto(self.settings, service)


@contextmanager
def in_process(folder: Path, operations: Operations) -> Iterator[InProcess]:
    # Moto's buckets are global in a process, by account.
    account = f"{random.randrange(10**12):012}"
    settings.save(folder, replace(settings.load(folder), account=account))
    cloud = open_cloud(folder, operations=lambda _: operations, databases=FakeDatabases("in-process"))
    server = Server(HOST, 0, Application(cloud))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield InProcess(cloud, settings.with_port(cloud.settings, server.port))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        cloud.work.wait(60)
        cloud.state.close()
