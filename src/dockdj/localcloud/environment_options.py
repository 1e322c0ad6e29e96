"""The option settings of an environment, from all their sources.

Precedence ("Configuration options" in the developer guide): the API, saved configurations, the `.ebextensions` of the
version that runs, defaults. The state keeps the first two; those of a version are read from its bundle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from dockdj.adapters import ebextensions
from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.fleet import extensions
from dockdj.localcloud.platform.option_rules import VARIABLES, Invalid, Key, validation_errors
from dockdj.localcloud.state.database import Row
from dockdj.localcloud.state.tables import Environment

BUNDLES = 64
"""The bundles whose options are remembered."""


def options_of(cloud: Cloud, environment: Environment, label: str | None = None) -> dict[Key, str]:
    """An environment's option settings without defaults, with the version `label` instead of the one that it runs.

    Those of the version that are invalid are missing; `errors_of` names them.
    """
    from_bundle = options_of_version(cloud, environment.application, label or environment.label)
    valid = {key: value for key, value in from_bundle.items() if not validation_errors({key: value})}
    return {**valid, **cloud.state.options(environment.id)}


def errors_of(cloud: Cloud, environment: Environment, label: str) -> list[Invalid]:
    """The errors that a version's options would cause in an environment."""
    from_bundle = options_of_version(cloud, environment.application, label)
    return validation_errors({**from_bundle, **cloud.state.options(environment.id)}) if from_bundle else []


def options_of_version(cloud: Cloud, application: str, label: str) -> Mapping[Key, str]:
    """The options in the configuration files of a version; none of the sample application's."""
    query = "SELECT bundle FROM versions WHERE application = ? AND label = ?"
    version: Row | None = cloud.state.row(query, application, label)
    return {} if version is None else options_of_bundle(cloud.folder / "bundles" / f"{version['bundle']}.zip")


@lru_cache(maxsize=BUNDLES)
def options_of_bundle(bundle: Path) -> Mapping[Key, str]:
    """The options in the configuration files of a bundle. Its name is its digest, so its content never changes."""
    options: dict[Key, str] = {}
    for path, content in extensions.files(bundle).items():
        reading = ebextensions.read(content, path, "")
        # A file that Elastic Beanstalk skips, or that fails the deployment, sets no option.
        if not reading.error and not reading.unknown:
            options.update(_settings(ebextensions.document(content)))
    return options


def _settings(document: Any) -> Iterator[tuple[Key, str]]:
    """The options of a configuration file, in both of their forms: a map of namespaces, and a list of settings."""
    settings = document.get("option_settings") if isinstance(document, Mapping) else None
    if isinstance(settings, Mapping):
        for namespace, values in settings.items():
            for name, value in values.items() if isinstance(values, Mapping) else ():
                yield (str(namespace), str(name)), _text(value)
    for entry in settings if isinstance(settings, list) else ():
        if isinstance(entry, Mapping) and "option_name" in entry:
            key = (str(entry.get("namespace") or VARIABLES), str(entry["option_name"]))
            yield key, _text(entry.get("value"))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
