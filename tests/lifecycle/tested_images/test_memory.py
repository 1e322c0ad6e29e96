from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from dockdj.events import Event, Warned
from dockdj.lifecycle.tested_images import memory
from dockdj.model.project.project import Project
from tests.support.project import write
from tests.support.qa import PROOF, images

KIND_ALONE = '{"images": [{"repository": "r", "index": "i", "manifests": {}, "record": {"schema": 1, "kind": "qa"}}]}'


def test_a_machine_remembers_the_newest_images_of_a_tree(tiny: Project) -> None:
    named = {"name": tiny.name}
    for number in range(memory.KEPT + 3):
        memory.remember(tiny, images(index=f"sha256:{number}", **named))
    newest = memory.find(tiny, "t" * 40, "linux/amd64")
    assert newest and newest.index == f"sha256:{memory.KEPT + 2}"
    assert len(memory.known(tiny)) == memory.KEPT
    assert memory.find(tiny, "u" * 40, "linux/amd64") is None
    assert memory.find(tiny, "t" * 40, "linux/arm64") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "other"},
        {"environment": "dev"},
        {"app": {"commit": "c" * 40, "tree": "t" * 40, "modified": ["a.py"]}},
        {"evidence": [{**PROOF, "passed": 0}]},
        {"evidence": [{**PROOF, "failed": 1}]},
        {"evidence": [{**PROOF, "exit": 1}]},
        {"evidence": [{**PROOF, "images": {"django": "sha256:another"}}]},
    ],
)
def test_find_skips_images_that_no_release_may_take(tiny: Project, changes: dict[str, Any]) -> None:
    named: dict[str, Any] = {"name": tiny.name, "evidence": [PROOF]}
    memory.remember(tiny, images(**{**named, **changes}))
    assert memory.find(tiny, "t" * 40, "linux/amd64") is None
    memory.remember(tiny, images(**named))
    assert memory.find(tiny, "t" * 40, "linux/amd64")


@pytest.mark.parametrize(
    "text", ["", "[]", '{"images": [{}, 1]}', '{"images": [{"record": {"schema": 1}}]}', KIND_ALONE]
)
def test_a_damaged_memory_is_empty(tiny: Project, text: str) -> None:
    write(tiny.root, memory.MEMORY_FILE, text)
    assert memory.known(tiny) == ()


def test_an_entry_without_an_image_is_skipped(tiny: Project) -> None:
    memory.remember(tiny, replace(images(name=tiny.name), manifests={}))
    assert memory.known(tiny) == ()


def test_concurrent_publications_are_all_remembered(tiny: Project) -> None:
    many = [images(index=f"sha256:{number}") for number in range(10)]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda each: memory.remember(tiny, each), many))
    assert {each.index for each in memory.known(tiny)} == {each.index for each in many}


def test_a_memory_that_cannot_be_written_is_only_a_warning(tiny: Project) -> None:
    write(tiny.root, ".dockdj", "a file where the folder would be")
    events: list[Event] = []
    memory.remember(tiny, images(), events.append)
    assert [type(event) for event in events] == [Warned]
    assert memory.known(tiny) == ()
