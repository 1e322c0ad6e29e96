"""The release process."""

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_release_migrates(capsys):
    call_command("release")

    assert "No migrations to apply" in capsys.readouterr().out
