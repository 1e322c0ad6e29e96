"""What all tests share."""

import pytest


@pytest.fixture(autouse=True)
def plain_http_and_static_files(settings):
    """Tests ask over HTTP and need no collected files; `collectstatic` itself runs in the image build."""
    settings.SECURE_SSL_REDIRECT = False
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
