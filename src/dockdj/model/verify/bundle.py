"""Findings about a release in Elastic Beanstalk: the bundles of its version labels, compared with the record."""

from collections.abc import Iterator
from dataclasses import dataclass

from dockdj.model.beanstalk.bundle import Bundle, description_of, is_named
from dockdj.model.canonical import digest_of
from dockdj.model.release.record import Release
from dockdj.model.verify.finding import ABSENT, Finding, judged, short


@dataclass(frozen=True)
class BundleSeen:
    """A version label of the application.

    `content` is its bundle's bytes, None if the bucket lost them; `record` is the release record in the bundle, None
    without one; `runs` is true if the environment runs the label.
    """

    label: str
    description: str
    content: bytes | None
    record: bytes | None
    runs: bool


def bundle_findings(
    target: str, seen: tuple[BundleSeen, ...], made: Bundle | str, release: Release
) -> tuple[Finding, ...]:
    """A finding for each label; `made` is the bundle rebuilt from the registry, or the reason why it cannot be."""
    if not seen:
        return (Finding(f"bundle of {target}", ABSENT, ("not deployed",)),)
    return tuple(judged(f"bundle {each.label}", _of_bundle(each, made, release), _note(each, made)) for each in seen)


def _of_bundle(seen: BundleSeen, made: Bundle | str, release: Release) -> Iterator[str]:
    if seen.description != described(release):
        yield f"its description is `{seen.description}`, not `{described(release)}`"
    if isinstance(made, Bundle) and seen.label != made.label:
        yield f"rebuilding it gives {made.label}: its content changed, or another dockdj version built it"
    if seen.content is None:
        yield "its file is no longer in the bucket"
        return
    digest = digest_of(seen.content)
    if not is_named(seen.content, seen.label):
        yield f"its bytes are {short(digest)}, not those that the label names: the file was replaced"
    elif isinstance(made, Bundle) and seen.label == made.label and digest != made.digest:
        yield f"its bytes are {digest}, and rebuilding it gives {made.digest}"
    if seen.record != release.content:
        what = "no release record" if seen.record is None else f"the record {short(digest_of(seen.record))}"
        yield f"it has {what}, not {short(release.digest)}"


def described(release: Release) -> str:
    """The description that a deployment gives a version."""
    return description_of(release.digest)


def _note(seen: BundleSeen, made: Bundle | str) -> str:
    comparison = "rebuilding it gives the same bytes" if isinstance(made, Bundle) else f"could not be rebuilt: {made}"
    return f"{'runs' if seen.runs else 'does not run'}; {comparison}"
