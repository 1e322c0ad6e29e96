"""The local cloud's server: `python -m dockdj.localcloud.http.server --state FOLDER --port PORT`.

It listens only on 127.0.0.1 and on the network of its instances, because a client that knows the keys can run
privileged containers. The control API is on a socket file in the state folder.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, make_server

from dockdj.adapters import private_folder
from dockdj.adapters.beanstalk import control_socket
from dockdj.localcloud import recovery
from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.contract import Databases, Operations, Secrets
from dockdj.localcloud.fleet import network
from dockdj.localcloud.fleet.operations import Operations as ContainerOperations
from dockdj.localcloud.fleet.services import ensure_services
from dockdj.localcloud.http.application import Application
from dockdj.localcloud.http.connections import Handler, Server
from dockdj.localcloud.http.control import Control
from dockdj.localcloud.s3.storage import Storage
from dockdj.localcloud.secrets.references import Resolver
from dockdj.localcloud.secrets.store import SecretStore
from dockdj.localcloud.state import marker, ownership, settings
from dockdj.localcloud.state.background import Work
from dockdj.localcloud.state.database import State
from dockdj.localcloud.state.failure import StateFailed
from dockdj.localcloud.watch.memory import Watched
from dockdj.localcloud.watch.monitor import Monitor

HOST = "127.0.0.1"
LEAVING_SECONDS = 5


def open_cloud(folder: Path, *, operations: Callable[[Secrets], Operations], databases: Databases) -> Cloud:
    """Open the cloud of a state folder, which is created if it does not exist."""
    # Environment properties and bundles contain secrets.
    private_folder.ensure(folder)
    cloud_settings = settings.load(folder)
    place = {"account": cloud_settings.account, "region": cloud_settings.region}
    secrets = SecretStore(folder / "secrets", **place)
    return Cloud(
        folder=folder,
        settings=cloud_settings,
        state=State(folder / marker.DATABASE),
        storage=Storage(folder / "s3", **place),
        secrets=secrets,
        operations=Watched(operations(Resolver(secrets, cloud_settings))),
        databases=databases,
        work=Work(),
    )


def serve(cloud: Cloud, port: int, gateway: str | None = None) -> None:
    """Answer requests until SIGTERM or a shutdown request, then give running operations a short time to end.

    `gateway` is this machine's address on the network of the instances, which send requests to it.
    """
    server = Server(HOST, port, Application(cloud))
    _serve_instances(cloud, gateway, server.port)
    signal.signal(signal.SIGTERM, lambda *_: _stop(server))
    recovery.recover(cloud)
    monitor = Monitor(cloud)
    monitor.start()
    with control_socket.listening(cloud.folder) as listener:
        control = Control(cloud, server.port, lambda: _stop(server))
        channel = make_server("unix://", 0, control, threaded=True, request_handler=Handler, fd=listener.fileno())
        threading.Thread(target=channel.serve_forever, daemon=True).start()
        logging.info("listening on http://%s:%d", HOST, server.port)
        server.serve_forever()
        channel.shutdown()
    monitor.stop()
    server.server_close()
    cloud.work.wait(LEAVING_SECONDS)
    cloud.state.close()


def _serve_instances(cloud: Cloud, gateway: str | None, port: int) -> None:
    """Answer the requests of instances in a thread. Where the address is not this machine's, they get no answer."""
    if gateway is None:
        return
    try:
        server = Server(gateway, port, Application(cloud))
    except (OSError, SystemExit):
        # Werkzeug ends the program if it cannot listen.
        logging.warning("instances cannot reach the API: this machine does not have the address %s", gateway)
        return
    threading.Thread(target=server.serve_forever, daemon=True).start()


def _stop(server: BaseWSGIServer) -> None:
    """Stop the serving loop from another thread: the loop handles signals, and cannot wait for itself."""
    threading.Thread(target=server.shutdown, daemon=True).start()


def run(
    operations: Callable[[str, Secrets], Operations],
    databases: Callable[[str], Databases],
    argv: list[str] | None = None,
    gateway: Callable[[str], str | None] = lambda _: None,
) -> None:
    """Parse the command line and serve. The factories and `gateway` receive the cloud's short id."""
    parser = argparse.ArgumentParser(prog="dockdj.localcloud.http.server")
    parser.add_argument("--state", type=Path, required=True, help="the cloud's state folder")
    parser.add_argument("--port", type=int, required=True, help="the port on 127.0.0.1")
    arguments = parser.parse_args(argv)
    folder: Path = arguments.state.resolve()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    state_id = settings.cloud_id(folder)
    try:
        with ownership.alone(folder, ownership.SERVER, wait=False):

            def connected(secrets: Secrets) -> Operations:
                return operations(state_id, secrets)

            cloud = open_cloud(folder, operations=connected, databases=databases(state_id))
            serve(cloud, arguments.port, gateway(state_id))
    except StateFailed as error:
        sys.exit(f"{error.message}\n{error.hint}")
    except BlockingIOError:
        sys.exit(f"another server uses {folder}")


if __name__ == "__main__":
    run(
        lambda state_id, secrets: ContainerOperations(state_id, secrets=secrets),
        ensure_services,
        gateway=network.gateway,
    )
