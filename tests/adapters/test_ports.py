import socket

from dockdj.adapters.machine import is_free
from tests.support import ports


def test_port_is_free_only_while_nothing_listens() -> None:
    port = ports.free()
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)
    assert is_free(port)
