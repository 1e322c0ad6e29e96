"""Records that earlier code wrote: each keeps its bytes.

Every file but one was written by the code of the first release of dockdj, before its records were typed; `built` by a
release on a real engine. `more-fields` has fields that this dockdj does not know, `newer` another schema.
"""

from pathlib import Path

import pytest

from dockdj.lifecycle.history import tags as release_tags
from dockdj.model.release.record import NewerSchema, read

FOLDER = Path(__file__).with_name("golden")
RELEASES = ("minimal", "full", "restack", "restack-bases", "older", "more-fields", "built")


@pytest.mark.parametrize("name", RELEASES)
def test_a_stored_record_keeps_its_bytes(name: str) -> None:
    content = (FOLDER / f"{name}.json").read_bytes()
    assert release_tags.checked(content).content == read(content).content == content


def test_a_record_of_a_newer_schema_is_refused() -> None:
    with pytest.raises(NewerSchema, match="schema 2"):
        read((FOLDER / "newer.json").read_bytes())
