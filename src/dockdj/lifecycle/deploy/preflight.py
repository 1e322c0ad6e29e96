"""Before a deployment: whether the target gives what the release's images and contract require."""

import platform
from collections.abc import Iterator, Mapping
from typing import Any

from dockdj.adapters import compose_file
from dockdj.adapters.git import repository as git
from dockdj.errors import DockdjError, PlatformError, Refused
from dockdj.events import Report, Warned, silent
from dockdj.lifecycle.bundle import bundle
from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.option_settings import of_extension, text
from dockdj.model.project import env_contract
from dockdj.model.project.project import AWS_ARCHITECTURE, PRODUCTION_COMPOSE_FILE, PRODUCTION_CONTRACT, Target
from dockdj.model.release.record import Release

EXTENSIONS = ".ebextensions"


# What machines call themselves, and what images call it.
PROCESSORS = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64"}


def require_architecture(target: Target, release: Release) -> None:
    """Refuse images that the target's machines cannot start. Raises Refused naming their services."""
    wanted = architecture_of(target)
    services = release.document["services"]
    others = {name: one["platform"] for name, one in services.items() if one.get("platform", wanted) != wanted}
    if others:
        made = " and ".join(sorted(set(others.values())))
        raise Refused(
            f"the machines of {target.name} are {wanted}, and {release.version} is built for {made}: "
            f"{', '.join(sorted(others))}",
            hint=f"release the next version on a {wanted} machine; or, if the target's machines are {made}, write "
            f'architecture = "{made}" under [targets.{target.name}] in dockdj.toml',
        )


def architecture_of(target: Target) -> str:
    """What a target's machines run: as `dockdj.toml` says, else AWS's default, for the local cloud this machine's."""
    if target.architecture or not target.local:
        return target.architecture or AWS_ARCHITECTURE
    machine = platform.machine()
    return f"linux/{PROCESSORS.get(machine, machine)}"


def require_variables(site: Site, release: Release, report: Report = silent) -> None:
    """Refuse a deployment whose application would end at once, for want of a required variable.

    Variables come from the environment itself, from `dockdj.toml`, `.ebextensions` and the compose file of the
    release's commit. Raises Refused naming what none of them gives. Where the environment's own cannot be read,
    that is a warning: the deployment will show. A rollback is never asked.
    """
    repository = git.find(site.project.root)
    contract = git.text_at(repository, release.commit, PRODUCTION_CONTRACT)
    if contract is None:
        return
    variables = [one for one in env_contract.read(contract.encode())[0] if not one.local]
    given = {**_in_commit(repository, release.commit), **bundle.plain_values(site.target, repository, release.commit)}
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
            f"at Elastic Beanstalk; not needed there: write `optional` or `local` in {PRODUCTION_CONTRACT}",
        )


def _in_commit(repository: git.Repository, commit: str) -> dict[str, str]:
    """The variables that the commit's `.ebextensions` and production compose file set; a wrong file sets none."""
    found: dict[str, str] = {}
    for file in git.files_at(repository, commit, (EXTENSIONS,)):
        if file.path.endswith(".config") and file.path.count("/") == 1:
            found |= of_extension(_document(file.content.decode(errors="replace"), file.path))
    compose = git.text_at(repository, commit, PRODUCTION_COMPOSE_FILE) or ""
    document = _document(compose, PRODUCTION_COMPOSE_FILE)
    services = document.get("services") if isinstance(document, Mapping) else None
    for body in services.values() if isinstance(services, Mapping) else ():
        if isinstance(body, Mapping):
            found |= dict(_pairs(body.get("environment")))
    return found


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
