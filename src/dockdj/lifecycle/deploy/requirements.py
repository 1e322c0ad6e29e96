"""Require that a target provides what a release's images and environment contract need."""

import platform
from collections.abc import Iterator, Mapping
from typing import Any

from dockdj.adapters import compose_file, ebextensions
from dockdj.adapters.git import files as git_files
from dockdj.adapters.git import repository as git
from dockdj.errors import DockdjError, PlatformError, Refused
from dockdj.events import Report, Warned, silent
from dockdj.lifecycle.bundle import bundle
from dockdj.lifecycle.history.layout import layout_at
from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.option_settings import of_extension, text
from dockdj.model.project import env_contract
from dockdj.model.project.project import AWS_ARCHITECTURE, Target
from dockdj.model.release.record import Release

# Processor names: the machine's own -> the one in image configurations.
PROCESSORS = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64"}


def require_architecture(target: Target, release: Release) -> None:
    """Refuse images that the target's machines cannot start. Raises Refused with the services' names."""
    wanted = architecture_of(target)
    others = {name: image.platform for name, image in release.services.items() if image.platform != wanted}
    if others:
        built_for = " and ".join(sorted(set(others.values())))
        raise Refused(
            f"the machines of {target.name} are {wanted}, and {release.version} is built for {built_for}: "
            f"{', '.join(sorted(others))}",
            hint=f"release the next version on a {wanted} machine; or, if the target's machines are {built_for}, write "
            f'architecture = "{built_for}" under [targets.{target.name}] in dockdj.toml',
        )


def architecture_of(target: Target) -> str:
    """The platform of a target's machines, from `dockdj.toml`, else AWS's default or, locally, ours."""
    if target.architecture or not target.local:
        return target.architecture or AWS_ARCHITECTURE
    machine = platform.machine()
    return f"linux/{PROCESSORS.get(machine, machine)}"


def require_variables(site: Site, release: Release, report: Report = silent) -> None:
    """Refuse a release whose application would not start, because a required variable is missing.

    Variables come from the environment itself, and from `dockdj.toml`, `.ebextensions` and the compose file of the
    release's commit. Raises Refused with those that none of them sets. When the environment's own variables cannot be
    read, a warning says so: the deployment will show.
    """
    repository = git.find(site.project.root)
    path = layout_at(repository, release.commit).production.contract
    contract = git.text_at(repository, release.commit, path)
    if contract is None:
        return
    variables = [one for one in env_contract.read(contract.encode())[0] if not one.local]
    given = {**_in_release(repository, release), **bundle.plain_values(site.target, repository, release.commit)}
    missing = env_contract.missing(variables, given)
    if not missing:
        return
    try:
        own = site.beanstalk.variables(site.target.application, site.target.environment)
    except PlatformError as error:
        report(Warned(f"the variables of {site.target.environment} cannot be checked: {error.message}"))
        return
    lacking = [one for one in missing if one.name not in own]
    if lacking:
        names = "".join(f"\n  {one.name}: {one.about}" for one in lacking)
        raise Refused(
            f"{site.target.name} lacks what {release.version} requires:{names}",
            hint=f"a plain value: [targets.{site.target.name}.env] in dockdj.toml, and release again; a secret: set it "
            f"at Elastic Beanstalk; not needed there: write `optional` or `local` in {path}",
        )


def _in_release(repository: git.Repository, release: Release) -> dict[str, str]:
    """The variables that the commit's `.ebextensions` and the release's containers set; an invalid file sets none."""
    variables: dict[str, str] = {}
    for file in git_files.below(repository, release.commit, (ebextensions.FOLDER,)):
        if file.path.endswith(".config") and file.path.count("/") == 1 and not file.link:
            variables |= of_extension(ebextensions.document(file.content))
    for body in _services(repository, release).values():
        if isinstance(body, Mapping):
            variables |= dict(_pairs(body.get("environment")))
    return variables


def _services(repository: git.Repository, release: Release) -> Mapping[str, Any]:
    """The services of a release; of a record without containers, those of the commit's compose file."""
    if release.containers is not None:
        services = release.containers.compose["services"]
    else:
        path = layout_at(repository, release.commit).production.compose
        document = _document(git.text_at(repository, release.commit, path) or "", path)
        services = document.get("services") if isinstance(document, Mapping) else None
    return services if isinstance(services, Mapping) else {}


def _pairs(environment: Any) -> Iterator[tuple[str, str]]:
    """Names and values of a service's `environment:`, in either of its forms."""
    if isinstance(environment, Mapping):
        yield from ((str(name), text(value)) for name, value in environment.items())
    for line in environment if isinstance(environment, list) else ():
        name, _, value = str(line).partition("=")
        yield name, value


def _document(content: str, name: str) -> Any:
    try:
        return compose_file.parse(content, name)
    except DockdjError:
        return None
