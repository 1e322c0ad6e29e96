"""Build an environment's images from the working tree."""

import contextlib
import re
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from posixpath import normpath

from dockdj.adapters import compose_file
from dockdj.adapters.docker import client as docker
from dockdj.adapters.disk import decoded, make_ignored, text_of, write_atomically
from dockdj.errors import CommandFailed, ProjectError, Refused, UsageError
from dockdj.events import Finished, Report, Started, silent, step
from dockdj.lifecycle.bundle import dockerrun
from dockdj.lifecycle.build.evidence_folder import FAILED, FAILED_FOLDER, keep
from dockdj.model.build.bake_definition import MIRRORS_VARIABLE, definition
from dockdj.model.project.compose_file import Service, services
from dockdj.model.build.gate import GATE, passes_gate
from dockdj.model.image_names import image_name
from dockdj.model.project.project import COMPOSE_FILE, PRODUCTION, Project
from dockdj.model.project.build_sources import Sources

# Ignored by Git.
TEST_RUN_FILE = ".dockdj/test-run"
CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
# The one line the recipe's gate prints for a check that failed, behind BuildKit's step and seconds. BuildKit also
# repeats the commands of a failed step, and those may hold the words.
GATE_LINE = re.compile(r"^\s*(?:#\d+\s+)?\d+\.\d+\s+check failed: (?P<summary>.+)$")


class GateClosed(Refused):
    """A check of the quality gate failed; `left` is what the checks wrote, file -> content, in FAILED_FOLDER, too."""

    def __init__(self, message: str, *, hint: str = "", left: Mapping[str, bytes]) -> None:
        super().__init__(message, hint=hint)
        self.left = left


@dataclass(frozen=True)
class BuiltImage:
    """An image of the engine: its service, its local tag and the digest of its configuration."""

    service: str
    tag: str
    config: str


def read_services(root: Path, environment: str) -> tuple[Service, ...]:
    """The services of an environment's compose file. Raises UsageError without one, ProjectError for a wrong one."""
    name = COMPOSE_FILE.format(environment=environment)
    try:
        content = (root / name).read_bytes()
    except OSError as error:
        raise UsageError(f"there is no environment `{environment}`: {name}: {error.strerror}") from error
    return services(compose_file.parse(decoded(content, name), name), name)


def build(
    project: Project, environment: str, report: Report = silent, *, no_cache: bool = False
) -> tuple[BuiltImage, ...]:
    """Build all images of an environment. Raises Refused when a check of the quality gate fails."""
    found = read_services(project.root, environment)
    if environment == PRODUCTION:
        dockerrun.check(project)
        check_gate(found, project.root)
    docker.require_engine()
    tags = {service.name: image_name(project.name, environment, service.name) for service in found if service.build}
    if not tags:
        raise ProjectError(f"no service of environment `{environment}` is built")
    name = f"build {', '.join(tags)} for {environment}"
    report(Started(name))
    digests = bake_images(project, project.root, found, tags, no_cache=no_cache, report=report)
    report(Finished(name))
    if lost := [service for service in tags if service not in digests]:
        raise CommandFailed(f"buildx built {', '.join(lost)}, but names no image", hint="upgrade buildx")
    return tuple(BuiltImage(service, tags[service], digests[service]) for service in tags)


def check_gate(found: tuple[Service, ...], root: Path) -> None:
    """Raise Refused for a service of production that is built around its Dockerfile's quality gate."""
    for service in found:
        if service.build is None:
            continue
        dockerfile = normpath(f"{service.build.context}/{service.build.dockerfile}")
        if (root / dockerfile).is_file() and not passes_gate(text_of(root, dockerfile), service.build.target):
            raise Refused(
                f"{service.name} would be built around the quality gate: "
                f"the target `{service.build.target or 'last'}` takes nothing from the stage `{GATE}`",
                hint=f"in {service.build.dockerfile}: COPY --from={GATE} /checks-passed /checks-passed",
            )


def sources_of(project: Project) -> Sources:
    """The project's [build], with its CA bundle as an absolute path. Raises ProjectError when that is no such file."""
    if project.build.ca_bundle is None:
        return project.build
    bundle = (project.root / project.build.ca_bundle).resolve()
    if not bundle.is_file() or CERTIFICATE not in bundle.read_bytes():
        raise ProjectError(
            f"build.ca_bundle: {bundle} is not a file with certificates",
            hint="name a PEM file in dockdj.toml, or in the variable DOCKDJ_CA_BUNDLE",
        )
    return replace(project.build, ca_bundle=str(bundle))


def obtain(name: str, report: Report = silent) -> None:
    """Have an image on this machine, pulled if it is not. Raises CommandFailed when it can be had nowhere."""
    if docker.image(name) is None:
        with step(report, f"pull {name}"):
            docker.pull(name, report)


def provide(found: tuple[Service, ...], sources: Sources, report: Report = silent) -> None:
    """Give the engine those images of services that [build] names another place for, under their own names."""
    for name in {service.image for service in found if service.image and not service.build}:
        if (other := sources.image(name)) != name and docker.image(name) is None:
            with step(report, f"pull {other}"):
                docker.pull(other, report)
            docker.tag(other, name)


def bake_images(
    project: Project,
    folder: Path,
    found: tuple[Service, ...],
    tags: Mapping[str, str],
    *,
    evidence_folder: str | None = None,
    test_run: str | None = None,
    no_cache: bool = False,
    past_gate: bool = False,
    report: Report = silent,
) -> dict[str, str]:
    """Build the services that have a tag, from the checkout in `folder`; their config digests.

    `test_run` names a run of the tests: a name that is not in the build cache runs them. Without it, tests whose
    inputs are as they were are run again only after they failed.
    `past_gate` builds although the gate is closed, for whoever has judged its evidence.
    Raises GateClosed.
    """
    sources = sources_of(project)
    run = test_run or _kept_run(project)
    with tempfile.TemporaryDirectory(prefix="dockdj-gate-") as passed:
        (Path(passed) / "checks-passed").write_text("passed\n")
        text = definition(
            found,
            tags=tags,
            evidence_folder=evidence_folder,
            test_run=run,
            no_cache=no_cache,
            sources=sources,
            gate=passed if past_gate else None,
        )
        try:
            return _gated(project, folder, found, text, run, sources, report)
        except GateClosed:
            if test_run is None:
                _renew_run(project)
            raise


def _kept_run(project: Project) -> str | None:
    """The run of tests whose results this checkout's builds take from the build cache."""
    try:
        return (project.root / TEST_RUN_FILE).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def _renew_run(project: Project) -> None:
    """A test that failed may pass without a change: the build cache must not repeat what it remembers of it."""
    file = project.root / TEST_RUN_FILE
    make_ignored(file.parent)
    write_atomically(file, uuid.uuid4().hex.encode() + b"\n")


def _gated(
    project: Project,
    folder: Path,
    found: tuple[Service, ...],
    text: str,
    test_run: str | None,
    sources: Sources,
    report: Report,
) -> dict[str, str]:
    try:
        return bake(text, folder, report, mirrors=sources.mirrors)
    except Refused as error:
        with tempfile.TemporaryDirectory(prefix="dockdj-evidence-") as left:
            evidence = definition(found, tags={}, evidence_folder=left, test_run=test_run, sources=sources)
            with contextlib.suppress(CommandFailed):
                bake(evidence, folder, mirrors=sources.mirrors)
            keep(Path(left), project, FAILED, report)
            raise GateClosed(
                error.message,
                hint=f"{error.hint}; all that the checks said: {FAILED_FOLDER}/",
                left={file.name: file.read_bytes() for file in Path(left).iterdir() if file.is_file()},
            ) from error


def bake(text: str, root: Path, report: Report = silent, *, mirrors: str = "") -> dict[str, str]:
    """Run a bake definition, turning a closed quality gate into Refused with the check's own output.

    `mirrors` is the text of the build's secret of that name.
    """
    try:
        return docker.bake(text, root=root, report=report, variables={MIRRORS_VARIABLE: mirrors})
    except CommandFailed as error:
        for line in reversed(error.output.splitlines()):
            if gate := GATE_LINE.search(line):
                raise Refused(
                    f"the quality gate is closed: {gate['summary']}\n{error.message}",
                    hint="correct what the check names and run the command again",
                ) from error
        raise
