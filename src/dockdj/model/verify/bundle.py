"""What of a release Elastic Beanstalk holds, against its record: the bundle of a version label."""

from collections.abc import Iterator
from dataclasses import dataclass

from dockdj.model.beanstalk.bundle import Bundle, description_of
from dockdj.model.canonical import digest_of
from dockdj.model.release.record import Release
from dockdj.model.verify.finding import ABSENT, Finding, judged, short


@dataclass(frozen=True)
class BundleSeen:
    """A version label of the application: its description, the bytes of its bundle (None when the bucket has them no
    more), the release record in them (None without one), and whether the environment runs it."""

    label: str
    description: str
    content: bytes | None
    record: bytes | None
    runs: bool


def bundle_findings(
    target: str, seen: tuple[BundleSeen, ...], made: Bundle | str, release: Release
) -> tuple[Finding, ...]:
    """One finding a label; `made` is the bundle made anew from what is published, or why that cannot be."""
    if not seen:
        return (Finding(f"bundle of {target}", ABSENT, ("not deployed",)),)
    return tuple(judged(f"bundle {one.label}", _of_bundle(one, made, release), _note(one, made)) for one in seen)


def _of_bundle(seen: BundleSeen, made: Bundle | str, release: Release) -> Iterator[str]:
    if seen.description != described(release):
        yield f"its description is `{seen.description}`, not `{described(release)}`"
    if isinstance(made, Bundle) and seen.label != made.label:
        yield f"made anew for this target it is {made.label}: it has other content, or another dockdj made it"
    if seen.content is None:
        yield "the bucket has its file no more"
        return
    digest = digest_of(seen.content)
    named = seen.label.rpartition("-")[2]
    if digest.removeprefix("sha256:")[: len(named)] != named:
        yield f"its bytes are {short(digest)}, not those that the label names: the file was replaced"
    elif isinstance(made, Bundle) and seen.label == made.label and digest != made.digest:
        yield f"its bytes are {digest}, and made anew {made.digest}"
    if seen.record != release.content:
        what = "no release record" if seen.record is None else f"the record {short(digest_of(seen.record))}"
        yield f"it holds {what}, not {short(release.digest)}"


def described(release: Release) -> str:
    """The description that a deployment gives a version."""
    return description_of(release.digest)


def _note(seen: BundleSeen, made: Bundle | str) -> str:
    equal = "equal to one made anew" if isinstance(made, Bundle) else f"not made anew: {made}"
    return f"{'runs' if seen.runs else 'does not run'}; {equal}"
