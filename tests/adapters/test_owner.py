from dataclasses import replace

import pytest

from dockdj.adapters.owner import FIRST_NAMESPACE, Life, Owner, Place, life, parse

HERE = Place("machine", "boot", FIRST_NAMESPACE)
CONTAINER = replace(HERE, namespace="4026532179")
OWNER = Owner("host", 42, HERE, "1000")
IN_CONTAINER = replace(OWNER, place=CONTAINER)
OLD = Owner("host", 42)


def rebooted(owner: Owner, **details: str) -> Owner:
    assert owner.place
    return replace(owner, place=replace(owner.place, boot="the boot before", **details))


# Owner, place of the observer, start of the process that has the owner's id there -> what is known.
CASES = {
    "the process itself": (OWNER, HERE, "1000", Life.ALIVE),
    "its start is hidden": (OWNER, HERE, "", Life.ALIVE),
    "its start was not noted": (replace(OWNER, start=""), HERE, "1000", Life.ALIVE),
    "no such process": (OWNER, HERE, None, Life.DEAD),
    "a later process has its id": (OWNER, HERE, "1001", Life.DEAD),
    "a later process, more digits": (OWNER, HERE, "10000", Life.DEAD),
    "an earlier process has its id": (OWNER, HERE, "999", Life.UNKNOWN),
    "in the same container": (IN_CONTAINER, CONTAINER, "1000", Life.ALIVE),
    "ended in the same container": (IN_CONTAINER, CONTAINER, None, Life.DEAD),
    "in a container, seen from outside": (IN_CONTAINER, HERE, None, Life.UNKNOWN),
    "in a container, another has its id": (IN_CONTAINER, HERE, "1001", Life.UNKNOWN),
    "outside, seen from a container": (OWNER, CONTAINER, None, Life.UNKNOWN),
    "another host's name, same boot": (replace(OWNER, host="renamed"), HERE, None, Life.DEAD),
    "before the last boot": (rebooted(OWNER), HERE, "1000", Life.DEAD),
    "before the last boot, no such process": (rebooted(OWNER), HERE, None, Life.DEAD),
    "another machine of the same name": (rebooted(OWNER, machine="other"), HERE, None, Life.UNKNOWN),
    "another host's name, other boot": (replace(rebooted(OWNER), host="other"), HERE, None, Life.UNKNOWN),
    "a machine without id": (rebooted(OWNER, machine=""), replace(HERE, machine=""), None, Life.UNKNOWN),
    "a container before the last boot": (rebooted(IN_CONTAINER), HERE, None, Life.UNKNOWN),
    "two containers of one image": (rebooted(IN_CONTAINER), CONTAINER, None, Life.UNKNOWN),
    "a system without /proc": (replace(OWNER, place=Place(), start=""), Place(), None, Life.UNKNOWN),
    "seen from a system without /proc": (OWNER, Place(), None, Life.UNKNOWN),
    "no boot id": (replace(OWNER, place=replace(HERE, boot="")), replace(HERE, boot=""), None, Life.UNKNOWN),
    "no namespace": (
        replace(OWNER, place=replace(HERE, namespace="")),
        replace(HERE, namespace=""),
        None,
        Life.UNKNOWN,
    ),
    "an old label, no such process": (OLD, HERE, None, Life.DEAD),
    "an old label, a process has its id": (OLD, HERE, "1000", Life.UNKNOWN),
    "another host's old label": (replace(OLD, host="other"), HERE, None, Life.UNKNOWN),
}


@pytest.mark.parametrize("case", CASES)
def test_only_a_process_that_cannot_live_is_dead(case: str) -> None:
    owner, here, seen, expected = CASES[case]
    assert life(owner, "host", here, seen) is expected


@pytest.mark.parametrize("owner", [OWNER, IN_CONTAINER, OLD, replace(OWNER, place=Place(), start="")])
def test_label_is_read_as_it_was_written(owner: Owner) -> None:
    assert parse(str(owner)) == owner


@pytest.mark.parametrize(
    "label",
    [
        "",
        ":",
        "host",
        "host:",
        ":1",
        "host:x",
        "host:-1",
        "host:²",
        "host:1:2",
        "h:m:b:n:x:1",
        "h:m:b:n:1:" + "9" * 5000,
    ],
)
def test_label_without_a_process_names_no_owner(label: str) -> None:
    assert parse(label) is None
