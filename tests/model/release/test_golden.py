"""Records that earlier code wrote keep their bytes.

The code before the record was typed wrote all files, `built` in a release on a real engine. `older` has no optional
field, `more-fields` has fields that the schema does not name, `newer` has another schema.
"""

import json
from pathlib import Path

import pytest

from dockdj.model.build import tested_record
from dockdj.model.canonical import canonical
from dockdj.model.release.schema import read, write
from dockdj.model.release.validation import NewerSchema
from dockdj.model.verify.record import record_finding

FOLDER = Path(__file__).with_name("golden")
KNOWN_FIELDS = ("minimal", "full", "restack", "restack-bases", "older", "built")


def golden(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


@pytest.mark.parametrize("name", KNOWN_FIELDS)
def test_values_that_are_written_again_give_the_same_bytes(name: str) -> None:
    release = read(golden(name))
    assert write(release).content == release.content == golden(name)


@pytest.mark.parametrize("name", [*KNOWN_FIELDS, "more-fields"])
def test_the_fingerprint_is_computed_as_it_was_written(name: str) -> None:
    release = read(golden(name))
    assert record_finding(release, release.name).details == (release.digest,)


def test_fields_that_the_schema_does_not_name_stay_in_the_bytes() -> None:
    assert read(golden("more-fields")).content == golden("more-fields")


def test_a_record_of_a_newer_schema_is_refused() -> None:
    with pytest.raises(NewerSchema, match="schema 2"):
        read(golden("newer"))


def test_a_record_of_tested_images_is_written_again_in_the_same_bytes() -> None:
    record = tested_record.read(golden("tested-images"))
    assert tested_record.write(record).content == record.content == golden("tested-images")


def test_the_files_are_canonical_and_no_two_are_alike() -> None:
    contents = [file.read_bytes() for file in FOLDER.iterdir()]
    assert [canonical(json.loads(content)) for content in contents] == contents
    assert len(set(contents)) == len(contents) == 9
