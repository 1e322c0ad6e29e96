"""Compare a target's variables with the environment contract of production."""

from collections.abc import Mapping

from dockdj.adapters import ebextensions
from dockdj.adapters.disk import text_of
from dockdj.errors import ProjectError
from dockdj.model.beanstalk.option_settings import VARIABLES, of_extension
from dockdj.model.project import env_contract
from dockdj.model.project.env_finding import Finding, mistakes_in
from dockdj.model.project.project import Project, Target

# `create` sets these for an environment of the local cloud: a new database and a random key.
OF_THE_LOCAL_CLOUD = ("ENV_DATABASE_URL", "ENV_SECRET_KEY")
# Read by the recipe's hooks on the instance, not by the application.
OWN_PREFIX = "DOCKDJ_"


def check(project: Project, target: Target) -> Finding:
    """Compare a target's [env], [secrets], options and `.ebextensions` with production's contract.

    Variables that were set at Elastic Beanstalk itself are not compared: a target's variables are in `dockdj.toml`.
    """
    contract = project.production.contract
    path = project.root / contract
    if not path.is_file():
        return Finding(target.name, mistakes=(f"{contract} is missing",))
    try:
        variables = env_contract.parse(path.read_bytes(), contract)
        # The local cloud does not read `option_settings`.
        shared = {} if target.local else extensions(project)
        plain = {**shared, **target.options.get(VARIABLES, {}), **target.env}
    except ProjectError as error:
        return Finding(target.name, mistakes=mistakes_in(error))
    elsewhere = (*target.secrets, *(OF_THE_LOCAL_CLOUD if target.local else ()))
    given = {**plain, **dict.fromkeys(elsewhere, "set")}
    own = [name for name in (*plain, *target.secrets) if not name.startswith(OWN_PREFIX)]
    return Finding(
        target.name,
        missing=env_contract.missing([one for one in variables if not one.local], given),
        unknown=env_contract.unknown(variables, own),
        exposed=tuple(one.name for one in variables if one.secret and plain.get(one.name)),
        contract=variables,
    )


def extensions(project: Project) -> Mapping[str, str]:
    """The variables that the project's `.ebextensions/*.config` set; a later file overrides an earlier one."""
    variables: dict[str, str] = {}
    for path in sorted((project.root / ".ebextensions").glob("*.config")):
        name = f"{ebextensions.FOLDER}/{path.name}"
        content = text_of(project.root, name).encode()
        document = ebextensions.document(content)
        if document is None and (flaw := ebextensions.read(content, name, "").flaw):
            raise ProjectError(
                f"{name} is not valid YAML or JSON: line {flaw.line}: {flaw.reason}", hint=f"correct {name}"
            )
        variables |= of_extension(document)
    return variables
