"""The JSON definitions that buildx builds: an environment's images with their evidence, and a run of the tests."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.model.build.gate import GATE
from dockdj.model.project.build_sources import NO_SOURCES, Sources
from dockdj.model.project.compose_file import Build, Service

EVIDENCE = "evidence"
# The stage that runs the tests on a finished image, and the stage that holds their output.
SUITE = "suite"
SUITE_EVIDENCE = "suite-evidence"
# The variable that passes the mirrors to buildx. Their addresses may hold a password, and a definition may be shown.
MIRRORS_VARIABLE = "DOCKDJ_BUILD_MIRRORS"
# The engine's built-in builder does not support attestations, and they hide images behind an index.
NO_ATTESTATIONS = ["type=provenance,disabled=true", "type=sbom,disabled=true"]


# buildx takes no other characters in a target's name; a service's may have dots.
NOT_IN_TARGETS = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True)
class BuildOptions:
    """The options of a build.

    `evidence_folder` receives the output of the checks and tests. `test_run` reaches only the test stage: a new value
    reruns the tests and does not change the images. `sources` reach the build as secrets, which no image and no cache
    key contains, and as replacements of base images; their `ca_bundle` is an absolute path. `gate_folder` holds the
    files of a passed gate, and replaces the gate.
    """

    evidence_folder: str | None = None
    test_run: str | None = None
    no_cache: bool = False
    sources: Sources = NO_SOURCES
    gate_folder: str | None = None


def definition(services: tuple[Service, ...], tags: Mapping[str, str], options: BuildOptions = BuildOptions()) -> str:
    """The JSON for `docker buildx bake`: a target for each tag (service -> tag), and one for the evidence folder."""
    built = {service.name: service.build for service in services if service.build}
    args = {} if options.test_run is None else {"TEST_RUN": options.test_run}
    targets: dict[str, Any] = {}
    names = target_names(tags)
    for name, tag in tags.items():
        targets[names[name]] = {**_target(built[name], args), "tags": [tag], "output": ["type=docker"]}
    if options.evidence_folder is not None and built:
        build = next(iter(built.values()))
        evidence = Build(build.context, build.dockerfile, EVIDENCE, build.args)
        targets[EVIDENCE] = {**_target(evidence, args), "output": [f"type=local,dest={options.evidence_folder}"]}
    for target in targets.values():
        target["attest"] = NO_ATTESTATIONS
        target.update(_downloads(options.sources))
        if options.gate_folder is not None:
            target["contexts"] = {**target.get("contexts", {}), GATE: options.gate_folder}
        if options.no_cache:
            target["no-cache"] = True
    return json.dumps({"group": {"default": {"targets": sorted(targets)}}, "target": targets}, indent=1)


def target_names(services: Iterable[str]) -> dict[str, str]:
    """Service -> the name of its target: the same, unless buildx or the target of the evidence takes it."""
    names: dict[str, str] = {}
    for service in services:
        name = NOT_IN_TARGETS.sub("_", service)
        while name == EVIDENCE or name in names.values():
            name += "_"
        names[service] = name
    return names


def suite_definition(
    build: Build, *, stage: str, image: str, folder: str, test_run: str, sources: Sources = NO_SOURCES
) -> str:
    """The JSON for a run of the tests on a finished image; `folder` receives their output.

    The image replaces the Dockerfile's `stage`: a named context takes precedence over a stage of the same name
    (reference of `docker buildx build`, "--build-context"), so BuildKit builds no stage that only `stage` needs.
    """
    target = _target(Build(build.context, build.dockerfile, SUITE_EVIDENCE, build.args), {"TEST_RUN": test_run})
    target.update(_downloads(sources))
    target["contexts"] = {**target.get("contexts", {}), stage: f"docker-image://{image}"}
    target["output"] = [f"type=local,dest={folder}"]
    target["attest"] = NO_ATTESTATIONS
    return json.dumps({"group": {"default": {"targets": [SUITE]}}, "target": {SUITE: target}}, indent=1)


def _downloads(sources: Sources) -> dict[str, Any]:
    secrets = [f"id=ca,src={sources.ca_bundle}"] if sources.ca_bundle else []
    secrets += [f"type=env,id=mirrors,env={MIRRORS_VARIABLE}"] if sources.mirrors else []
    images = {name: f"docker-image://{other}" for name, other in sources.images.items()}
    return {**({"secret": secrets} if secrets else {}), **({"contexts": images} if images else {})}


def _target(build: Build, args: Mapping[str, str]) -> dict[str, Any]:
    target: dict[str, Any] = {"context": build.context, "dockerfile": build.dockerfile, "args": {**build.args, **args}}
    if build.target is not None:
        target["target"] = build.target
    return target
