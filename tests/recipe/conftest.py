"""One project from the recipe, created and built once for all tests that need containers."""

import json
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import ports, runs

VIEWS = "app/apps/webroot/views.py"
PAGES = '''

def held(request: HttpRequest) -> HttpResponse:
    """Answer when the file /tmp/go exists; a `held-` file shows that a request waits."""
    tempfile.mkstemp(prefix="held-")
    while not os.path.exists(os.path.join(tempfile.gettempdir(), "go")):
        time.sleep(0.05)
    return HttpResponse("late but complete")


def orphan(request: HttpRequest) -> HttpResponse:
    """Leave a process without a parent; the container's first process inherits it."""
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            time.sleep(0.2)
        os._exit(0)
    os.waitpid(child, 0)
    return HttpResponse("left")


def broken(request: HttpRequest) -> HttpResponse:
    """Fail."""
    raise RuntimeError("the reason")
'''


@dataclass(frozen=True)
class Shop:
    """A project on disk, and the command line in it."""

    root: Path

    @property
    def name(self) -> str:
        return self.root.name

    def dockdj(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Type `dockdj WORDS` in the project."""
        argv = [sys.executable, "-m", "dockdj.cli.main", *words]
        return subprocess.run(argv, cwd=self.root, capture_output=True, text=True, timeout=1800, check=False)

    def start(self, environment: str, *options: str) -> str:
        """Start an environment and return its address."""
        done = self.dockdj("start", environment, "--json", *options)
        assert done.returncode == 0, done.stderr
        return str(json.loads(done.stdout)["data"]["url"])

    def container(self, environment: str, service: str) -> str:
        """The name that Compose gives to a service's container."""
        return f"{self.name}-{environment}-{service}-1"

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text in a file."""
        text = (self.root / path).read_text()
        assert old in text
        self.save(path, text.replace(old, new))

    def save(self, path: str, text: str) -> None:
        """Overwrite a file. It is never empty, since a watcher may read it at any moment."""
        with (self.root / path).open("r+") as file:
            file.write(text)
            file.truncate()

    def copy(self, folder: Path) -> "Shop":
        """Copy the project, for a test that breaks it."""
        shutil.copytree(self.root, folder / self.name)
        return Shop(folder / self.name)


def docker(*words: str, check: bool = True) -> str:
    """Run a docker command and return its output."""
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=check).stdout.strip()


def get(url: str, **headers: str) -> tuple[int, str]:
    """Request a page; return its status and body."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def serves(url: str) -> bool:
    """Tell if a page answers with 200 now."""
    try:
        return get(url)[0] == 200
    except OSError:
        return False


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A new project with additional pages that answer late, fail, or leave processes behind."""
    shop = Shop(tmp_path_factory.mktemp("made") / runs.name("shop-"))
    assert Shop(shop.root.parent).dockdj("new", str(shop.root)).returncode == 0
    shop.edit(VIEWS, "from django.conf", "import os\nimport tempfile\nimport time\n\nfrom django.conf")
    with (shop.root / VIEWS).open("a") as views:
        views.write(PAGES)
    shop.edit("app/project/urls.py", "import home", "import broken, held, home, orphan")
    for page in ("broken", "held", "orphan"):
        shop.edit("app/project/urls.py", '    path("admin/"', f'    path("{page}/", {page}),\n    path("admin/"')
    yield shop
    for environment in ("dev", "prod"):
        shop.dockdj("stop", environment)
        docker("volume", "rm", "--force", f"{shop.name}-{environment}_postgres", check=False)
        for service in ("django", "nginx"):
            docker("image", "rm", "--force", f"{shop.name}/{service}:{environment}", check=False)


@pytest.fixture(scope="session")
def production(shop: Shop) -> Iterator[str]:
    """The address of the project's production stack on this machine."""
    yield shop.start("prod", "--port", str(ports.free()))
    shop.dockdj("stop", "prod")
