"""Test a restack on its new stack, and ignore the tests that also fail on the old stack."""

from dataclasses import replace

from dockdj.errors import Refused
from dockdj.events import Report, Warned
from dockdj.lifecycle.build.evidence_folder import FAILED_FOLDER
from dockdj.lifecycle.build.gate import GateClosed
from dockdj.lifecycle.release.image_fields import AssemblyRequest, ImageFields, assemble
from dockdj.lifecycle.release.restack_control import Control, failures
from dockdj.model.listing import in_lines
from dockdj.model.release import restack as rules

SHOWN_TESTS = 5


def assemble_with_control(request: AssemblyRequest, control: Control | None, report: Report) -> ImageFields:
    """Build and test on the new stack; ignore tests that also fail in the control.

    Raises Refused for tests that fail only on the new stack. Without a control, any failed test refuses.
    """
    request = replace(request, reports=control.reports if control else {})
    try:
        fields = assemble(request, report)
    except GateClosed as error:
        failed = failures(error.evidence, request.project.gate)
        if failed is None:
            raise
        if new := rules.new_failures(control.failures if control else None, failed):
            raise Refused(
                f"{len(new)} of the old tests fail on the new stack and not on the old one:{in_lines(new)}",
                hint=f"full output of the checks: {FAILED_FOLDER}/; this stack needs another application",
            ) from error
        count = "a test that also fails" if len(failed) == 1 else f"{len(failed)} tests that also fail"
        report(Warned(f"ignoring {count} on the old stack: {', '.join(failed[:SHOWN_TESTS])}"))
        fields = assemble(replace(request, known=failed, no_cache=False), report)
    return replace(fields, evidence=(*fields.evidence, control.result)) if control else fields
