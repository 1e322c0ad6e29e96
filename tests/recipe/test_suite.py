"""The tests of a checkout on a finished image of the recipe."""

import json
from pathlib import Path

import pytest

from tests.recipe.conftest import Shop, docker

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]

WITNESS = """\
import sys
from pathlib import Path

import django
import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from project import settings


def test_what_runs_is_the_images():
    assert django.__file__.startswith("/opt/venv/")
    assert sys.prefix == "/opt/venv"
    assert Path("/checks-passed").exists() and not Path("/sources").exists()
    assert settings.__cached__ and Path(settings.__cached__).exists()
    assert staticfiles_storage.url("base/main.css") != "/static/base/main.css"


def test_what_only_tests_need_lies_behind():
    assert pytest.__file__.startswith("/opt/suite/")
    assert sys.path.index("/opt/suite") == len(sys.path) - 1


def test_that_fails():
    raise ValueError("on purpose")
"""


def test_checkouts_tests_run_on_the_images_application(shop: Shop, production: str, tmp_path: Path) -> None:
    image = f"{shop.name}/django:prod"
    before = docker("image", "inspect", "--format", "{{.Id}}", image)
    checkout = shop.copy(tmp_path)
    # The checkout's application does not compile, so the tests cannot use it.
    (checkout.root / "app/project/urls.py").write_text("no Python at all\n")
    (checkout.root / "app/apps/health/tests/test_health.py").unlink()
    (checkout.root / "app/apps/base/tests/test_witness.py").write_text(WITNESS)

    done = checkout.dockdj("test", "prod", "--image", image, "--json")
    data = json.loads(done.stdout)["data"]
    assert (done.returncode, data["failures"]) == (1, ["app.apps.base.tests.test_witness::test_that_fails"]), (
        done.stderr
    )
    assert data["config"] == before == docker("image", "inspect", "--format", "{{.Id}}", image)
    assert data["passed"] > 10
    assert "on purpose" in data["output"]
    # A test that the checkout removed is not run from the image.
    assert "test_health" not in data["output"]
