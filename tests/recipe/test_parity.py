"""Development and production of a new project differ only in what the recipe declares."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.recipe.conftest import Shop, docker

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]

TOOL = r"""RUN mkdir -p /tool/DEBIAN && printf 'Package: tool\nVersion: 1.0-1\nArchitecture: all\nMaintainer: a <a@b>\n\
Description: tool\n' >/tool/DEBIAN/control && dpkg-deb --build /tool && dpkg --install /tool.deb
"""


def parity(shop: Shop, *options: str) -> tuple[int, dict[str, Any]]:
    done = shop.dockdj("parity", "--json", *options)
    document = json.loads(done.stdout)
    assert document["data"], document["errors"]
    return done.returncode, document["data"]


def test_new_project_has_parity_until_one_environment_gets_a_tool(shop: Shop, tmp_path: Path) -> None:
    copy = shop.copy(tmp_path)
    name = f"{shop.name}x"
    copy.edit("dockdj.toml", f'name = "{shop.name}"', f'name = "{name}"')
    try:
        code, data = parity(copy)
        assert [difference["path"] for difference in data["differences"] if not difference["declared"]] == []
        assert (code, data["unused"]) == (0, [])
        tools = {difference["name"] for difference in data["differences"] if difference["kind"] == "python"}
        assert {"pytest", "ruff", "werkzeug"} <= tools
        assert {difference["entry"] for difference in data["differences"] if difference["kind"] == "python"} == {
            "environments/dev/requirements.txt"
        }
        assert data["equal"]["python"] > 5
        assert {"os", "runtime", "files", "run", "compose", ".env.example", "Procfile"} <= set(data["equal"])

        # The gate is based on development's image, so production is not built again.
        last = "COPY --chmod=644 environments/dev/Procfile /var/app/Procfile\n"
        copy.edit("docker/django/Dockerfile", last, last + TOOL)
        assert copy.dockdj("image", "build", "dev").returncode == 0
        code, data = parity(copy, "--no-build")
        assert code == 1
        assert [difference["path"] for difference in data["differences"] if not difference["declared"]] == [
            "django/os/tool"
        ]

        copy.edit("dockdj.toml", "[parity.allow]\n", '[parity.allow]\n"django/os/tool" = "for looking around"\n')
        assert parity(copy, "--no-build")[0] == 0
    finally:
        for image in ("django:dev", "assets:dev", "django:prod", "nginx:prod"):
            docker("image", "rm", "--force", f"{name}/{image}", check=False)
