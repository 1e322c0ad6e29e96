"""Whether a release record agrees with itself, and whether its evidence is a reason for a release."""

from collections.abc import Iterator, Mapping
from typing import Any

from dockdj.model.release.evidence import BUILD, CONTROL, SMOKE, TESTS
from dockdj.model.release.record import Release, fingerprints
from dockdj.model.verify.finding import Finding, judged, short


def record_finding(release: Release, project: str) -> Finding:
    """The project's name, the fingerprints of the content, and the evidence: the suites that each release has, of its
    very images, and passed."""
    return judged("record", _of_record(release, project), release.digest)


def _of_record(release: Release, project: str) -> Iterator[str]:
    document = release.document
    if document["name"] != project:
        yield f"it is a release of `{document['name']}`, not of `{project}`"
    recorded = document["fingerprint"]
    for name, value in fingerprints(recorded["app"], document["services"], document["npm"]).items():
        if recorded[name] != value:
            yield f"the fingerprint `{name}` of its content is {short(value)}, and it says {short(recorded[name])}"
    # A restack's control is about the images that it was made from, and proves nothing of its own.
    built = {name: one["config"] for name, one in document["services"].items() if one["source"] is None}
    for suite, images in ((BUILD, built), (SMOKE, release.configs)):
        entries = [proof for proof in document["evidence"] if proof["suite"] == suite]
        if len(entries) == 1:
            yield from _of_suite(entries[0], images, excused=_excused(release, entries[0]))
        else:
            yield f"it has {len(entries) or 'no'} results of the suite `{suite}`"


def _of_suite(proof: Mapping[str, Any], images: Mapping[str, str], *, excused: bool) -> Iterator[str]:
    suite = proof["suite"]
    if proof["exit"]:
        yield f"the suite `{suite}` ended with {proof['exit']}"
    if proof["passed"] <= 0:
        yield f"nothing passed in the suite `{suite}`"
    if proof["failed"] and not excused:
        yield f"{proof['failed']} failed in the suite `{suite}`"
    for check in proof["checks"]:
        if check["exit"] and not (excused and check["name"] == TESTS):
            yield f"the check `{check['name']}` of the suite `{suite}` failed"
    for service in sorted({*images, *proof["images"]}):
        tested, recorded = proof["images"].get(service), images.get(service)
        if tested is None:
            yield f"the suite `{suite}` did not run for the image of {service}"
        elif tested != recorded:
            yield f"the suite `{suite}` ran for another image of {service}: {short(tested)}"


def _excused(release: Release, proof: Mapping[str, Any]) -> bool:
    """Whether all that failed is said to fail on the stack, too, that a restack was made from."""
    controls = [one for one in release.document["evidence"] if one["suite"] == CONTROL and one["failed"]]
    known = proof.get("known", ())
    return bool(release.document["restack_of"] and controls and 0 < len(known) <= proof["failed"])
