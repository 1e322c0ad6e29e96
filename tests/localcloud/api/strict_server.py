"""The fake server, which fails if an action returns a member that the model does not have: moto would drop it.

`python -m tests.localcloud.api.strict_server --state FOLDER --port PORT`
"""

from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from dockdj.localcloud.http import query
from dockdj.localcloud.http.server import run
from tests.localcloud.fake_server import FakeDatabases, FakeOperations

render = query.result_document


def strictly(name: str, result: Mapping[str, Any], request_id: str) -> str:
    _require_modelled(result, query.operation(name).output_shape, name)
    return render(name, result, request_id)


def _require_modelled(value: Any, shape: Shape | None, path: str) -> None:
    if shape is None:
        assert not value, f"{path} has {value}"
    elif isinstance(shape, StructureShape):
        unknown = set(value or ()) - set(shape.members)
        assert not unknown, f"{path} has {unknown}"
        for member, item in (value or {}).items():
            _require_modelled(item, shape.members[member], f"{path}.{member}")
    elif isinstance(shape, ListShape):
        for item in value or ():
            assert item is not None, f"{path} has an item that is None"
            _require_modelled(item, shape.member, f"{path}[]")


if __name__ == "__main__":
    query.result_document = strictly
    run(FakeOperations, FakeDatabases)
