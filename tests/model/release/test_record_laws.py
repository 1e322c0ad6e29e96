"""What holds of every record and every two: canonical form, no difference from itself, the way back as a mirror."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dockdj.model.canonical import canonical, digest_of
from dockdj.model.diff.changes import Changes, diff
from dockdj.model.diff.direction import Change
from dockdj.model.diff.downgrades import losses
from dockdj.model.release.record import Release
from dockdj.model.release.schema import head, read, write
from dockdj.model.release.summary import Listed
from tests.support.records import CONFIG, application, document, service

MIRRORED: dict[Change, Change] = {"add": "remove", "remove": "add", "up": "down", "down": "up", "other": "other"}
VERSIONS = st.text("0123.~a-", max_size=4).map(lambda text: f"1{text}")
NUMBERS = st.builds(lambda *parts: ".".join(map(str, parts)), *[st.integers(0, 11)] * 3)
NAMES = st.sampled_from(["a", "b", "c"])
DIGESTS = st.sampled_from([CONFIG, "sha256:x", "sha256:y"])
ORIGINS = st.sampled_from(["base", "ours"])
INTERPRETERS = st.dictionaries(
    st.sampled_from(["/opt/venv", "/usr/local"]),
    st.fixed_dictionaries(
        {
            "version": NUMBERS,
            "packages": st.dictionaries(
                NAMES, st.fixed_dictionaries({"version": VERSIONS, "origin": ORIGINS}), max_size=3
            ),
        }
    ),
    min_size=1,
)
FIELDS = {
    "config": DIGESTS,
    "diff_ids": st.lists(NAMES, min_size=1, max_size=3),
    "size": st.integers(0, 99),
    "platform": st.sampled_from(["linux/amd64", "linux/arm64"]),
    "base": st.none() | st.fixed_dictionaries({"name": NAMES, "config": DIGESTS, "layers": st.integers(1, 3)}),
    "os": st.fixed_dictionaries(
        {
            "id": st.sampled_from(["debian", "debian", "alpine"]),
            "version": st.sampled_from(["", "12", "13"]),
            "packages": st.dictionaries(
                NAMES, st.fixed_dictionaries({"source": NAMES, "version": VERSIONS, "origin": ORIGINS}), max_size=3
            ),
        }
    ),
    "python": INTERPRETERS,
    "npm": st.dictionaries(
        st.sampled_from(["/srv/node_modules", "/node_modules"]), st.dictionaries(NAMES, NUMBERS, max_size=3), min_size=1
    ),
    "runtime": st.fixed_dictionaries(
        {},
        optional={
            "libc": st.sampled_from(["glibc 2.41", "glibc 2.36", "musl 1.2"]),
            "openssl": st.sampled_from(["3.5.1", "1.1.1w", "1.1.1n"]),
            "python": NUMBERS,
        },
    ),
    "files": st.dictionaries(NAMES, DIGESTS, max_size=2),
    "unmanaged": st.dictionaries(NAMES, DIGESTS, max_size=2),
}
# The fields that a record may lack. No release writes an empty `python` or `npm`.
ABSENT = ("os", "python", "npm", "unmanaged")
SERVICES = st.builds(
    lambda fields, lacking: {name: value for name, value in service(**fields).items() if name not in lacking},
    st.fixed_dictionaries(FIELDS),
    st.sets(st.sampled_from(ABSENT)),
)
# An older record has no word of Django's.
GRAPHS: st.SearchStrategy[dict[str, Any]] = st.lists(
    st.fixed_dictionaries({
        "name": NAMES,
        "verdict": st.sampled_from(["reversible", "lossy", "unknown", "irreversible"]),
        "drops": st.lists(st.fixed_dictionaries({"table": NAMES, "column": NAMES | st.none()}), max_size=2),
    }),
    max_size=2,
).map(
    lambda operations: {
        "django": {
            "django": "6.1.3",
            "leaves": {"a": ["0001_a"]},
            "migrations": {
                "a.0001_a": {"path": "a.py", "dependencies": [], "replaces": ["a.0001_x"], "operations": operations}
            },
        }
    }
) | st.just({})  # fmt: skip
APPLICATIONS = st.builds(
    lambda migrations, irreversible, variables, django: application(
        migrations=migrations, irreversible=sorted(irreversible), variables=sorted(variables), **django
    ),
    st.dictionaries(NAMES, st.sampled_from(["0001_a", "0002_b", "0010_c", "merge"])),
    st.sets(st.sampled_from(["a.0001_a", "b.0002_b"])),
    st.sets(st.sampled_from(["A!", "B", "C!"])),
    GRAPHS,
)


def made(version: str, services: dict[str, Any], app: dict[str, Any], npm: dict[str, str], by: str) -> Release:
    """A record of these parts, with the fingerprint of their content."""
    return read(canonical(document(version, services, app=app, npm=npm, by=by)))


RELEASES = st.builds(
    made,
    st.sampled_from(["1.0.0", "1.1.0", "1.0.0+stack.1", "1.0.0+stack.10", "1.0.0+stack.2"]),
    st.dictionaries(st.sampled_from(["django", "nginx", "worker"]), SERVICES, min_size=1, max_size=3),
    APPLICATIONS,
    st.dictionaries(NAMES, NUMBERS, max_size=2),
    st.text(max_size=6),
)


@settings(max_examples=50)
@given(RELEASES)
def test_a_record_is_read_and_written_as_the_same_bytes(one: Release) -> None:
    stored = json.loads(one.content)
    again = read(one.content)
    assert again == one
    assert write(again).content == canonical(stored) == one.content
    assert again.digest == one.digest == digest_of(canonical(dict(reversed(list(stored.items())))))


@settings(max_examples=50)
@given(RELEASES)
def test_head_agrees_with_the_whole_record(one: Release) -> None:
    found = head(one.content, one.version)
    assert isinstance(found, Listed)
    assert (found.digest, found.commit, found.created) == (one.digest, one.commit, one.created)


@settings(max_examples=50)
@given(RELEASES)
def test_a_release_has_no_difference_from_itself(one: Release) -> None:
    found = diff(one, one)
    assert found.empty
    assert found == replace(
        found,
        packages=(),
        runtimes=(),
        bases=(),
        files=(),
        unmanaged=(),
        settings=(),
        images=(),
        compose=None,
        leaves=(),
        irreversible=(),
        variables=(),
    )
    assert losses(found) == ()


@given(RELEASES, RELEASES)
def test_the_reverse_diff_is_the_mirror_image(one: Release, other: Release) -> None:
    there, back = diff(one, other), diff(other, one)
    assert mirrored(there) == comparable(back)
    assert {(loss.name, loss.before) for loss in losses(back) if loss.kind == "os"} == {
        (change.source, change.after) for change in there.packages if (change.change, change.kind) == ("up", "os")
    }


@given(RELEASES, RELEASES)
def test_diff_is_empty_only_for_equal_content(one: Release, other: Release) -> None:
    assert diff(one, other).empty == (content(one) == content(other))


def content(release: Release) -> Any:
    """What a comparison names: layers and sizes alone do not count, the digest names them; nor do origins."""
    found = []
    stored = json.loads(release.content)
    for name, side in sorted(stored["services"].items()):
        packages = {key: one["version"] for key, one in side.get("os", {}).get("packages", {}).items()}
        sources = {key: one["source"] for key, one in side.get("os", {}).get("packages", {}).items()}
        system = {key: value for key, value in side.get("os", {}).items() if key != "packages"}
        python = {
            place: [one["version"], {key: package["version"] for key, package in one["packages"].items()}]
            for place, one in side.get("python", {}).items()
        }
        base = side.get("base") and {key: side["base"][key] for key in ("name", "config")}
        plain = [side.get(key) or {} for key in ("config", "run", "platform", "files", "unmanaged", "runtime", "npm")]
        found.append((name, packages, sources, system, python, base, plain))
    app = {key: stored["app"][key] for key in ("migrations", "variables")}
    return found, app, stored["npm"], stored["fingerprint"]


def mirrored(found: Changes) -> Changes:
    """The same changes the other way round."""

    def turned(changes: Any, *pairs: str) -> Any:
        found = []
        for one in changes:
            swapped = {"before": one.after, "after": one.before}
            for pair in pairs:
                swapped |= {f"{pair}_before": getattr(one, f"{pair}_after")}
                swapped |= {f"{pair}_after": getattr(one, f"{pair}_before")}
            if hasattr(one, "change"):
                swapped["change"] = MIRRORED[one.change]
            found.append(replace(one, **swapped))
        return tuple(found)

    plain = comparable(found)
    return replace(
        plain,
        before=found.after,
        after=found.before,
        packages=turned(plain.packages, "origin"),
        runtimes=turned(plain.runtimes),
        bases=turned(plain.bases, "name"),
        files=turned(plain.files),
        unmanaged=turned(plain.unmanaged),
        settings=turned(plain.settings),
        images=turned(plain.images, "source", "size"),
        leaves=turned(plain.leaves),
        variables=turned(plain.variables),
        suites=turned(plain.suites),
    )


def comparable(found: Changes) -> Changes:
    """Without what has no mirror image: what is to be pulled has a direction."""
    bare = tuple(replace(one, layers=0, new_layers=0, pull_least=0, pull_most=0) for one in found.images)
    return replace(found, images=bare)
