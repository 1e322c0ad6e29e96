from typing import Any

import pytest

from dockdj.errors import ProjectError, UsageError
from dockdj.model.build.tested_images import check_tag
from dockdj.model.build.tested_record import read
from dockdj.model.canonical import canonical
from dockdj.model.release.validation import NewerSchema
from tests.support.qa import PROOF, document, images
from tests.support.records import release


@pytest.mark.parametrize("tag", ["prod", "qa", "v2", "1.2", "feature_login", "review-17"])
def test_a_name_may_be_a_moving_tag(tag: str) -> None:
    check_tag(tag, ("django", "nginx"))


@pytest.mark.parametrize(
    "tag",
    [
        *("1.2.3", "v1.2.3", "1.2.3_stack.1", "1.2.3+stack.1", "django-1.2.3", "other-1.2.3_stack.2"),
        *("record-1.2.3", "record-prod", "django-prod", "", "-x", "a/b", "a" * 129, "a" * 122),
    ],
)
def test_a_tag_that_a_release_may_have_is_refused(tag: str) -> None:
    with pytest.raises(UsageError):
        check_tag(tag, ("django", "nginx"))


def test_a_record_is_read_back() -> None:
    made = images().record
    assert read(made.content) == made


SERVICE = document()["services"]["django"]


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in ("app", "npm", "services", "evidence")),
        {"app": {"commit": "c", "tree": "t"}},
        {"services": {"django": {**SERVICE, "diff_ids": None}}},
        {"services": ["django"]},
        {"evidence": []},
        {"evidence": [{**PROOF, "passed": "3"}]},
        {"evidence": [{**PROOF, "images": None}]},
    ],
)
def test_record_without_a_field_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ProjectError, match="lacks fields"):
        read(canonical(document(**changes)))


def test_other_records_are_refused() -> None:
    with pytest.raises(ProjectError, match="not a record of tested images"):
        read(release("1.0.0").content)
    with pytest.raises(ProjectError, match="not a release record"):
        read(b"[]")
    with pytest.raises(NewerSchema):
        read(canonical(document(schema=2)))
