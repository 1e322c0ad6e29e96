"""The recipe's files, checked without running them."""

import json
import re
import tomllib
from fnmatch import fnmatchcase
from typing import Any

import pytest

from dockdj.adapters import compose_file
from dockdj.lifecycle.project.new import Answers, render
from dockdj.model.dockerrun.document import DOCKERRUN_NAME
from dockdj.model.image_names import image_name
from dockdj.model.project.compose_file import released, services
from dockdj.model.project.dotenv import parse as values
from dockdj.model.project.env_contract import parse
from dockdj.model.project.recipe import COMPOSE_FILE

FILES = {file.path: file.content.decode() for file in render(Answers("shop"))}
ENVIRONMENTS = ("dev", "prod")

# Formats without comments, and generated files.
WITHOUT_COMMENTS = {"package.json", "package-lock.json", "biome.json", "Dockerrun.aws.json"}
LOCKS = {"environments/dev/requirements.txt", "environments/prod/requirements.txt", "docker/django/uv.txt"}
COMMENT = re.compile(r"""(#|//|;|\"\"\"|<!--|\{#)\s*\S+ \S+""")

# The files in the essay's listing ("Django specific structure").
ESSAY = re.findall(
    r"\S+",
    """
.dockerignore .ebextensions/01_envvars.config .ebignore .elasticbeanstalk/ Dockerrun.aws.json .gitignore .bowerrc
.csslintrc.json .jshintrc bower.json gulpfile.js package.json app/apps/* app/project/* app/dist/* bin/*
docker/django/dev/docker-compose.yml docker/django/dev/Dockerfile docker/django/prod/docker-compose.yml
docker/django/prod/Dockerfile docker/django/prod/gunicorn.conf.py docker/django/start.sh docker/nginx/*
environments/*/.env environments/*/.env.example environments/*/Procfile environments/*/requirements.txt
""",
)
TERMS = (
    "Auto-scaling",
    "Configuration management",
    "Docker image",
    "Docker container",
    "Provisioning",
    "Task definition",
)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_compose_starts_the_images_that_bake_tags(environment: str) -> None:
    name = COMPOSE_FILE.format(environment=environment)
    for service in services(compose_file.parse(FILES[name], name), name):
        if service.build:
            assert service.image == image_name("shop", environment, service.name)


def test_release_has_django_and_nginx_and_no_database() -> None:
    name = COMPOSE_FILE.format(environment="prod")
    released_services = released(services(compose_file.parse(FILES[name], name), name))
    assert {service.name: service.build and service.build.target for service in released_services} == {
        "django": "prod",
        "nginx": "nginx",
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_variable_of_the_settings_is_in_the_contract(environment: str) -> None:
    read = set(re.findall(r"env\.\w+\(\"(\w+)\"", FILES["app/project/settings.py"]))
    variables = parse(FILES[f"environments/{environment}/.env.example"].encode(), ".env.example")
    required = set(re.findall(r"env\.\w+\(\"(\w+)\"\)", FILES["app/project/settings.py"]))

    assert "ENV_SECRET_KEY" in read
    # Only development has a debug mode and only production has gunicorn, so the other contract lacks their variables.
    absent = {"dev": {"WEB_CONCURRENCY", "WEB_THREADS"}, "prod": {"ENV_DEBUG"}}
    assert read - {variable.name for variable in variables} == absent[environment]
    assert required <= {variable.name for variable in variables if variable.required}
    assert all(variable.about for variable in variables)
    assert {variable.name for variable in variables if variable.secret} >= {"ENV_SECRET_KEY", "ENV_DATABASE_URL"}


def test_build_has_every_required_variable() -> None:
    required = set(re.findall(r"env\.\w+\(\"(\w+)\"\)", FILES["app/project/settings.py"]))
    assert required == set(values(FILES["docker/django/build.env"].encode(), "build.env"))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_locks_hold_hashes_and_every_package_of_pyproject_and_no_addresses(environment: str) -> None:
    lock = FILES[f"environments/{environment}/requirements.txt"]
    project = tomllib.loads(FILES["pyproject.toml"])
    wanted = project["project"]["dependencies"] + (project["dependency-groups"]["dev"] if environment == "dev" else [])
    pins = re.findall(r"^([a-z0-9-]+)==\S+", lock, re.MULTILINE)

    assert "://" not in lock
    assert {re.split(r"[\[<>=]", name)[0] for name in wanted} <= set(pins)
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z])", lock.strip()))


def test_development_has_every_package_of_production() -> None:
    pins = {
        environment: set(
            re.findall(r"^(\S+==\S+)", FILES[f"environments/{environment}/requirements.txt"], re.MULTILINE)
        )
        for environment in ENVIRONMENTS
    }
    assert pins["prod"] < pins["dev"]


def test_image_label_names_the_copied_configuration() -> None:
    labels = " ".join(re.findall(r'LABEL org\.dockdj\.config="([^"]+)"', FILES["docker/django/Dockerfile"])).split()
    copied = re.findall(r"^COPY --chmod=\d+ \S+ (\S+)$", FILES["docker/django/Dockerfile"], re.MULTILINE)
    assert set(labels) == {path for path in copied}


def test_secrets_of_this_machine_reach_neither_git_nor_a_build() -> None:
    assert "environments/*/.env\n" in FILES[".gitignore"]
    assert "**/.env\n" in FILES[".dockerignore"]


@pytest.mark.parametrize("platform", ["docker", "ecs"])
@pytest.mark.parametrize("database", ["postgres", "sqlite"])
def test_every_file_opens_with_its_purpose(platform: str, database: str) -> None:
    silent = []
    for file in render(Answers("shop", platform=platform, database=database)):
        lines = [line for line in file.content.decode().splitlines() if not line.startswith("#!")]
        package = file.path.endswith("__init__.py") and not lines
        excepted = {*WITHOUT_COMMENTS, *LOCKS, "README.md"}
        if not package and file.path not in excepted and not COMMENT.match(lines[0] if lines else ""):
            silent.append(file.path)
    assert silent == []


@pytest.mark.parametrize("platform", ["docker", "ecs"])
def test_readme_maps_every_file_of_the_essay(platform: str) -> None:
    files = {file.path: file.content.decode() for file in render(Answers("shop", platform=platform))}
    rows = [line.split(" | ") for line in files["README.md"].splitlines() if line.startswith("| `")]
    named = {name: row for row in rows for name in re.findall("`([^`]+)`", row[0])}

    assert set(ESSAY) <= set(named)
    for name in ESSAY:
        if named[name][1] == "the same" and not name.endswith("/.env"):
            assert [path for path in files if fnmatchcase(path, name.removesuffix("/") + "*")], name


@pytest.mark.parametrize("database", ["postgres", "sqlite"])
def test_readme_names_every_file_and_the_commands_to_a_running_release(database: str) -> None:
    files = {file.path: file.content.decode() for file in render(Answers("shop", database=database))}
    readme = files["README.md"]
    named = [name.replace("ENV", "*") for name in re.findall("`([^`\n]+)`", readme.partition("## Where things are")[2])]
    silent = {path for path in files if not any(fnmatchcase(path, name + "*" * name.endswith("/")) for name in named)}
    # Names that Django and pytest give.
    assert silent == {"README.md", "app/manage.py", "app/conftest.py"}
    commands = re.findall(r"^    dockdj (\w+)", readme, re.MULTILINE)
    assert commands[-6:] == ["release", "cloud", "publish", "create", "deploy", "rollback"]
    assert {"env", "parity"} <= set(commands)


def test_readme_explains_the_essays_terms_and_all_twelve_factors() -> None:
    assert [term for term in TERMS if f"- **{term}**: " not in FILES["README.md"]] == []
    numbers = re.findall(r"^\| ([IVX]+)\. ", FILES["README.md"], re.MULTILINE)
    assert numbers == ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"]
    assert all(path in FILES or "*" in path for path in re.findall(r"`(app/project/[^`]+)`", FILES["README.md"]))


def compose(environment: str, database: str = "postgres") -> dict[str, Any]:
    """The services of an environment's compose file."""
    path = COMPOSE_FILE.format(environment=environment)
    files = {file.path: file.content.decode() for file in render(Answers("shop", database=database))}
    return dict(compose_file.parse(files[path], path)["services"])


@pytest.mark.parametrize("database", ["postgres", "sqlite"])
def test_development_listens_only_on_this_machine_and_mounts_no_installed_package(database: str) -> None:
    services_of_dev = compose("dev", database)
    ports = [port for service in services_of_dev.values() for port in service.get("ports", ())]
    assert len(ports) == 2
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []

    mounts = [mount.split(":")[1] for name in ("django", "assets") for mount in services_of_dev[name]["volumes"]]
    declared = {"/var/app/app", "/var/app/docker", "/var/app/pyproject.toml", "/var/app/Procfile"}
    declared |= {"/var/app/assets.mjs", "/var/app/biome.json"} | ({"/var/app/data"} if database == "sqlite" else set())
    assert set(mounts) == declared
    # A mount over the Dockerfile's install folder would hide the image's packages.
    for installed in ("/opt/venv", "/var/app/node_modules"):
        assert [mount for mount in mounts if f"{installed}/".startswith(f"{mount}/")] == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_database_volume_is_at_the_data_folder_of_this_image_version(environment: str) -> None:
    """docker-library/postgres#1259: since 18 the data is one folder up, and a volume at the old path stays empty."""
    postgres = compose(environment)["postgres"]
    version = int(postgres["image"].removeprefix("postgres:"))
    folder = "/var/lib/postgresql" if version >= 18 else "/var/lib/postgresql/data"
    assert postgres["volumes"] == [f"postgres:{folder}"]


def test_every_released_service_has_a_health_check_for_ecs() -> None:
    document = json.loads(next(f.content for f in render(Answers("shop", platform="ecs")) if f.path == DOCKERRUN_NAME))
    checks = {each["name"]: each.get("healthCheck", {}).get("command") for each in document["containerDefinitions"]}
    assert set(checks) == {"django", "nginx"}
    assert all(checks.values()), checks
    assert "HEALTHCHECK" not in FILES["docker/django/Dockerfile"]
