"""The file with the local cloud's address, damaged in any way."""

from pathlib import Path

import pytest

from dockdj.adapters.beanstalk import local_cloud
from dockdj.errors import MissingTool

WHOLE = (
    b'{"endpoint": "http://127.0.0.1:1", "registry": "r:1", "region": "r", '
    b'"access_key": "a", "secret_key": "s", "pid": 1}'
)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        WHOLE[:40],
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        WHOLE.replace(b'"r:1"', b"5"),
        b"[" * 100_000,
        WHOLE.replace(b"127.0.0.1:1", b"127.0.0.1:x"),
        WHOLE.replace(b"127.0.0.1:1", b"127.0.0.1:99999"),
        WHOLE.replace(b"127.0.0.1:1", b"127.0.0.1"),
        WHOLE.replace(b"127.0.0.1:1", b"shop.example:80"),
        WHOLE.replace(b"http://127.0.0.1:1", b"http://["),
    ],
    ids=range(13),
)
def test_damaged_address_is_named_and_the_next_start_writes_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setenv("DOCKDJ_STATE", str(tmp_path))
    (tmp_path / "cloud.json").write_bytes(content)
    assert local_cloud.read() is None
    with pytest.raises(MissingTool, match=r"cloud\.json is damaged") as damaged:
        local_cloud.require()
    assert damaged.value.hint == "dockdj cloud up"
    address = local_cloud.CloudAddress("http://127.0.0.1:1", "r:1", "r", "a", "s", 1)
    local_cloud.write(address)
    assert local_cloud.read() == address
