"""Variables of production images: all missing ones are named together, and no image holds a secret."""

import subprocess

import pytest

from dockdj.model.project.dotenv import parse
from tests.recipe.conftest import Shop

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]

REQUIRED = ("ENV_NAME", "ENV_SECRET_KEY", "ENV_ALLOWED_HOSTS", "ENV_DATABASE_URL")


@pytest.fixture(scope="module")
def image(shop: Shop) -> str:
    """The tag of the project's production image."""
    built = shop.dockdj("image", "build", "prod")
    assert built.returncode == 0, built.stderr
    return f"{shop.name}/django:prod"


@pytest.mark.parametrize("command", [[], ["/start.sh", "release"], ["python", "manage.py", "check"]])
def test_container_without_variables_names_all_missing_ones_and_ends(image: str, command: list[str]) -> None:
    done = subprocess.run(["docker", "run", "--rm", image, *command], capture_output=True, text=True, timeout=600)
    assert done.returncode == 1
    output = (done.stdout + done.stderr).splitlines()
    assert [line.split()[0] for line in output if line.endswith("is missing")] == list(REQUIRED)
    assert len(output) == len(REQUIRED) + 1


def test_invalid_and_missing_variables_are_named_together_before_gunicorn_starts(image: str) -> None:
    wrong = {"WEB_CONCURRENCY": "two", "WEB_THREADS": "0", "ENV_LOG_LEVEL": "loud", "ENV_CDN": "cdn.example"}
    wrong["ENV_DATABASE_URL"] = "postgres://app:hid/den@db:5432/shop"
    options = [word for name, value in wrong.items() for word in ("-e", f"{name}={value}")]
    done = subprocess.run(["docker", "run", "--rm", *options, image], capture_output=True, text=True, timeout=600)
    assert done.returncode == 1
    names = [line.split()[0] for line in (done.stdout + done.stderr).splitlines()[1:]]
    assert sorted(names) == sorted({*REQUIRED, *wrong})
    assert "hid" not in done.stdout + done.stderr


@pytest.mark.parametrize("service", ["django", "nginx"])
def test_no_image_layer_holds_a_secret(shop: Shop, image: str, service: str) -> None:
    values = {
        value.encode()
        for environment in ("dev", "prod")
        for name, value in parse((shop.root / f"environments/{environment}/.env").read_bytes(), ".env").items()
        if name in ("ENV_SECRET_KEY", "POSTGRES_PASSWORD")
    }
    assert len(values) == 4
    # The engine stores layers uncompressed.
    with subprocess.Popen(["docker", "save", f"{shop.name}/{service}:prod"], stdout=subprocess.PIPE) as saved:
        assert saved.stdout
        leaked, tail, read_the_image = set(), b"", False
        while block := saved.stdout.read(1 << 20):
            window = tail + block
            leaked |= {value for value in values if value in window}
            read_the_image = read_the_image or b"checks-passed" in window
            tail = block[-200:]
    assert read_the_image
    assert not leaked
