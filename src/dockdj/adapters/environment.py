"""The environment of the programs that Dockdj starts: this process's, without what would silently redirect them.

A Git hook, `git -c` or a shell left open on another project sets such variables. A program may start Git, Compose or
buildx itself, so every program gets the same environment. What a user chooses stays: DOCKER_HOST, DOCKER_CONTEXT,
DOCKER_CONFIG, DOCKER_DEFAULT_PLATFORM, BUILDX_CONFIG, GIT_CONFIG_GLOBAL, GIT_CONFIG_SYSTEM, GIT_SSH_COMMAND,
GIT_ASKPASS, GIT_AUTHOR_*, GIT_COMMITTER_*, proxies and the rest.
"""

from collections.abc import Mapping

# Git's own list of what belongs to one repository: `git rev-parse --local-env-vars`, of all versions since 2.20.
ONE_REPOSITORY = (
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"),
    *("GIT_DIR", "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX"),
    *("GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REF_STORE", "GIT_REPLACE_REF_BASE"),
    *("GIT_SHALLOW_FILE", "GIT_WORK_TREE"),
)
# What Git's list lacks: where Git looks, which references and paths it means, and how it shows differences.
OTHER_MEANING = (
    *("GIT_ATTR_SOURCE", "GIT_CEILING_DIRECTORIES", "GIT_DIFF_OPTS", "GIT_EXTERNAL_DIFF", "GIT_NAMESPACE"),
    *("GIT_GLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_LITERAL_PATHSPECS", "GIT_NOGLOB_PATHSPECS"),
    # With it, Git refuses every change of a reference (githooks(5), pre-receive).
    "GIT_QUARANTINE_PATH",
)
# Another builder program, other labels and attestations in an image.
OTHER_IMAGES = ("BUILDX_METADATA_PROVENANCE", "BUILDX_NO_DEFAULT_ATTESTATIONS", "DOCKER_BUILDKIT")
DROPPED = frozenset((*ONE_REPOSITORY, *OTHER_MEANING, *OTHER_IMAGES))
# COMPOSE_* selects other files, services and a project's name, and changes the form of output.
DROPPED_PREFIXES = ("COMPOSE_", "BUILDX_BAKE_", "BUILDX_GIT_", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")
KEPT = frozenset({"COMPOSE_PARALLEL_LIMIT"})


def of_program(inherited: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program: what it may inherit, and the variables that Dockdj gives it (`own`)."""
    return {**{name: value for name, value in inherited.items() if not _is_dropped(name)}, **own}


def _is_dropped(name: str) -> bool:
    return name in DROPPED or (name.startswith(DROPPED_PREFIXES) and name not in KEPT)
