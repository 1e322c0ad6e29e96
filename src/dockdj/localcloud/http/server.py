"""The local cloud's server: `python -m dockdj.localcloud.http.server --state FOLDER --port PORT`.

It listens on 127.0.0.1 only: who can reach it and knows the keys can run privileged containers.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from dockdj.localcloud import jobs
from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.contract import Databases, Operations
from dockdj.localcloud.fleet.operations import Operations as ContainerOperations
from dockdj.localcloud.fleet.services import ensure_services
from dockdj.localcloud.http.application import Application
from dockdj.localcloud.platform.health_reports import Reported
from dockdj.localcloud.s3.storage import Storage
from dockdj.localcloud.state import ownership, settings
from dockdj.localcloud.state.background import Work
from dockdj.localcloud.state.database import State

HOST = "127.0.0.1"
LEAVING_SECONDS = 5


class Handler(WSGIRequestHandler):
    """One line a request in the log, without queries: a presigned URL is as good as a key."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        logging.info("%s %s %s", self.command, self.path.partition("?")[0], code)


def open_cloud(folder: Path, *, operations: Operations, databases: Databases) -> Cloud:
    """The cloud whose state lies in this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    # Environment properties and bundles hold secrets.
    folder.chmod(0o700)
    kept = settings.load(folder)
    return Cloud(
        folder=folder,
        settings=kept,
        state=State(folder / "state.sqlite"),
        storage=Storage(folder / "s3", account=kept.account, region=kept.region),
        operations=operations,
        databases=databases,
        work=Work(),
    )


def serve(cloud: Cloud, port: int) -> None:
    """Answer requests until SIGTERM or a shutdown request, then let running operations end for a short while."""
    application = Application(cloud)
    server = make_server(HOST, port, application, threaded=True, request_handler=Handler)
    application.stop = lambda: _stop(server)
    signal.signal(signal.SIGTERM, lambda *_: _stop(server))
    jobs.recover(cloud)
    logging.info("listening on http://%s:%d", HOST, server.port)
    server.serve_forever()
    server.server_close()
    cloud.work.wait(LEAVING_SECONDS)
    cloud.state.close()


def _stop(server: BaseWSGIServer) -> None:
    """From another thread: the serving loop, in which signals are handled, cannot wait for itself."""
    threading.Thread(target=server.shutdown, daemon=True).start()


def run(
    operations: Callable[[str], Operations], databases: Callable[[str], Databases], argv: list[str] | None = None
) -> None:
    """Read the command line and serve. Operations and databases are made for the cloud's short id."""
    arguments = argparse.ArgumentParser(prog="dockdj.localcloud.http.server")
    arguments.add_argument("--state", type=Path, required=True, help="the cloud's state folder")
    arguments.add_argument("--port", type=int, required=True, help="the port on 127.0.0.1")
    given = arguments.parse_args(argv)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    identity = settings.cloud_id(given.state)
    try:
        with ownership.alone(given.state, ownership.SERVER, wait=False):
            cloud = open_cloud(given.state, operations=Reported(operations(identity)), databases=databases(identity))
            serve(cloud, given.port)
    except BlockingIOError:
        sys.exit(f"another server works on {given.state}")


if __name__ == "__main__":
    run(ContainerOperations, ensure_services)
