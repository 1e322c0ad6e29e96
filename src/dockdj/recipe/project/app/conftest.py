"""What all tests share."""

import pytest
from django.db import connection


def pytest_runtest_setup(item):
    """A test marked `postgres` runs where the database is one."""
    if item.get_closest_marker("postgres") and connection.vendor != "postgresql":
        pytest.skip(f"needs PostgreSQL, and this is {connection.vendor}: dockdj test dev")


@pytest.fixture(autouse=True)
def plain_http(settings):
    """Tests ask over HTTP."""
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture(autouse=True)
def uncollected_static_files(settings):
    """Where collectstatic has not run, plain names; the image build tests with the collected ones."""
    if not (settings.STATIC_ROOT / "staticfiles.json").exists():
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
