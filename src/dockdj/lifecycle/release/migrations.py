"""Ask Django's own loader for the migrations of a release, inside the application's image and without a database."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dockdj.adapters.migrations import question
from dockdj.adapters.shell import Bounds
from dockdj.errors import DockdjError, ProjectError
from dockdj.events import Report, step
from dockdj.lifecycle.bundle import compose
from dockdj.lifecycle.smoke import stack as smoke_stack
from dockdj.lifecycle.smoke.stack import SmokeRelease
from dockdj.model.project.project import Project
from dockdj.model.release import loader_answer
from dockdj.model.release.loader_answer import LoaderAnswer
from dockdj.model.smoke.alone import alone

BOUNDS = Bounds(seconds=120, output=32 * 2**20, memory=2 * 2**30)
LONGEST_REASON = 300


@dataclass(frozen=True)
class NoAnswer:
    """The reason why Django's loader did not tell the migrations. `asked` is false if the project has no manage.py."""

    reason: str
    asked: bool


def read(project: Project, folder: Path, tags: Mapping[str, str], report: Report) -> LoaderAnswer | NoAnswer:
    """Ask the image of the application's service; `tags` is service -> image, `folder` the checkout.

    The variables are those of the smoke test. A project whose application is not Django, or whose settings do not load
    without a database, gets no answer and is released all the same.
    """
    application = project.layout.application
    service, file = application.service, application.manage_file
    if service not in tags:
        return NoAnswer(f"no service is called {service}", asked=False)
    if not (folder / file).is_file():
        return NoAnswer(f"there is no {file}", asked=False)
    with step(report, "read the migrations"):
        try:
            document = compose.in_checkout(folder, project.production.compose).model
            asking = alone(document, service, question.command(application.manage))
            release = SmokeRelease(folder, asking, {service: tags[service]}, {}, project.layout)
            with smoke_stack.assembled(project, release) as (stack, _), tempfile.TemporaryDirectory() as temporary:
                output = Path(temporary) / "output"
                result = stack.run_bounded(service, output, BOUNDS)
                if result.status != 0:
                    raise ProjectError(_last_line(result.stderr) or f"it ended with status {result.status}")
                return loader_answer.parse(question.answer(output.read_bytes()))
        except DockdjError as error:
            return NoAnswer(_last_line(error.message), asked=True)


def _last_line(text: str) -> str:
    """The last line of a program's errors, which names the exception."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "".join(filter(str.isprintable, lines[-1]))[:LONGEST_REASON] if lines else ""
