"""The migrations of a record: Django's word from the image, or else what the sources tell."""

import json
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dockdj.adapters.git.repository import find
from dockdj.adapters.migrations import question
from dockdj.adapters.shell import Bounds, Result
from dockdj.errors import ProjectError, TimedOut
from dockdj.events import Event, Warned, silent
from dockdj.lifecycle.diff.diff import compare
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.release import migrations
from dockdj.lifecycle.release.image_fields import ImageFields
from dockdj.lifecycle.release.migrations import NoAnswer
from dockdj.lifecycle.release.record import Candidate
from dockdj.lifecycle.release.record import record as write_record
from dockdj.lifecycle.smoke.stack import SmokeRelease
from dockdj.model.beanstalk.containers import Containers
from dockdj.model.diff.changes import diff
from dockdj.model.diff.downgrades import schema_warning
from dockdj.model.project.project import Project
from dockdj.model.release.loader_answer import LoaderAnswer
from dockdj.model.release.record import Release
from dockdj.model.release.schema import read
from dockdj.model.version import parse
from tests.support import project as projects
from tests.support.graphs import answer, document, migration, operation
from tests.support.project import git, write
from tests.support.schema import faults

FOLDER = "app/apps/shop/migrations"
CLASS = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
FIRST = f"{CLASS}    initial = True\n    operations = []\n"
# Kiwi #1774: nobody knew that it cannot be undone until it was tried.
APPENDED = f"""{CLASS}    dependencies = [("shop", "0001_initial")]
    operations = []
    operations.append(migrations.RunSQL("ALTER TABLE shop_tag ALTER COLUMN id TYPE bigint"))
"""
FINAL = migration(operation("irreversible"), after="shop.0001_initial")
DROP = migration(operation("lossy", "shop_item.code"), after="shop.0002_price")
ASSEMBLED = "dockdj.lifecycle.smoke.stack.assembled"
NO_DJANGO = NoAnswer("ModuleNotFoundError: No module named 'django'", asked=True)


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """A project with a first migration and a helper module next to it."""
    project = projects.make(tmp_path)
    for name, text in {
        "__init__": "",
        "_helpers": "def fill(apps, schema_editor):\n    pass\n",
        "0001_initial": FIRST,
    }.items():
        write(tmp_path, f"{FOLDER}/{name}.py", text)
    projects.commit(tmp_path, "Begin")
    return project


def release(project: Project, version: str, loaded: LoaderAnswer | NoAnswer, report: Any = silent) -> Release:
    """Record and tag the last commit, with this word of Django's."""
    compose = "sha256:" + "0" * 64
    fields = ImageFields({}, {}, compose, Containers({"services": {}}), evidence=(), migrations=loaded)
    candidate = Candidate(parse(version), git(project.root, "rev-parse", "HEAD"))
    made = write_record(project, find(project.root), candidate, fields, report)
    git(project.root, "tag", "-a", f"v{version}", "--cleanup=verbatim", "-m", release_tags.message(made))
    return made


def change(project: Project, name: str, text: str) -> None:
    write(project.root, f"{FOLDER}/{name}.py", text)
    projects.commit(project.root, name)


def test_djangos_word_is_recorded_with_the_files_of_the_commit(shop: Project) -> None:
    first = release(shop, "1.0.0", answer(m0001_initial=migration()))
    assert (first.app.migrations, first.app.irreversible) == ({"shop": "0001_initial"}, ("auth.0002_gone",))
    change(shop, "0002_price", APPENDED)
    second = release(shop, "1.1.0", answer(m0001_initial=migration(), m0002_price=FINAL))
    assert (second.app.migrations, second.app.irreversible) == ({"shop": "0002_price"}, ("shop.0002_price",))
    assert second.app.django
    assert {name: each.path for name, each in second.app.django.migrations.items()} == {
        "auth.0001_initial": "",
        "auth.0002_gone": "",
        "shop.0001_initial": f"{FOLDER}/0001_initial.py",
        "shop.0002_price": f"{FOLDER}/0002_price.py",
    }
    assert read(second.content) == second
    assert not [fault for fault in faults(second.content) if "django" in fault]


def test_records_of_the_same_answer_hold_the_same_migrations(shop: Project) -> None:
    one, two = (release(shop, version, answer(m0001_initial=FINAL)).app for version in ("1.0.0", "1.0.1"))
    assert (one.django, one.migrations) == (two.django, two.migrations)
    assert (one.irreversible, two.irreversible) == (("auth.0002_gone", "shop.0001_initial"), ())


def test_after_an_older_record_installed_packages_are_not_new(shop: Project) -> None:
    release(shop, "1.0.0", NO_DJANGO)
    change(shop, "0002_price", APPENDED)
    second = release(shop, "1.1.0", answer(m0001_initial=migration(operation("irreversible")), m0002_price=FINAL))
    assert second.app.irreversible == ("shop.0002_price",)
    change(shop, "0001_initial", FIRST + "# edited\n")
    third = release(shop, "1.2.0", answer(m0001_initial=migration(operation("irreversible")), m0002_price=FINAL))
    assert third.app.irreversible == ("shop.0001_initial",)


def test_without_djangos_word_the_sources_tell_and_a_warning_gives_the_reason(shop: Project) -> None:
    """django/django #10379: the loader skips modules that begin with `_` or `~`."""
    events: list[Event] = []
    before = release(shop, "1.0.0", NO_DJANGO, events.append)
    change(shop, "0002_price", APPENDED)
    after = release(shop, "1.1.0", NO_DJANGO, events.append)
    assert (after.app.migrations, after.app.irreversible, after.app.django) == ({"shop": "0002_price"}, (), None)
    assert "No module named 'django'" in next(event.message for event in events if isinstance(event, Warned))
    assert schema_warning(diff(after, before)) == (
        "it keeps migrations that 1.0.0 does not know: shop 0002_price (it has 0001_initial)"
    )
    (changed,) = compare(shop, before.version, after.version).migrations
    assert (changed.name, changed.reversible, changed.verdict) == ("0002_price", None, "unknown")


@pytest.mark.parametrize(("asked", "warned"), [(True, True), (False, False)])
def test_a_project_without_a_sign_of_django_gets_no_warning(tmp_path: Path, asked: bool, warned: bool) -> None:
    events: list[Event] = []
    made = release(projects.make(tmp_path), "1.0.0", NoAnswer("there is no app/manage.py", asked), events.append)
    assert (made.app.migrations, made.app.django) == ({}, None)
    assert any(isinstance(event, Warned) for event in events) is warned


def test_a_project_without_manage_py_is_not_asked(shop: Project) -> None:
    """No container starts: this test has no engine."""
    reasons = [migrations.read(shop, shop.root, tags, silent) for tags in ({"django": "none"}, {"web": "none"})]
    assert reasons == [
        NoAnswer("there is no app/manage.py", asked=False),
        NoAnswer("no service is called django", asked=False),
    ]


@dataclass(frozen=True)
class Image:
    """A stack whose service ends with this status and writes this."""

    status: int = 0
    output: bytes = b""
    errors: str = ""

    def run_bounded(self, service: str, output: Path, bounds: Bounds) -> Result:
        output.write_bytes(self.output)
        return Result((), self.status, "", self.errors)


class Endless(Image):
    def run_bounded(self, service: str, output: Path, bounds: Bounds) -> Result:
        raise TimedOut(f"it ran for {bounds.seconds:.0f} s")


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (
            Image(1, errors="Traceback\n  File x\nModuleNotFoundError: No module named 'django'\n\n"),
            "ModuleNotFoundError",
        ),
        (Image(1, errors="\x1b[31mNo\x1b[0m database " + "x" * 999), "[31mNo[0m database x"),
        (Image(137), "it ended with status 137"),
        (Image(0, b"usage: manage.py\n"), "printed no list of migrations"),
        (Image(0, b"dockdj-migrations:{}\n"), "no usable list of its migrations"),
        (Image(0, b"dockdj-migrations:\xff\n"), "no usable list of its migrations"),
        (Endless(), "it ran for 120 s"),
    ],
)
def test_a_broken_image_gives_a_reason_and_stops_no_release(
    shop: Project, monkeypatch: pytest.MonkeyPatch, image: Image, reason: str
) -> None:
    monkeypatch.setattr(ASSEMBLED, lambda project, release: nullcontext((image, Path())))
    write(shop.root, "app/manage.py", "")
    answered = migrations.read(shop, shop.root, {"django": "shop/django:1"}, silent)
    assert isinstance(answered, NoAnswer)
    assert answered.asked
    assert reason in answered.reason
    assert len(answered.reason) <= 300


def test_the_image_of_the_application_is_asked_without_its_backing_services(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[SmokeRelease] = []
    image = Image(0, f"dockdj-migrations:{json.dumps(document())}\n".encode())

    def assembled(project: Project, release: SmokeRelease) -> Any:
        asked.append(release)
        return nullcontext((image, Path()))

    monkeypatch.setattr(ASSEMBLED, assembled)
    write(shop.root, "app/manage.py", "")
    answered = migrations.read(shop, shop.root, {"django": "shop/django:1", "nginx": "shop/nginx:1"}, silent)
    assert isinstance(answered, LoaderAnswer)
    (release,) = asked
    assert (list(release.document["services"]), release.tags, release.backing) == (
        ["django"],
        {"django": "shop/django:1"},
        {},
    )
    assert release.document["services"]["django"]["network_mode"] == "none"


def test_releases_with_djangos_word_are_compared_by_it(shop: Project) -> None:
    before = release(shop, "1.0.0", answer(m0001_initial=migration()))
    change(shop, "0002_price", APPENDED)
    # Files that the loader does not know are no migrations.
    write(shop.root, "tools/migrations/0001_run.py", FIRST)
    change(shop, "0003_drop", FIRST)
    after = release(shop, "1.1.0", answer(m0001_initial=migration(), m0002_price=FINAL, m0003_drop=DROP))
    changes = compare(shop, before.version, after.version).migrations
    assert [(each.name, each.change, each.verdict, each.reversible, each.drops) for each in changes] == [
        ("0002_price", "add", "irreversible", False, ()),
        ("0003_drop", "add", "lossy", True, ("shop_item.code",)),
    ]
    assert [(leaf.app, leaf.change) for leaf in diff(before, after).leaves] == [("shop", "up")]
    assert schema_warning(diff(before, after)) == ""
    assert schema_warning(diff(after, before)) == (
        "it keeps migrations that 1.0.0 does not know: shop 0003_drop (it has 0001_initial); "
        "cannot be undone: shop.0002_price; dropped for good: shop_item.code"
    )


def test_an_upgraded_package_is_part_of_the_comparison(shop: Project) -> None:
    before, loaded = release(shop, "1.0.0", answer(m0001_initial=migration())), answer(m0001_initial=migration())
    loaded.graph.migrations["auth.0003_more"] = migration(operation("unknown"), after="auth.0002_gone")  # type: ignore[index]
    loaded.graph.leaves["auth"] = ("0003_more",)  # type: ignore[index]
    loaded.modules["auth.0003_more"] = loaded.modules["auth.0002_gone"]  # type: ignore[index]
    after = release(shop, "1.1.0", loaded)
    assert after.app.migrations == {"shop": "0001_initial"}
    assert schema_warning(diff(after, before)) == (
        "it keeps migrations that 1.0.0 does not know: auth 0003_more (it has 0002_gone); "
        "unknown whether they can be undone: auth.0003_more"
    )


def test_a_merge_of_the_same_number_is_named_in_a_rollback(shop: Project) -> None:
    """By their numbers, 0002_b and 0002_merge have no order."""
    before = release(shop, "1.0.0", answer(m0001_initial=migration(), m0002_b=migration()))
    after = release(shop, "1.1.0", answer(m0001_initial=migration(), m0002_b=migration(), m0002_merge=migration()))
    assert "shop 0002_merge (it has 0002_b)" in schema_warning(diff(after, before))


def test_a_squash_changes_no_database(shop: Project) -> None:
    names = ("shop.0001_initial", "shop.0002_price")
    before = release(shop, "1.0.0", answer(m0001_initial=migration(), m0002_price=FINAL))
    after = release(shop, "1.1.0", answer(m0002_squashed=migration(operation("irreversible"), replaces=names)))
    assert (after.app.migrations, after.app.irreversible) == ({"shop": "0002_squashed"}, ())
    assert compare(shop, before.version, after.version).migrations == ()
    assert (schema_warning(diff(after, before)), schema_warning(diff(before, after))) == ("", "")


def test_with_one_older_record_the_other_tells_what_it_knows(shop: Project) -> None:
    before = release(shop, "1.0.0", NO_DJANGO)
    change(shop, "0002_price", APPENDED)
    after = release(shop, "1.1.0", answer(m0001_initial=migration(), m0002_price=FINAL))
    for one, two in ((before, after), (after, before)):
        (changed,) = compare(shop, one.version, two.version).migrations
        assert (changed.app, changed.name, changed.verdict) == ("shop", "0002_price", "irreversible")
    assert diff(after, before).staying is None


def test_the_answer_is_the_last_line_with_its_mark() -> None:
    output = b"2 objects imported automatically\ndockdj-migrations:old\nnoise\ndockdj-migrations:{}\nbye\n"
    assert question.answer(output) == b"{}"
    with pytest.raises(ProjectError, match="printed no list"):
        question.answer(b"usage: manage.py\n")
