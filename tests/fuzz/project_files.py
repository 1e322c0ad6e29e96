"""Parsers of a project's files, which people write."""

import json
from pathlib import Path
from typing import Any

from dockdj.adapters import compose_file, ebextensions, project_file
from dockdj.errors import ProjectError
from dockdj.lifecycle.environments import host_ports
from dockdj.lifecycle.project.lock import without_addresses
from dockdj.lifecycle.release.app_fields import npm_names
from dockdj.model import json_document
from dockdj.model.beanstalk import ebignore
from dockdj.model.beanstalk.containers import containers as containers_of
from dockdj.model.beanstalk.containers import pinned
from dockdj.model.beanstalk.option_settings import of_extension
from dockdj.model.build import dockerfile, gate
from dockdj.model.canonical import canonical
from dockdj.model.diff import migrations, project_files
from dockdj.model.dockerrun.document import dockerrun
from dockdj.model.parity.compose_settings import settings
from dockdj.model.parity.facts import locked, processes
from dockdj.model.project import dotenv, env_contract
from dockdj.model.project.compose_file import released, services
from dockdj.model.project.compose_references import referenced, variable_mounts
from dockdj.model.project.layout import EnvironmentFiles
from dockdj.model.project.procfile import has_process
from dockdj.model.smoke import compose_file as smoke_compose
from tests.fuzz.parsers import Parser

TOML = b"""name = "shop"
dockdj = "0.1.0"
[recipe]
version = "0"
[environments.prod]
compose = "a/docker-compose.yml"
[parity.allow]
"django/{a,b}*" = "why"
[leaks]
allow = ["/etc/x"]
[targets.local]
endpoint = "local"
application = "shop"
environment = "shop-local"
instances = { min = 1, max = 4 }
[targets.local.env]
GREETING = "hello"
"""
PYPROJECT = b"""[project]
name = "shop"
dependencies = ["django>=6", "gunicorn[gevent]==23 ; python_version > '3'"]
"""
SMALL = b"""services:
  django: &d
    build: {context: ., target: prod}
    environment: [A=1]
  nginx:
    <<: *d
    image: "nginx:1"
    depends_on: [django]
    volumes: ["./a:/b:ro"]
volumes: {data: }
"""
SETTINGS = b"""option_settings:
  aws:elasticbeanstalk:application:environment:
    A: yes
  - option_name: B
    value: 1
"""
FULL = {
    "services": {
        "django": {
            "build": {"context": "../..", "dockerfile": "Dockerfile", "target": "prod", "args": {"A": "1"}},
            "env_file": [".env", {"path": "x", "required": False}], "environment": {"A": "${B:-c}", "C": None},
            "healthcheck": {"test": ["CMD", "true"], "interval": "10s", "retries": 3, "start_period": "1m30s"},
            "tmpfs": ["/tmp:size=64m"], "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"],
            "mem_limit": "512m", "stop_grace_period": "40s", "restart": "unless-stopped", "ulimits": {"nofile": 1024},
            "logging": {"driver": "json-file", "options": {"max-size": "10m"}}, "extra_hosts": ["a:127.0.0.1"],
            "labels": ["a=b"], "sysctls": {"net.core.somaxconn": 1024}, "networks": {"default": None},
        },
        "nginx": {
            "image": "nginx:1", "mem_limit": "128m", "ports": ["${DOCKDJ_PORT:-80}:8000", "1:2/tcp", {"target": 5}],
            "depends_on": {"django": {"condition": "service_healthy"}}, "command": "nginx -g 'daemon off;'",
            "volumes": ["./conf:/etc/nginx:ro", {"type": "bind", "source": "/a", "target": "/b"}, "data:/data"],
        },
        "postgres": {"image": "postgres:17", "profiles": ["local"], "depends_on": ["django"]},
    },
    "volumes": {"data": {"labels": {"a": "b"}}}, "networks": {"default": {"name": "x"}}, "x-a": 1,
}  # fmt: skip
CONTRACT = b"""# The contract.

# required, secret. Signs sessions.
ENV_SECRET_KEY=<generate>
# optional. How much is logged. Default: INFO.
ENV_LOG_LEVEL=INFO
# required, secret. Where the database is.
URL=postgres://app:<ENV_SECRET_KEY>@db/app
"""
DOCKERFILE = b"""# syntax=docker/dockerfile:1
ARG PYTHON=python:3.13
ARG BASE=${PYTHON:-x}-slim
FROM --platform=linux/amd64 $BASE AS base
RUN --mount=type=cache,from=tools,target=/c apt-get update && \\
  # a comment
  apt-get install
FROM scratch AS gate
COPY --chown=1 --from=base /a /b
FROM base AS prod
COPY --from=0 /x /y
"""
HEREDOCS = b"""\xef\xbb\xbf# escape=`
ARG A=1 B="x y" C=${A:+"${B%% *}"} D='$'`"z
ARG E=${C/x/${A#?}}${F:-${G-g}} TARGETARCH
FROM --platform=$BUILDPLATFORM img:${E//1*/2}-$TARGETARCH AS gate
RUN <<ONE 3<<-'TWO' cat `
  && $((1 << 8))
FROM text
ONE
\tTWO
ONBUILD COPY --from=gate <<"E F" /x
text
E F
FROM a${A?e} AS prod
RUN --mount=type=bind,\\"from=gate\\",target=/a ["a", "b"]
COPY --from=+0 ["a", "b"]
"""
IGNORE = b"# all\n*\n!Dockerrun.aws.json\n!.ebextensions/*.config\n!app/**/x[a-z]?.js\n/docs\n\\#a\nsp\\ \n**/keep/\n"
PATHS = ("app/a/b/xay.js", "a\nb", "a/" * 100 + "b")
MIGRATION = b"""from django.db import migrations as m
class Migration(m.Migration):
    dependencies = [("shop", "0001_initial"), ("other", "0002")]
    operations = [m.RunPython(f, m.RunPython.noop), m.RunSQL("x", reverse_sql=None),
                  m.SeparateDatabaseAndState(database_operations=[m.RemoveField("a", "b")])]
"""
FILES = EnvironmentFiles().of("prod")


def _text(content: bytes) -> str:
    return content.decode(errors="replace")


def _project(content: bytes) -> object:
    text = _text(content)
    project_file.layout_of(text)
    project_file.plain_values(text, "local")
    return project_file.parse(text, Path())


def _compose(content: bytes) -> object:
    text = _text(content)
    document = compose_file.parse(text, "docker-compose.yml")
    return _services(document), compose_file.text_of(document), compose_file.line_of(text, ("services", "django"))


def _document(content: bytes) -> Any:
    """JSON is YAML, too; its parser is faster, so that more shapes are tried."""
    try:
        return json_document.parse(content.replace(b"\\u0000", b""))
    except ValueError as error:
        raise ProjectError("not YAML") from error


def _services(document: Any) -> object:
    host_ports.open_ports(document)
    listed = services(document, "docker/prod/docker-compose.yml")
    images = {service.name: "image@sha256:a" for service in released(listed)}
    replacements = smoke_compose.Replacements(
        images, {}, "/tmp/env", ("a", "b"), {"A": "1"}, lambda path: "conf" in path, FILES
    )
    smoke_compose.published(document)
    smoke_compose.finishing(document)
    smoke_compose.graceful(document)
    json.dumps(smoke_compose.assembled(document, replacements), default=str).encode()
    for body in document["services"].values():
        settings(body or {}, "prod", FILES)
    containers, _ = containers_of(document, "a/docker-compose.yml", "a/.env", list(images), lambda path: "x" in path)
    canonical(pinned(containers, images, {"A": "$b"}))
    referenced(document, "a/docker-compose.yml")
    list(variable_mounts(document))
    return dockerrun(document, "docker-compose.yml", images, {"A": "b"}, "arn:aws:iam::1:role/x")


def _dockerfile(content: bytes) -> object:
    text = _text(content)
    return (
        dockerfile.bases(text, {"PYTHON": "p", "TARGETARCH": "amd64"}),
        dockerfile.below(text, {}, "prod"),
        gate.judge(text, None),
    )


def _ignored(content: bytes) -> object:
    patterns = ebignore.parse(_text(content))
    return [ebignore.judge(path, patterns) for path in PATHS]


def _contract(content: bytes) -> object:
    variables, _ = env_contract.read(content)
    env_contract.resembling("ENV_LOG", variables)
    return env_contract.filled(content, ".env.example", lambda: "x")


def _migration(content: bytes) -> object:
    path = "shop/migrations/0002_x.py"
    return migrations.migration_change(path, None, _text(content)), migrations.leaves({path: _text(content)})


def _packages(content: bytes) -> object:
    text = _text(content)
    return project_files.required_packages(text), project_files.target_changes(text, None, (None, None))


PARSERS = (
    Parser("dockdj.toml", _project, (TOML,)),
    Parser("pyproject.toml", _packages, (PYPROJECT, TOML)),
    Parser("compose file", _compose, (SMALL,), longest=700),
    Parser("services of a compose file", lambda content: _services(_document(content)), (json.dumps(FULL).encode(),)),
    Parser(
        ".ebextensions",
        lambda content: (ebextensions.read(content, "a.config", "v1"), of_extension(ebextensions.document(content))),
        (SETTINGS,),
        longest=700,
    ),
    Parser(".env", lambda content: dotenv.parse(content, ".env"), (b"# a\nA=1\nURL=postgres://a:b@c/d?e=f\n",)),
    Parser(".env.example", _contract, (CONTRACT,)),
    Parser(
        "Procfile",
        lambda content: (processes(_text(content)), has_process(_text(content), "web")),
        (b"# a\nweb: gunicorn -c x\nrelease: python manage.py release\n",),
    ),
    Parser(
        "requirements.txt",
        lambda content: locked(_text(content)),
        (b"django==6.0 \\\n    --hash=sha256:aa\na[b]==1\n",),
    ),
    Parser(
        "list of Debian packages",
        lambda content: project_files.listed_packages(_text(content)),
        (b"jq=1.7 # a\nlibc6:amd64\n",),
    ),
    Parser(
        "package.json",
        lambda content: npm_names(_text(content)),
        (b'{"dependencies":{"a":"1"},"devDependencies":{"b":"2"}}',),
    ),
    Parser(
        "package-lock.json",
        lambda content: without_addresses(_text(content)),
        (b'{"packages":{"":{},"node_modules/a":{"version":"1","funding":{"url":"x"}}}}',),
    ),
    Parser("Dockerfile", _dockerfile, (DOCKERFILE, HEREDOCS)),
    Parser(".ebignore", _ignored, (IGNORE,), longest=12_000),
    Parser("migration", _migration, (MIGRATION,)),
)
