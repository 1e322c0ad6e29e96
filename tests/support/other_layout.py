"""A small web application whose files, service, port and commands have other names than the recipe's."""

import uuid
from pathlib import Path

from tests.support import project as projects
from tests.support.project import commit, git, write
from tests.support.shop import Shop

CONFIGURATION = """\
name = "NAME"
dockdj = "0.1.0"

[recipe]
version = "0"

[environments.prod]
compose = "compose.production.yaml"
variables = ".env.production"
contract = "variables.example"
procfile = "Processes"

[application]
service = "web"
port = 9000
health_path = "/up"
start = ["python", "/srv/serve.py"]
release_process = "migrate"

[gate]
summary = "result.json"

[smoke]
variables = "smoke.env"

[stack]
paths = ["compose.production.yaml", "ops", "Containerfile"]

[targets.local]
endpoint = "local"
application = "NAME"
environment = "NAME"
policy = "AllAtOnce"

[targets.local.env]
GREETING = "good morning"

[targets.local.options."aws:elasticbeanstalk:environment:process:default"]
HealthCheckInterval = "5"
"""
FILES = {
    "variables.example": "# required. The greeting of the first page.\nGREETING=\n",
    "smoke.env": "GREETING=hello\n",
    "Processes": "serve: python serve.py serve\nmigrate: python serve.py migrate\n",
    ".gitignore": ".env.production\n.dockdj/\n",
    # Ends with an error when a variable is missing, so that a test shows which file the variables came from.
    "serve.py": """\
import os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

PAGES = {"/": f"{os.environ['GREETING']} from {os.environ.get('DOCKDJ_RELEASE')}", "/up": "up"}

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        page = PAGES.get(self.path)
        self.send_response(404 if page is None else 200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write((page or "not found").encode())

if sys.argv[1:] == ["migrate"]:
    sys.exit(print("migrated"))
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
HTTPServer(("", 9000), Handler).serve_forever()
""",
    "compose.production.yaml": """\
services:
  web:
    build:
      context: .
      dockerfile: Containerfile
      target: web
    env_file: .env.production
    ports:
      - "80:9000"
    healthcheck:
      test: [CMD, python, -c, "from urllib.request import urlopen; urlopen('http://127.0.0.1:9000/up')"]
      interval: 10s
      start_period: 30s
      start_interval: 300ms
    stop_grace_period: 5s
""",
    "Containerfile": """\
FROM python:3.13-slim-trixie AS base
WORKDIR /srv
COPY serve.py ./
FROM base AS test
ARG TEST_RUN
RUN mkdir /evidence && printf '{"exit":0,"checks":[{"name":"tests","exit":0,"seconds":0.1}],\\
"tests":{"passed":1,"failed":0,"skipped":0,"seconds":0.1}}' > /evidence/result.json
FROM scratch AS evidence
COPY --from=test /evidence /
FROM test AS gate
RUN touch /passed
FROM base AS web
COPY --from=gate /passed /passed
CMD ["python", "serve.py", "serve"]
""",
}
# Below a folder, paths of a compose file start there.
MOVED = {"context: .": "context: ..", "env_file: .env": "env_file: ../.env"}


def make(folder: Path, state: Path) -> Shop:
    """Write and commit the project below `folder`, for the local cloud whose state is in `state`."""
    name = f"other-{uuid.uuid4().hex[:6]}"
    root = folder / name
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch", "main")
    for path, text in {"dockdj.toml": CONFIGURATION.replace("NAME", name), **FILES}.items():
        write(root, path, text)
    commit(root, "A project with its own layout")
    return Shop(root, {"DOCKDJ_STATE": str(state)})


def moved(compose_file: str) -> str:
    """The text of the compose file, in a folder."""
    for old, new in MOVED.items():
        compose_file = compose_file.replace(old, new)
    return compose_file


def move_compose_file(shop: Shop, path: str) -> None:
    """Move the compose file into a folder, and commit the move."""
    (shop.root / "compose.production.yaml").unlink()
    projects.write(shop.root, path, moved(FILES["compose.production.yaml"]))
    shop.change("dockdj.toml", '^compose = "compose.production.yaml"', f'compose = "{path}"')
    shop.commit("Move the compose file")
