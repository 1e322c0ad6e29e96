import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.inventory.file_tree import Tree
from dockdj.model.inventory.inventory import OsPackage
from dockdj.model.inventory.python_packages import interpreters, parse_metadata
from dockdj.model.inventory.pythons import on_path, parse_settings

SYSTEM = {"/usr/bin/python3": "python3.13", "/usr/bin/python3.13": ""}
DPKG = {"python3.13-minimal": OsPackage("3.13.5-2", "python3.13")}


def tree(paths: dict[str, str], contents: dict[str, str]) -> Tree:
    site = "/site-packages"
    folders = [path.partition(f"{site}/")[0] + site for path in contents if f"{site}/" in path]
    read = {path: text.encode() for path, text in contents.items()}
    return Tree({**paths, **dict.fromkeys((*folders, *contents), "")}, read)


def dist(site: str, name: str, version: str, kind: str = "dist-info/METADATA") -> dict[str, str]:
    return {
        f"{site}/{name}-{version}.{kind}": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nVersion: no"
    }


def seen(found: Tree, packages: dict[str, OsPackage]) -> dict[str, tuple[str, dict[str, str]]]:
    return {
        prefix: (one.version, {name: dist.version for name, dist in one.packages.items()})
        for prefix, one in interpreters(found, packages).items()
    }


def test_each_interpreter_lists_its_distributions() -> None:
    found = tree(
        SYSTEM,
        {
            **dist("/usr/lib/python3/dist-packages", "PyYAML", "6.0", "egg-info/PKG-INFO"),
            **dist("/usr/lib/python3/dist-packages", "old", "1", "egg-info"),
            **dist("/usr/local/lib/python3.13/dist-packages", "PyYAML", "7.0"),
            "/opt/venv/pyvenv.cfg": "home = /usr/bin\nversion = 3.13.2\n",
            **dist("/opt/venv/lib/python3.13/site-packages", "zope.interface", "7"),
            **dist("/opt/venv/lib/python3.13/site-packages/setuptools/_vendor", "wheel", "0.45"),
        },
    )
    assert seen(found, DPKG) == {
        "/usr": ("3.13.5", {"old": "1", "pyyaml": "7.0"}),
        # pyvenv.cfg is of when the venv was made; the interpreter that runs is the one of today.
        "/opt/venv": ("3.13.5", {"zope-interface": "7"}),
    }


def test_debians_python_finds_dist_packages_also_in_a_venv() -> None:
    contents = {
        "/usr/local/pyvenv.cfg": "home = /usr/bin\n",
        **dist("/usr/local/lib/python3.13/site-packages", "pip", "25"),
        **dist("/usr/local/lib/python3.13/dist-packages", "attrs", "25"),
        **dist("/usr/lib/python3.13/site-packages", "stray", "1"),
    }
    assert seen(tree(SYSTEM, contents), DPKG) == {
        "/usr": ("3.13.5", {"attrs": "25"}),
        "/usr/local": ("3.13.5", {"attrs": "25", "pip": "25"}),
    }
    # Another system's Python knows only site-packages.
    assert seen(tree(SYSTEM, contents), {"python3": OsPackage("3.13.5-r1", "python3")}) == {
        "/usr": ("3.13.5", {"stray": "1"}),
        "/usr/local": ("3.13.5", {"pip": "25"}),
    }


def test_venv_with_system_packages_prefers_its_distributions() -> None:
    settings = "home = /usr/local/bin\ninclude-system-site-packages = true\nversion = 3.12.1\n"
    contents = {
        "/usr/local/include/python3.12/patchlevel.h": '#define PY_MAJOR_VERSION 3\n#define PY_VERSION      "3.12.9"\n',
        **dist("/usr/local/lib/python3.12/site-packages", "pip", "24"),
        **dist("/usr/local/lib/python3.12/site-packages", "attrs", "25"),
        "/app/env/pyvenv.cfg": settings,
        **dist("/app/env/lib/python3.12/site-packages", "pip", "25"),
    }
    paths = {"/usr/local/bin/python3": "python3.12", "/usr/local/bin/python3.12": ""}
    assert seen(tree(paths, contents), {}) == {
        "/usr/local": ("3.12.9", {"attrs": "25", "pip": "24"}),
        "/app/env": ("3.12.9", {"attrs": "25", "pip": "25"}),
    }
    contents["/app/env/pyvenv.cfg"] = settings.replace("true", "false")
    assert seen(tree(paths, contents), {})["/app/env"][1] == {"pip": "25"}


def test_venv_without_its_interpreter_has_the_version_of_its_settings() -> None:
    settings = {"/opt/venv/pyvenv.cfg": "home = /opt/python/bin\nversion_info = 3.11.4.final.0\n"}
    packages = dist("/opt/venv/lib/python3.11/site-packages", "django", "5")
    assert seen(tree({}, {**settings, **packages}), {}) == {"/opt/venv": ("3.11.4", {"django": "5"})}


def test_interpreter_in_any_folder_is_recognised_by_its_standard_library() -> None:
    prefix = "/root/.local/share/uv/python/cpython-3.14"
    found = tree({f"{prefix}/lib/python3.14/os.py": ""}, dist(f"{prefix}/lib/python3.14/site-packages", "uv", "1"))
    assert seen(found, {}) == {prefix: ("3.14", {"uv": "1"})}


@pytest.mark.parametrize(
    ("path", "version"),
    [
        (("/opt/venv/bin", "/usr/bin"), "3.12.1"),
        (("/usr/local/bin", "/usr/bin"), "3.13.5"),
        (("/usr/bin",), "3.13.5"),
        # A `python` further on comes before a `python3` further ahead.
        (("/usr/bin", "/opt/venv/bin"), "3.12.1"),
        (("/usr/sbin",), ""),
    ],
)
def test_on_path_returns_the_first_pythons_version(path: tuple[str, ...], version: str) -> None:
    found = tree(
        {**SYSTEM, "/usr/local/bin/python3": "/usr/bin/python3", "/opt/venv/bin/python": "/nowhere/python3.12"},
        {"/opt/venv/pyvenv.cfg": "home = /nowhere\nversion = 3.12.1\n"},
    )
    assert on_path(found, path, interpreters(found, DPKG)) == version


def test_loop_of_links_is_not_an_interpreter() -> None:
    found = tree({"/usr/bin/python3": "python", "/usr/bin/python": "python3"}, {})
    assert interpreters(found, {}) == {}
    assert on_path(found, ("/usr/bin",), {}) == ""


def test_metadata_ends_at_the_first_empty_line() -> None:
    assert parse_metadata("Name: Foo_Bar.baz\r\nVersion: 1\r\n\r\nName: text") == ("foo-bar-baz", "1")
    assert parse_metadata("Name: foo\n\nVersion: 1") is None
    assert parse_metadata("Description: a\n Name: no\nName: foo\nVersion: 2") == ("foo", "2")


@given(st.text())
def test_any_text_is_read_without_an_exception(text: str) -> None:
    found = parse_metadata(text)
    assert found is None or all(found)
    parse_settings(text)
    interpreters(tree(SYSTEM, {"/a/pyvenv.cfg": text, "/a/lib/python3.9/site-packages/x.egg-info": text}), {})


FREE = "/usr/local/lib/python3.13t"


def test_free_threaded_python_is_found_by_its_folders_under_every_name_of_its_program() -> None:
    # PEP 703: folders and program have a `t`. `make install` links python3 to python3.13, which is python3.13t as well.
    contents = {
        "/usr/local/include/python3.13t/patchlevel.h": '#define PY_VERSION "3.13.9"\n',
        **dist(f"{FREE}/site-packages", "pip", "25"),
    }
    programs: list[dict[str, str]] = [
        {"/usr/local/bin/python3": "python3.13", "/usr/local/bin/python3.13": ""},
        {"/usr/local/bin/python3": "python3.13t", "/usr/local/bin/python3.13t": ""},
        {f"{FREE}/os.py": ""},
    ]
    for paths in programs:
        assert seen(tree(paths, contents), {}) == {"/usr/local": ("3.13.9", {"pip": "25"})}
    assert on_path(tree(programs[0], contents), ["/usr/local/bin"], interpreters(tree(programs[0], contents), {}))


def test_pythons_that_share_a_prefix_are_all_listed_and_python3_has_the_prefix() -> None:
    contents = {
        "/usr/local/include/python3.13/patchlevel.h": '#define PY_VERSION "3.13.9"\n',
        "/usr/local/include/python3.13t/patchlevel.h": '#define PY_VERSION "3.13.8"\n',
        "/usr/local/include/python3.14/patchlevel.h": '#define PY_VERSION "3.14.1"\n',
        **dist("/usr/local/lib/python3.13/site-packages", "pip", "25"),
        **dist(f"{FREE}/site-packages", "pip", "24"),
        **dist("/usr/local/lib/python3.14/site-packages", "pip", "23"),
        "/opt/venv/pyvenv.cfg": "home = /usr/local/bin\nversion = 3.13.0\ninclude-system-site-packages = true\n",
        **dist("/opt/venv/lib/python3.13t/site-packages", "free", "1"),
    }
    program = {f"/usr/local/bin/python{release}": "" for release in ("3.13", "3.13t", "3.14")}
    both = tree({**program, "/usr/local/bin/python3": "python3.13"}, contents)
    assert seen(both, {}) == {
        "/usr/local": ("3.13.9", {"pip": "25"}),
        "/usr/local/lib/python3.13t": ("3.13.8", {"pip": "24"}),
        "/usr/local/lib/python3.14": ("3.14.1", {"pip": "23"}),
        "/opt/venv": ("3.13.8", {"free": "1", "pip": "24"}),
    }
    # Without a `python3`, the newest has the prefix.
    assert seen(tree(program, contents), {})["/usr/local"] == ("3.14.1", {"pip": "23"})


@pytest.mark.parametrize(
    ("settings", "folders", "package"),
    [
        ("version = 3.13.2", ("3.13t",), "3.13t"),
        ("version_info = 3.13.2.final.0", ("3.12", "3.13t"), "3.13t"),
        ("version = 3.13.2", ("3.13", "3.13t"), "3.13"),
        ("version = 3.13.2\nexecutable = /usr/local/bin/python3.13t", ("3.13", "3.13t"), "3.13t"),
        ("version = 3.14.0", ("3.12", "3.13t"), "3.13t"),
    ],
)
def test_venv_of_a_free_threaded_python_has_the_folders_of_its_release(
    settings: str, folders: tuple[str, ...], package: str
) -> None:
    contents = {"/opt/venv/pyvenv.cfg": f"home = /nowhere/bin\n{settings}\n"}
    for release in folders:
        contents |= dist(f"/opt/venv/lib/python{release}/site-packages", "package", release)
    assert interpreters(tree({}, contents), {})["/opt/venv"].packages["package"].version == package
