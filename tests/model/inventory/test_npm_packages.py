import json
import posixpath
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.inventory.file_tree import Tree
from dockdj.model.inventory.npm_packages import node_modules, own_name, parse_lock

LOCK = {
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "app", "version": "1.0.0"},
        "packages/own": {"name": "own", "version": "0.1.0"},
        "packages/own/node_modules/a": {"version": "2.0.0"},
        "node_modules/own": {"resolved": "packages/own", "link": True},
        "packages/bare": {},
        "node_modules/bare": {"resolved": "packages/bare", "link": True},
        "node_modules/elsewhere": {"resolved": "../lib", "link": True},
        "../lib": {"name": "@other/name", "version": "4.0.0"},
        "node_modules/lost": {"resolved": "../lost", "link": True},
        "node_modules/alias": {"name": "a", "version": "2.0.0"},
        "node_modules/@x/alias": {"name": "@esbuild/linux-x64", "version": "0.27.0"},
        "node_modules/esbuild": {"version": "0.28.0", "dev": True},
        "node_modules/@esbuild/linux-x64": {"version": "0.28.0"},
        "node_modules/a": {"version": "1.0.0"},
        "node_modules/b": {"version": "1.0.0"},
        "node_modules/b/node_modules/a": {"version": "2.0.0"},
    },
}


def test_packages_are_named_and_nested_packages_keep_their_path() -> None:
    folder = "/var/app/node_modules"
    paths = ("esbuild", "@esbuild/linux-x64", "a", "b", "b/node_modules/a", "alias", "@x/alias")
    places = ("packages/own", "packages/own/node_modules/a", "packages/bare", "../lib")
    found = Tree(
        {
            **{f"{folder}/{path}/package.json": "" for path in paths},
            **{posixpath.normpath(f"/var/app/{place}/package.json"): "" for place in places},
        },
        {f"{folder}/.package-lock.json": json.dumps(LOCK).encode()},
    )
    assert node_modules(found) == {
        folder: {
            "@esbuild/linux-x64": "0.28.0",
            "a": "1.0.0",
            "b": "1.0.0",
            "b/node_modules/a": "2.0.0",
            "esbuild": "0.28.0",
            # As `npm ls` writes them. Workspaces and links have the version of the folder that they lead to.
            "alias": "npm:a@2.0.0",
            "@x/alias": "npm:@esbuild/linux-x64@0.27.0",
            "own": "0.1.0",
            "bare": "",
            "packages/own/node_modules/a": "2.0.0",
            "elsewhere": "npm:@other/name@4.0.0",
        }
    }


def test_registrys_name_of_a_package_is_told_from_its_path_and_version() -> None:
    assert own_name("b/node_modules/@s/a", "1.0.0") == ("@s/a", "1.0.0")
    assert own_name("packages/own/node_modules/alias", "npm:@s/a@1.0.0-rc.1") == ("@s/a", "1.0.0-rc.1")
    assert own_name("own", "") == ("own", "")


def test_deleted_package_is_not_listed() -> None:
    folder = "/node_modules"
    found = Tree({f"{folder}/a/package.json": ""}, {f"{folder}/.package-lock.json": json.dumps(LOCK).encode()})
    assert node_modules(found) == {folder: {"a": "1.0.0"}}


JSON = st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner))


@given(JSON, st.text())
def test_any_lock_is_read_without_an_exception(document: Any, text: str) -> None:
    parse_lock(text)
    parse_lock(json.dumps({"packages": document}))
    parse_lock(json.dumps({"packages": {"node_modules/a": document}}))
