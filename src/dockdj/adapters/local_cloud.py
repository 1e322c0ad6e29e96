"""The local cloud as a deployer meets it: where it is, and the databases it lends."""

import http.client
import json
import urllib.error
import urllib.request

from dockdj.adapters import cloud_file
from dockdj.adapters.cloud_file import CloudAddress
from dockdj.errors import MissingTool, PlatformError

UP = "dockdj cloud up"
ANSWER_SECONDS = 60


def require() -> CloudAddress:
    """The running local cloud. Raises MissingTool when none runs."""
    address = cloud_file.read()
    if address is None:
        raise MissingTool("the local cloud is not running", hint=UP)
    try:
        _ask(address, "status", None)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise MissingTool(f"the local cloud does not answer at {address.endpoint}", hint=UP) from error
    return address


def database_url(address: CloudAddress, name: str) -> str:
    """The URL of a Postgres database of this name, made when it does not exist yet."""
    try:
        return str(_ask(address, "databases", {"name": name})["url"])
    except urllib.error.HTTPError as error:
        raise PlatformError(f"the local cloud gave no database: {error.read().decode(errors='replace')}") from error


def _ask(address: CloudAddress, path: str, body: dict[str, str] | None) -> dict[str, str]:
    request = urllib.request.Request(
        f"{address.endpoint}/_dockdj/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {address.secret_key}", "Content-Type": "application/json"},
    )
    # Straight to this machine, whatever proxy the environment names.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=ANSWER_SECONDS) as response:
        answer: dict[str, str] = json.load(response)
        return answer
