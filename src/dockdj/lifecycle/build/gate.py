"""The quality gate of production's images: refuse builds that bypass it, and keep the evidence of a closed gate."""

import contextlib
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dockdj.adapters.docker import client as docker
from dockdj.errors import CommandFailed, Refused
from dockdj.events import Report, silent
from dockdj.lifecycle.build import dockerfiles
from dockdj.lifecycle.build.evidence_folder import FAILED, FAILED_FOLDER, keep
from dockdj.model.build.bake_definition import MIRRORS_VARIABLE, BuildOptions, definition, target_names
from dockdj.model.build.gate import GATE, Verdict, judge
from dockdj.model.project.compose_file import Service
from dockdj.model.project.project import Project

# The one line the recipe's gate prints for a failed check, after BuildKit's step number and seconds. BuildKit also
# repeats the commands of a failed step, and those may hold the same words.
GATE_LINE = re.compile(r"^\s*(?:#\d+\s+)?\d+\.\d+\s+check failed: (?P<summary>.+)$")


class GateClosed(Refused):
    """A check of the quality gate failed; `evidence` is what the checks wrote, file -> content.

    FAILED_FOLDER has the same files.
    """

    def __init__(self, message: str, *, hint: str = "", evidence: Mapping[str, bytes]) -> None:
        super().__init__(message, hint=hint)
        self.evidence = evidence


def check_gate(services: tuple[Service, ...], root: Path) -> None:
    """Raise Refused for a production service whose image does not certainly depend on its Dockerfile's quality gate.

    Raises ProjectError for an invalid Dockerfile.
    """
    for service in services:
        if service.build is None:
            continue
        path = dockerfiles.path_of(root, service.build)
        if not (root / path).is_file():
            continue
        with dockerfiles.naming(root, service.build):
            text = dockerfiles.text_of(root, service.build)
            verdict, unknown = judge(text, service.build.target, service.build.args)
        hint = f"in {path}: COPY --from={GATE} /checks-passed /checks-passed"
        if verdict is Verdict.BYPASSES:
            raise Refused(
                f"{service.name} would bypass the quality gate: "
                f"the target `{service.build.target or 'last'}` copies nothing from the stage `{GATE}`",
                hint=hint,
            )
        if verdict is Verdict.UNKNOWN:
            names = "; ".join(str(name) for name in unknown)
            raise Refused(
                f"{service.name} may bypass the quality gate: {path} has names that are unknown before the build: "
                f"{names}",
                hint=f"{hint}, in the target's own stage",
            )


def bake(text: str, root: Path, report: Report = silent, *, mirrors: str = "") -> dict[str, str]:
    """Run a bake definition; return target -> config digest.

    `mirrors` is the text of the build's secret of that name. Raises Refused with the check's own output when the
    quality gate is closed, CommandFailed when the build fails.
    """
    try:
        return docker.bake(text, root=root, report=report, variables={MIRRORS_VARIABLE: mirrors})
    except CommandFailed as error:
        for line in reversed(error.output.splitlines()):
            if match := GATE_LINE.search(line):
                raise Refused(
                    f"the quality gate is closed: {match['summary']}\n{error.message}",
                    hint="correct what the check names and run the command again",
                ) from error
        raise


def bake_through_gate(
    project: Project,
    folder: Path,
    services: tuple[Service, ...],
    tags: Mapping[str, str],
    options: BuildOptions,
    report: Report,
) -> dict[str, str]:
    """Build the services that have a tag from the checkout in `folder`; return service -> config digest.

    Raises GateClosed, after keeping what the checks wrote in FAILED_FOLDER.
    """
    mirrors = options.sources.mirrors
    try:
        digests = bake(definition(services, tags, options), folder, report, mirrors=mirrors)
        return {service: digests[name] for service, name in target_names(tags).items() if name in digests}
    except Refused as error:
        with tempfile.TemporaryDirectory(prefix="dockdj-evidence-") as name:
            exported = BuildOptions(evidence_folder=name, test_run=options.test_run, sources=options.sources)
            with contextlib.suppress(CommandFailed):
                bake(definition(services, {}, exported), folder, mirrors=mirrors)
            keep(Path(name), project, FAILED, report)
            raise GateClosed(
                error.message,
                hint=f"{error.hint}; full output of the checks: {FAILED_FOLDER}/",
                evidence={file.name: file.read_bytes() for file in Path(name).iterdir() if file.is_file()},
            ) from error
