"""Findings about a release record: its fingerprints against its content, and its evidence."""

from collections.abc import Iterator, Mapping

from dockdj.model.release.fingerprint import fingerprint
from dockdj.model.release.record import Release
from dockdj.model.release.suites import BUILD, CONTROL, SMOKE, TESTS, SuiteResult
from dockdj.model.verify.finding import Finding, judged, short


def record_finding(release: Release, project: str) -> Finding:
    """The record against itself: the project's name, the fingerprint of the content, and the evidence.

    The evidence is the suites that every release has: they passed, on the record's own images.
    """
    return judged("record", _of_record(release, project), release.digest)


def _of_record(release: Release, project: str) -> Iterator[str]:
    if release.name != project:
        yield f"it is a release of `{release.name}`, not of `{project}`"
    recorded = vars(release.fingerprint)
    for name, value in vars(fingerprint(release.fingerprint.app, release.services, release.npm)).items():
        if recorded[name] != value:
            yield f"the fingerprint `{name}` of its content is {short(value)}, and it says {short(recorded[name])}"
    # A restack's control is about the images that it was made from, and proves nothing of its own.
    built = {name: image.config for name, image in release.services.items() if image.source is None}
    for suite, images in ((BUILD, built), (SMOKE, release.configs)):
        results = [result for result in release.evidence if result.suite == suite]
        if len(results) == 1:
            yield from _of_suite(results[0], images, excused=_excused(release, results[0]))
        else:
            yield f"it has {len(results) or 'no'} results of the suite `{suite}`"


def _of_suite(result: SuiteResult, images: Mapping[str, str], *, excused: bool) -> Iterator[str]:
    suite = result.suite
    if result.exit:
        yield f"the suite `{suite}` ended with {result.exit}"
    if result.passed <= 0:
        yield f"nothing passed in the suite `{suite}`"
    if result.failed and not excused:
        yield f"{result.failed} failed in the suite `{suite}`"
    for check in result.checks:
        if check.exit and not (excused and check.name == TESTS):
            yield f"the check `{check.name}` of the suite `{suite}` failed"
    for service in sorted({*images, *result.images}):
        tested, recorded = result.images.get(service), images.get(service)
        if tested is None:
            yield f"the suite `{suite}` did not run for the image of {service}"
        elif tested != recorded:
            yield f"the suite `{suite}` ran for another image of {service}: {short(tested)}"


def _excused(release: Release, result: SuiteResult) -> bool:
    """True if, by the record, the same tests fail on the old stack of the restack."""
    controls = [each for each in release.evidence if each.suite == CONTROL and each.failed]
    return bool(release.restack_of and controls and 0 < len(result.known or ()) <= result.failed)
