"""Every difference that verifying a release can name, and what is none."""

import json
from dataclasses import replace
from typing import Any

import pytest

from dockdj.model.beanstalk.bundle import Bundle, pack
from dockdj.model.canonical import digest_of
from dockdj.model.files import File
from dockdj.model.release.record import Release
from dockdj.model.verify.bundle import BundleSeen, bundle_findings, described
from dockdj.model.verify.finding import Finding, exit_code, judged, log_finding
from dockdj.model.verify.git import (
    CommitSeen,
    TagSeen,
    branch_finding,
    commit_finding,
    remote_tag_finding,
    tag_finding,
    unsigned,
)
from dockdj.model.verify.record import record_finding
from dockdj.model.verify.registry import ImageSeen, IndexSeen, TagRead, registry_findings
from dockdj.model.version import parse
from tests.support.records import CONFIG, changed, fingerprints, python, release, service

ONE, OTHER = release("1.0.0"), release("1.1.0", commit="3" * 40)
VERSION = parse("1.0.0")
MESSAGE = b"shop 1.0.0\n\nrelease.json {}\n"
TAG = TagSeen("a" * 40, "tag", ONE.commit, MESSAGE)


def said(finding: Finding) -> str:
    return f"{finding.state}: {'; '.join(finding.details)}"


def test_the_exit_code_is_that_of_the_worst_place() -> None:
    ok, differs = judged("a", ()), judged("b", ["this"])
    absent, unasked = Finding("c", "not there"), Finding("d", "not asked")
    assert exit_code([ok, absent]) == 0
    assert exit_code([ok, unasked, absent]) == 5
    assert exit_code([unasked, differs, ok]) == 1


def test_a_tag_as_it_was_made_is_ok() -> None:
    assert tag_finding(VERSION, TAG, ONE, (ONE, MESSAGE), elsewhere=False).state == "ok"
    signed = replace(TAG, message=MESSAGE + b"-----BEGIN PGP SIGNATURE-----\nabc\n-----END PGP SIGNATURE-----\n")
    assert tag_finding(VERSION, signed, ONE, (ONE, MESSAGE), elsewhere=False).state == "ok"
    assert unsigned(MESSAGE) == MESSAGE


@pytest.mark.parametrize(
    ("seen", "held", "expected"),
    [
        (replace(TAG, type="commit", message=b""), "no record", "a lightweight tag on 111111111111"),
        (TAG, "it has no release record", "edited: it has no release record"),
        (TAG, OTHER, "the record of 1.1.0: it was moved"),
        (replace(TAG, commit="4" * 40), ONE, "names commit 444444444444, and the record 111111111111"),
        (replace(TAG, commit=""), ONE, "names commit none"),
        (replace(TAG, message=b"shop 1.0.0 \n\nrelease.json {}\n"), ONE, "edited outside the record"),
        (replace(TAG, message=MESSAGE.replace(b"\n", b"\r\n")), ONE, "edited outside the record"),
    ],
)
def test_a_tag_that_is_not_what_was_made(seen: TagSeen, held: Release | str, expected: str) -> None:
    found = tag_finding(VERSION, seen, held, (ONE, MESSAGE), elsewhere=True)
    assert found.state == "differs"
    assert len(found.details) == 1
    assert expected in found.details[0]


def test_a_tag_is_gone_or_only_not_fetched() -> None:
    gone = tag_finding(VERSION, None, "", (ONE, MESSAGE), elsewhere=False)
    fetchable = tag_finding(VERSION, None, "", None, elsewhere=True)
    assert said(gone) == "differs: it is gone, here and at the remote"
    assert said(fetchable) == "not there: the remote has it: git fetch --tags"


def test_the_tag_at_the_remote() -> None:
    name = "refs/tags/v1.0.0"
    same = {name: TAG.id, f"{name}^{{}}": ONE.commit}

    def at_remote(references: dict[str, str], own: TagSeen | None = TAG) -> str:
        return said(remote_tag_finding(VERSION, "origin", references, own, ONE))

    assert at_remote(same) == "ok: object aaaaaaaaaaaa, as here"
    assert at_remote({}) == "not there: not pushed"
    assert at_remote(same, None).startswith("ok: on the record's commit")
    assert at_remote({**same, name: "b" * 40}) == "differs: it is another tag than here: object bbbbbbbbbbbb, here " + (
        "a" * 12
    )
    assert "names commit 555555555555, and the record" in at_remote({**same, f"{name}^{{}}": "5" * 40}, None)
    assert at_remote({name: ONE.commit}).startswith("differs: it is a lightweight tag on 111111111111")


def test_the_release_branch() -> None:
    assert branch_finding(VERSION, {}, ONE).state == "not there"
    assert branch_finding(VERSION, {"here": True, "origin": True}, ONE).state == "ok"
    assert said(branch_finding(VERSION, {"here": True, "origin": None}, ONE)).startswith(
        "ok: has new commits at origin"
    )
    assert said(branch_finding(VERSION, {"here": True, "origin": False}, ONE)) == (
        "differs: at origin it does not contain 111111111111"
    )
    assert said(branch_finding(VERSION, {"here": False}, ONE)) == "differs: here it does not contain 111111111111"


def test_the_commit() -> None:
    tree, compose = ONE.app.tree, ONE.compose
    app = ONE.fingerprint.app
    assert "the application is sha256:999999999999" in said(
        commit_finding(CommitSeen(tree, compose, "sha256:" + "9" * 64), ONE)
    )
    assert commit_finding(None, ONE).state == "not there"
    assert commit_finding(CommitSeen(tree, compose, app), ONE).state == "ok"
    assert "tree is 999999999999" in said(commit_finding(CommitSeen("9" * 40, compose, app), ONE))
    assert "tree is none" in said(commit_finding(CommitSeen(None, None, None), ONE))
    assert "compose file is sha256:999999999999" in said(
        commit_finding(CommitSeen(tree, "sha256:" + "9" * 64, app), ONE)
    )


def test_a_record_that_was_edited_disagrees_with_itself() -> None:
    assert record_finding(ONE, "shop") == Finding("record", "ok", (ONE.digest,))
    assert "release of `shop`, not of `blog`" in said(record_finding(ONE, "blog"))
    edited = changed(ONE, services={"django": service(python=python(django="6.1.4"))})
    assert [line.split("`")[1] for line in record_finding(edited, "shop").details] == ["deps", "pair"]


BUILD, SMOKE = json.loads(ONE.content)["evidence"]
STRANGE = {"django": "sha256:" + "8" * 64}
CONTROL = {**BUILD, "suite": "control", "exit": 1, "failed": 1, "images": STRANGE}
FAILED = {
    **BUILD,
    "failed": 2,
    "known": ["t::a"],
    "checks": [{"name": "tests", "exit": 1, "milliseconds": 1}],
}
RESTACK: dict[str, Any] = {"version": "0.9.0", "digest": "sha256:" + "7" * 64, "stack_from": None, "bases": {}}


def of_evidence(*evidence: Any, restack_of: Any = None) -> str:
    return said(record_finding(changed(ONE, evidence=list(evidence), restack_of=restack_of), "shop"))


def test_evidence_is_that_each_suite_passed_on_the_images_of_the_record() -> None:
    assert of_evidence(SMOKE, BUILD).startswith("ok")
    assert of_evidence(BUILD, SMOKE, CONTROL).startswith("ok")
    for evidence, expected in (
        ((), "no results of the suite `build`; it has no results of the suite `smoke`"),
        ((BUILD, CONTROL), "it has no results of the suite `smoke`"),
        ((BUILD, BUILD, SMOKE), "it has 2 results of the suite `build`"),
        (({**BUILD, "exit": 1}, SMOKE), "the suite `build` ended with 1"),
        (({**BUILD, "passed": 0}, SMOKE), "nothing passed in the suite `build`"),
        (({**BUILD, "failed": 3}, SMOKE), "3 failed in the suite `build`"),
        ((BUILD, {**SMOKE, "failed": 1, "known": ["a"]}), "1 failed in the suite `smoke`"),
        ((BUILD, {**SMOKE, "images": {}}), "the suite `smoke` did not run for the image of django"),
        (({**BUILD, "images": STRANGE}, SMOKE), "ran for another image of django: sha256:888888888888"),
        (({**BUILD, "images": {**BUILD["images"], **{"x": "sha256:1"}}}, SMOKE), "for another image of x: sha256:1"),
        (({**BUILD, "checks": FAILED["checks"]}, SMOKE), "the check `tests` of the suite `build` failed"),
    ):
        assert of_evidence(*evidence).startswith("differs: ")
        assert expected in of_evidence(*evidence)


def test_only_what_fails_on_the_old_stack_too_may_fail_on_a_new_one() -> None:
    assert of_evidence(FAILED, SMOKE, CONTROL, restack_of=RESTACK).startswith("ok")
    for evidence, origin in (
        ((FAILED, SMOKE, CONTROL), None),
        ((FAILED, SMOKE), RESTACK),
        ((FAILED, SMOKE, {**CONTROL, "failed": 0}), RESTACK),
        (({**FAILED, "known": []}, SMOKE, CONTROL), RESTACK),
        (({**FAILED, "failed": 1, "known": ["t::a", "t::b"]}, SMOKE, CONTROL), RESTACK),
    ):
        assert "failed in the suite `build`" in of_evidence(*evidence, restack_of=origin)
    lint = [{"name": "lint", "exit": 1, "milliseconds": 1}]
    assert "`lint`" in of_evidence({**FAILED, "checks": lint}, SMOKE, CONTROL, restack_of=RESTACK)


def test_a_service_that_is_not_built_is_in_the_smoke_test_alone() -> None:
    made = release(django=service(), redis=service(source="redis:7", config="sha256:" + "e" * 64))
    assert record_finding(made, "shop").state == "ok"
    build, smoke = json.loads(made.content)["evidence"]
    both = changed(made, evidence=[{**build, "images": smoke["images"]}, smoke])
    assert "the suite `build` ran for another image of redis" in said(record_finding(both, "shop"))
    one = changed(made, evidence=[build, {**smoke, "images": build["images"]}])
    assert said(record_finding(one, "shop")) == "differs: the suite `smoke` did not run for the image of redis"


def test_a_record_forged_with_its_fingerprints_is_found_by_the_log() -> None:
    services = {"django": service(size=2)}
    forged = changed(
        ONE,
        services=services,
        fingerprint=fingerprints(ONE.fingerprint.app, services, ONE.npm),
    )
    assert record_finding(forged, "shop").state == "ok"
    event = {"when": "2026-01-02", "what": "published", "target": "local", "record": ONE.digest}
    assert log_finding([event, {**event, "record": ""}], ONE).state == "ok"
    assert said(log_finding([event], forged)) == (
        f"differs: published on local at 2026-01-02 was the record {ONE.digest[:19]}"
    )
    assert log_finding([{**event, "record": ""}], forged).state == "not there"


IMAGE, RECORD = "sha256:" + "1" * 64, "sha256:" + "2" * 64
INDEX = IndexSeen(
    "r/shop:1.0.0",
    "sha256:" + "3" * 64,
    ONE,
    RECORD,
    (ImageSeen(IMAGE, CONFIG),),
    (("", TagRead("record-1.0.0", RECORD)), ("django", TagRead("django-1.0.0", IMAGE))),
)


def differing(seen: IndexSeen | None, found: Release = ONE, **options: str) -> list[tuple[str, str]]:
    findings = registry_findings("r/shop", VERSION, seen, found, **options)
    return [(one.place, detail) for one in findings if one.state == "differs" for detail in one.details]


def test_a_registry_that_holds_what_the_record_says() -> None:
    findings = registry_findings("r/shop", VERSION, INDEX, ONE)
    assert [one.place for one in findings] == ["index r/shop:1.0.0", "record image", "image django"]
    assert {one.state for one in findings} == {"ok"}
    without_tags = replace(INDEX, tags=(("django", TagRead("django-1.0.0", None)),))
    assert differing(without_tags) == []


def test_an_index_that_is_not_there() -> None:
    assert [one.state for one in registry_findings("r/shop", VERSION, None, ONE)] == ["not there"]
    assert differing(None, published="2026-01-02") == [
        ("index r/shop:1.0.0", "it is gone: it was published at 2026-01-02")
    ]


def test_an_index_that_was_moved_to_another_release() -> None:
    seen = replace(INDEX, record=OTHER, images=(ImageSeen(IMAGE, "sha256:" + "7" * 64),))
    found = dict(differing(seen))
    assert found["record image"] == f"it has the record {OTHER.digest[:19]}, not {ONE.digest[:19]}"
    assert "does not list it" in found["image django"]
    assert [detail for place, detail in differing(seen) if place.startswith("index")] == [
        "it has 1.1.0: the tag was moved",
        f"it lists {IMAGE[:19]}, an image that the record does not name",
    ]


def test_a_tag_that_is_an_image_and_no_index() -> None:
    found = dict(differing(IndexSeen("r/shop:1.0.0", IMAGE, "it is not in an index", "", (), INDEX.tags)))
    assert found["index r/shop:1.0.0"] == "it is not the index of a release: the tag was moved"
    assert found["record image"] == "it is not in an index"


def test_images_that_are_lost_or_moved() -> None:
    [(place, lost)] = differing(replace(INDEX, images=(ImageSeen(IMAGE, None),)))
    assert (place, lost.partition(":")[0]) == ("image django", "the registry lost sha256")
    assert differing(replace(INDEX, record="the registry lost it")) == [("record image", "the registry lost it")]
    moved = replace(INDEX, tags=(("django", TagRead("django-1.0.0", RECORD)),))
    assert differing(moved) == [
        ("image django", f"the tag django-1.0.0 names another one, {RECORD[:19]}: one of the two was moved")
    ]


def bundle_of(found: Release) -> Bundle:
    return pack([File("release.json", found.content)], found.version)


MADE = bundle_of(ONE)
HELD = BundleSeen(MADE.label, described(ONE), MADE.content, ONE.content, True)


def of_bundle(seen: BundleSeen, made: Bundle | str = MADE) -> str:
    [found] = bundle_findings("production", (seen,), made, ONE)
    assert found.place == f"bundle {seen.label}"
    return said(found)


def test_a_bundle_that_is_the_release() -> None:
    assert of_bundle(HELD) == "ok: runs; rebuilding it gives the same bytes"
    assert of_bundle(replace(HELD, runs=False), "no registry") == "ok: does not run; could not be rebuilt: no registry"
    [absent] = bundle_findings("production", (), MADE, ONE)
    assert (absent.place, absent.state) == ("bundle of production", "not there")


def test_a_bundle_that_is_not() -> None:
    replaced = bundle_of(OTHER).content
    assert of_bundle(replace(HELD, content=None)) == "differs: its file is no longer in the bucket"
    assert "the file was replaced" in of_bundle(replace(HELD, content=replaced))
    assert f"it has the record {OTHER.digest[:19]}" in of_bundle(replace(HELD, record=OTHER.content))
    assert "it has no release record" in of_bundle(replace(HELD, record=None))
    assert "its description is `sample`" in of_bundle(replace(HELD, description="sample"))
    other = pack([File("release.json", ONE.content), File("more", b"")], VERSION)
    assert of_bundle(HELD, other).startswith(f"differs: rebuilding it gives {other.label}")


def test_eight_equal_digits_do_not_hide_other_bytes() -> None:
    prefix = digest_of(MADE.content).removeprefix("sha256:")[:8]
    made = Bundle(b"other bytes", f"1.0.0-{prefix}")
    assert of_bundle(HELD, made) == f"differs: its bytes are {MADE.digest}, and rebuilding it gives {made.digest}"
