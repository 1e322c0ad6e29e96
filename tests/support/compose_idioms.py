"""A compose file with ten idioms of the Compose specification, each as a service that tells what reached it."""

import json
from typing import Any

from tests.support.project import write
from tests.support.shop import Shop

COMPOSE = """\
include:
  - parts/included.yaml
x-variables: &variables {LEVEL: info, SITE: shop.example.com}
x-limits: &limits {mem_limit: 64m, stop_grace_period: 1s}
services:
  web: &web
    build: {context: .., dockerfile: Containerfile, target: web}
    env_file: ../.env.production
    ports: ["80:9000"]
    healthcheck:
      test: [CMD, python, -c, "from urllib.request import urlopen; urlopen('http://127.0.0.1:9000/up')"]
      interval: 10s
      start_period: 30s
      start_interval: 300ms
    stop_grace_period: 5s
  anchor:
    <<: *web
    ports: []
    environment: {ANCHOR: "yes"}
  fragments:
    <<: [*limits, *web]
    ports: []
    environment: {<<: *variables, LEVEL: debug}
  two-env-files:
    build: {context: .., dockerfile: Containerfile, target: web}
    env_file: [../.env.production, parts/flags.env]
  extends:
    extends: {file: parts/common.yaml, service: base}
    environment: {OWN: "2"}
  numbers:
    build: {context: .., dockerfile: Containerfile, target: web}
    env_file: ../.env.production
    environment: {PIN: 0123, HEX: 0x1F, EXPONENT: 1e3, YES_: yes}
  interpolation:
    build: {context: .., dockerfile: Containerfile, target: web}
    env_file: ../.env.production
    environment: ["PRICE=${PRICE:-5$$}", "NESTED=${A_:-${B_:-b}}", "GIVEN=${GREETING:-none}", "SET=${UNSET_+x}"]
  config:
    build: {context: .., dockerfile: Containerfile, target: web}
    env_file: ../.env.production
    environment: {FILES: "/etc/seen.conf /run/secrets/key"}
    configs: [{source: seen, target: /etc/seen.conf}]
    secrets: [key]
  mounts:
    build: {context: .., dockerfile: Containerfile, target: web}
    env_file: ../.env.production
    environment: {FILES: "/short/a.conf /long"}
    volumes:
      - ./parts/conf:/short:ro
      - {type: bind, source: parts/conf/a.conf, target: /long, read_only: true}
      - data:/data
  with.dots:
    build: {context: .., dockerfile: Containerfile, target: web}
    env_file: ../.env.production
    depends_on:
      web: {condition: service_healthy, restart: true}
      database: {condition: service_started}
  database:
    image: python:3.13-slim-trixie
    command: [sleep, "600"]
    init: true
    profiles: [local]
configs: {seen: {file: parts/conf/a.conf}}
secrets: {key: {file: ./parts/conf/a.conf}}
volumes: {data: }
"""
FILES = {
    "ops/compose.yaml": COMPOSE,
    "ops/parts/included.yaml": """\
services:
  included:
    build: {context: ../.., dockerfile: Containerfile, target: web}
    env_file: [../../.env.production, flags.env]
    volumes: ["./conf/a.conf:/seen:ro"]
    environment: {FILES: /seen}
""",
    "ops/parts/common.yaml": """\
services:
  base:
    build: {context: ../.., dockerfile: Containerfile, target: web}
    env_file: ../../.env.production
    environment: [COMMON=1, FILES=/seen]
    volumes: ["./conf/a.conf:/seen:ro"]
""",
    "ops/parts/flags.env": "FEATURE_CHECKOUT=on\n",
    "ops/parts/conf/a.conf": "seen\n",
}
PAGES = """\
import json, pathlib, urllib.request
seen = {"environment": dict(os.environ), "files": {}}
for name in os.environ.get("FILES", "").split():
    seen["files"][name] = pathlib.Path(name).read_text()
PAGES["/seen"] = json.dumps(seen)
"""
OTHERS = """\
        if self.path.startswith("/other/"):
            page = urllib.request.urlopen(f"http://{self.path[7:]}:9000/seen").read().decode()
"""
# Service -> what must reach it: variables, and files with the content of a.conf.
EXPECTED: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "anchor": ({"ANCHOR": "yes"}, ()),
    "fragments": ({"LEVEL": "debug", "SITE": "shop.example.com"}, ()),
    "two-env-files": ({"FEATURE_CHECKOUT": "on"}, ()),
    "extends": ({"COMMON": "1", "OWN": "2"}, ("/seen",)),
    "numbers": ({"PIN": "83", "HEX": "31", "EXPONENT": "1000", "YES_": "yes"}, ()),
    "interpolation": ({"PRICE": "5$", "NESTED": "b", "GIVEN": "none", "SET": ""}, ()),
    "config": ({}, ("/etc/seen.conf", "/run/secrets/key")),
    "mounts": ({}, ("/short/a.conf", "/long")),
    "with.dots": ({}, ()),
    "included": ({"FEATURE_CHECKOUT": "on"}, ("/seen",)),
}


def write_into(shop: Shop) -> None:
    """Give the project of another layout this compose file, and pages that tell what reached each service; commit."""
    for path, text in FILES.items():
        write(shop.root, path, text)
    program = (shop.root / "serve.py").read_text()
    program = program.replace("class Handler", f"{PAGES}\nclass Handler").replace(
        "        self.send_response(404 if", f"{OTHERS}        self.send_response(404 if"
    )
    write(shop.root, "serve.py", program)
    shop.commit("Idioms of compose files")


def seen(shop: Shop, service: str) -> Any:
    """The variables and files that reached a service, asked through the application."""
    return json.loads(shop.get(f"/other/{service}"))
