import socket

from dockdj.adapters.ports import is_free


def test_a_port_is_free_once_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)
