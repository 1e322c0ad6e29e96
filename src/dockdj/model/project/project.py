"""The project and its targets, which `dockdj.toml` describes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from dockdj.errors import UsageError
from dockdj.model.image_names import COMPONENT
from dockdj.model.project import build_sources, hosts, options, parity_rules, repository
from dockdj.model.project.build_sources import Sources
from dockdj.model.project.layout import (
    Application,
    EnvironmentFiles,
    Frontend,
    Gate,
    Layout,
    Packages,
    Smoke,
    layout_mistakes,
)
from dockdj.model.project.parity_rules import ParityRules
from dockdj.model.project.stack_paths import Stack

PROJECT_FILE = "dockdj.toml"

NAME = re.compile(r"[a-z][a-z0-9-]{1,34}[a-z0-9]")
# Elastic Beanstalk's own rule, CreateEnvironment: 4-40 letters, digits and hyphens, no hyphen at the ends.
ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,38}[A-Za-z0-9]")
PLATFORMS = ("docker", "ecs")
# In the words of images; the processors of EC2. Elastic Beanstalk's default instances have the first.
ARCHITECTURES = ("linux/amd64", "linux/arm64")
AWS_ARCHITECTURE = ARCHITECTURES[0]
POLICIES = ("AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable", "TrafficSplitting")
# As eu-west-1, us-gov-east-1 and us-isob-east-1; AWS General Reference, "Regional endpoints".
REGION = re.compile(r"[a-z]{2,5}(?:-[a-z]+){1,3}-\d{1,2}", re.ASCII)
ZONE = re.compile(r"(?P<region>[a-z]{2,5}(?:-[a-z]+){1,3}-\d{1,2})[a-z]", re.ASCII)
APPLICATION_WITHOUT = re.compile(r"[\0-\x1f\x7f/]")


@dataclass(frozen=True)
class Instances:
    """The number of instances of a target, at least and at most."""

    min: int = 1
    max: int = 1


@dataclass(frozen=True)
class Target:
    """A place that releases are deployed to. `name` is its key under [targets]."""

    application: str
    environment: str
    name: str = ""
    endpoint: str | None = None
    region: str | None = None
    repository: str | None = None
    platform: str = "docker"
    architecture: str | None = None
    execution_role: str | None = None
    instances: Instances = field(default_factory=Instances)
    policy: str = "Rolling"
    protected: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def local(self) -> bool:
        """True if this target is the local cloud."""
        return self.endpoint == "local"


@dataclass(frozen=True)
class Recipe:
    """The recipe's version and digest that this project was made with, and the answers given to it."""

    version: str
    digest: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Leaks:
    """False positives of the search for secrets: names of variables, and paths, which may have `*`."""

    allow: tuple[str, ...] = ()


@dataclass(frozen=True)
class Project:
    """A project: its name, the tool's version it wants and its targets."""

    name: str
    dockdj: str
    recipe: Recipe
    source: str = ""
    build: Sources = field(default_factory=Sources)
    leaks: Leaks = field(default_factory=Leaks)
    environments: Mapping[str, EnvironmentFiles] = field(default_factory=dict)
    application: Application = field(default_factory=Application)
    frontend: Frontend = field(default_factory=Frontend)
    gate: Gate = field(default_factory=Gate)
    smoke: Smoke = field(default_factory=Smoke)
    packages: Packages = field(default_factory=Packages)
    stack: Stack = field(default_factory=Stack)
    parity: ParityRules = field(default_factory=ParityRules)
    default_target: str = "local"
    targets: Mapping[str, Target] = field(default_factory=dict)
    root: Path = field(default=Path(), compare=False)

    @property
    def layout(self) -> Layout:
        """The tables that name the parts of the project."""
        return Layout(**{each.name: getattr(self, each.name) for each in fields(Layout)})

    def files(self, environment: str) -> EnvironmentFiles:
        """An environment's files, relative to the project's root."""
        return self.layout.files(environment)

    def compose_file(self, environment: str) -> Path:
        """An environment's compose file."""
        return self.root / self.files(environment).compose

    @property
    def production(self) -> EnvironmentFiles:
        """The files of the environment that is released."""
        return self.layout.production


def target_of(project: Project, name: str | None) -> Target:
    """The target of this name, or the default target. Raises UsageError for an unknown target."""
    wanted = name or project.default_target
    if wanted not in project.targets:
        known = ", ".join(project.targets) or "none"
        raise UsageError(f"there is no target `{wanted}` in {PROJECT_FILE}", hint=f"targets: {known}")
    return project.targets[wanted]


def runs_on_ecs(project: Project) -> bool:
    """Tell whether any target runs on the ECS platform, so that the project needs a `Dockerrun.aws.json`."""
    return any(target.platform == "ecs" for target in project.targets.values())


def mistakes(project: Project) -> Iterator[str]:
    """The mistakes in a well-formed `dockdj.toml`, each with the path of its key."""
    if not NAME.fullmatch(project.name):
        yield "name: 3-36 lower-case letters, digits and hyphens, starting with a letter"
    if project.default_target not in project.targets:
        yield f"default_target: there is no [targets.{project.default_target}]"
    yield from _table_mistakes(project)
    for name, target in project.targets.items():
        for mistake in _target_mistakes(target):
            yield f"targets.{name}.{mistake}"


def _table_mistakes(project: Project) -> Iterator[str]:
    for mistake in build_sources.mistakes(project.build):
        yield f"build.{mistake}"
    for mistake in parity_rules.mistakes(project.parity):
        yield f"parity.{mistake}"
    yield from layout_mistakes(project.layout)


def _target_mistakes(target: Target) -> Iterator[str]:
    """The mistakes in one target, each with its key and what to write."""
    if not ENVIRONMENT.fullmatch(target.environment):
        yield "environment: 4-40 letters, digits and hyphens, no hyphen at the ends"
    if not 1 <= len(target.application) <= 100:
        yield "application: 1-100 characters"
    if target.application != target.application.strip() or APPLICATION_WITHOUT.search(target.application):
        yield f'application: no slash, no line end, no spaces at the ends: write "{_plain(target.application)}"'
    yield from _platform_mistakes(target)
    if target.policy not in POLICIES:
        yield f"policy: one of {', '.join(POLICIES)}"
    if not 1 <= target.instances.min <= target.instances.max:
        yield "instances: at least 1, and min not above max"
    yield from _place_mistakes(target)
    yield from _variable_mistakes(target)


def _plain(application: str) -> str:
    return "-".join(filter(None, APPLICATION_WITHOUT.sub(" ", application).split())) or "shop"


def _platform_mistakes(target: Target) -> Iterator[str]:
    if target.platform not in PLATFORMS:
        yield f'platform: "docker" or "ecs" is expected, not "{target.platform}"'
    if target.architecture not in (None, *ARCHITECTURES):
        known = " or ".join(f'"{architecture}"' for architecture in ARCHITECTURES)
        yield f'architecture: {known} is expected, not "{target.architecture}"'
    # ECS itself reads the secrets, with a role of its own (Developer Guide, "ECS managed Docker platform").
    if target.platform == "ecs" and target.secrets and not target.execution_role:
        yield "execution_role: the ARN of the role with which ECS reads [secrets] is needed"
    if target.platform != "ecs" and target.execution_role:
        yield 'execution_role: belongs to platform = "ecs"'


def _place_mistakes(target: Target) -> Iterator[str]:
    if target.local and not COMPONENT.fullmatch(target.application):
        yield "application: lower-case letters, digits and . _ - between them; the local registry names images after it"
    if target.endpoint not in (None, "local"):
        yield 'endpoint: "local", or nothing for AWS'
    if not target.local and not target.region:
        yield 'region: needed, unless endpoint = "local"'
    if target.region and not REGION.fullmatch(target.region):
        yield _region_mistake(target.region)
    if not target.local and not target.repository:
        yield 'repository: needed, unless endpoint = "local"'
    if target.repository:
        yield from (f"repository: {mistake}" for mistake in repository.mistakes(target.repository))


def _region_mistake(region: str) -> str:
    plain = region.strip().lower().replace("_", "-").replace(" ", "-")
    zone = ZONE.fullmatch(plain)
    fitting = zone["region"] if zone else plain
    example = fitting if REGION.fullmatch(fitting) else "eu-west-1"
    what = "an availability zone of a region" if zone else "not the name of a region"
    return f'region: `{region}` is {what}: write "{example}"'


def _variable_mistakes(target: Target) -> Iterator[str]:
    for table, values in (("env", target.env), ("secrets", target.secrets)):
        for name in values:
            if not options.VARIABLE.fullmatch(name):
                yield f"{table}.{name}: not the name of an environment variable"
            elif name in options.RESERVED_VARIABLES:
                yield f"{table}.{name}: is set by dockdj itself"
    yield from (f"env.{mistake}" for mistake in hosts.mistakes(target.env))
    yield from options.mistakes(target.options)
    if target.env.get("ENV_DATABASE_URL", "").startswith("sqlite:"):
        yield "env.ENV_DATABASE_URL: SQLite is for development; a file inside a container ends with it"
    for name in set(target.env) & set(target.secrets):
        yield f"env.{name}: is also under secrets"
