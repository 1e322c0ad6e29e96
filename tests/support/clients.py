"""Other Compose and Buildx than the machine's, for single tests: `testbed/setup clients` fetches them.

The fixtures `oldest_clients` and `newest_clients` of `tests/conftest.py` set DOCKER_CONFIG to a folder with these
plugins, for this process and the programs that it starts. Engine, context and credentials stay the same. A machine
without the plugins skips the test; a CI machine (CI is set) fails it if the oldest are missing. The newest come from
Debian's next release, whose packages are not always complete.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

FOLDER = Path("/var/lib/dockdj-testbed/clients")
PLUGINS = ("docker-compose", "docker-buildx")


@dataclass(frozen=True)
class Clients:
    """A folder for DOCKER_CONFIG."""

    name: str
    config: Path


def install(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Use the plugins `name` (oldest or newest) until the test ends; `folder` becomes DOCKER_CONFIG."""
    plugins = FOLDER / name / "cli-plugins"
    if not all((plugins / plugin).exists() for plugin in PLUGINS):
        reason = f"{plugins} lacks {' or '.join(PLUGINS)}: testbed/setup clients"
        if os.environ.get("CI") and name == "oldest":
            pytest.fail(reason)
        pytest.skip(reason)
    own = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    folder.mkdir()
    (folder / "cli-plugins").symlink_to(plugins)
    if (own / "contexts").exists():
        (folder / "contexts").symlink_to(own / "contexts")
    settings = json.loads((own / "config.json").read_text()) if (own / "config.json").exists() else {}
    # Plugins of another folder would come first.
    settings.pop("cliPluginsExtraDirs", None)
    (folder / "config.json").write_text(json.dumps(settings))
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    return Clients(name, folder)
