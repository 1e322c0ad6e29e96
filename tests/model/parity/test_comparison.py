"""Compare two environments: every fact counts, declared differences pass, and the comparison is symmetric."""

import tomllib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.inventory.inventory import Inventory
from dockdj.model.parity.comparison import Parity, compare, declaration
from dockdj.model.parity.facts import Environment, ImageContents, locked, processes
from dockdj.model.project import env_contract
from dockdj.model.project.compose_file import services
from dockdj.model.project.parity_rules import ParityRules
from dockdj.model.release.schema import image_of
from tests.support.records import service


def libc6(version: str) -> dict[str, str]:
    return {"version": version, "source": "glibc", "origin": "base"}


DJANGO = {
    "os": {
        "id": "debian",
        "version": "13",
        "packages": {"libc6": libc6("2.41")},
    },
    "python": {"/opt/venv": {"version": "3.13.5", "packages": {"django": {"version": "6.1.3", "origin": "ours"}}}},
    "npm": {"/var/app/node_modules": {"esbuild": "0.28.0"}},
    "runtime": {"libc": "glibc 2.41", "openssl": "3.5.1", "python": "3.13.5"},
    "files": {"/etc/app.conf": "sha256:a"},
    "unmanaged": {"/usr/local/bin/tool": "sha256:b"},
    "run": {"cmd": ["/start.sh", "web"], "entrypoint": [], "user": "10001", "ports": ["80/tcp"]},
}
NO_RUN: dict[str, Any] = {"cmd": [], "entrypoint": [], "user": "", "ports": []}
BUILT = {"image": "shop/django:{env}", "build": {"context": "../../..", "target": "{env}"}}


def contents_of(fields: dict[str, Any]) -> ImageContents:
    """The contents of an image, from fields as a release record has them."""
    image = image_of(
        service(base=None, **{"os": None, "python": {}, "runtime": {}, "files": {}, "run": NO_RUN, **fields})
    )
    system = image.os
    inventory = Inventory(
        os_id=system.id if system else "",
        os_version=system.version if system else "",
        os_packages=system.packages if system else None,
        python=image.python,
        npm=image.npm,
        runtime=image.runtime,
        files=image.files,
        unmanaged=image.unmanaged,
    )
    return ImageContents(inventory, vars(image.run) if "run" in fields else {})


def environment(
    name: str = "dev",
    compose: dict[str, Any] | None = None,
    image: dict[str, Any] | None = None,
    contract: str = "",
    procfile: str = "",
    lock: str = "",
) -> Environment:
    document = compose or {"django": BUILT}
    found = services({"services": document}, f"docker/django/{name}/docker-compose.yml")
    images = {one.name: contents_of(DJANGO if image is None else image) for one in found if one.build}
    return Environment(
        name,
        {one.name: one for one in found},
        document,
        images,
        processes(procfile),
        env_contract.parse(contract.encode(), "example"),
        locked(lock),
    )


def python(version: str, django: str) -> dict[str, Any]:
    return {
        "python": {"/opt/venv": {"version": version, "packages": {"django": {"version": django, "origin": "ours"}}}}
    }


def paths(result: Parity) -> list[str]:
    return [one.subject.path for one in result.undeclared]


def against(other: Environment, one: Environment | None = None, **allow: str) -> Parity:
    return compare(one or environment("dev"), other, ParityRules(allow))


def test_equal_content_is_equal_whatever_the_builds_targets() -> None:
    prod = environment(
        "prod", {"django": {"image": "shop/django:prod", "build": {"context": "../../..", "target": "x"}}}
    )
    result = against(prod)
    assert result.differences == ()
    assert dict(result.equal) == {
        "files": 1, "image": 1, "npm": 1, "os": 1, "python": 1, "run": 4, "runtime": 5, "unmanaged": 1
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"os": {**DJANGO["os"], "version": "12"}}, "django/runtime/os"),  # type: ignore[dict-item]
        ({"os": {"id": "debian", "version": "13", "packages": {"libc6": libc6("3")}}}, "django/os/libc6"),
        (python("3.14", "6.1.3"), "django/runtime/python"),
        (python("3.13.5", "5"), "django/python/django"),
        ({"npm": {"/var/app/node_modules": {"esbuild": "1"}}}, "django/npm/esbuild"),
        ({"runtime": {**DJANGO["runtime"], "openssl": "1.1"}}, "django/runtime/openssl"),  # type: ignore[dict-item]
        ({"files": {"/etc/app.conf": "sha256:c"}}, "django/files/etc/app.conf"),
        ({"files": {}}, "django/files/etc/app.conf"),
        ({"unmanaged": {"/usr/local/bin/tool": "sha256:c"}}, "django/unmanaged/usr/local/bin/tool"),
        ({"run": {**DJANGO["run"], "user": "0"}}, "django/run/user"),  # type: ignore[dict-item]
    ],
)  # fmt: skip
def test_each_kind_of_content_is_compared(changed: dict[str, Any], path: str) -> None:
    assert paths(against(environment("prod", image={**DJANGO, **changed}))) == [path]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"ports": ["80:80"]}, "django/compose/ports"),
        ({"volumes": ["a:/b"]}, "django/compose/volumes"),
        ({"user": "0"}, "django/compose/user"),
        ({"read_only": True}, "django/compose/read_only"),
        ({"cap_drop": ["ALL"]}, "django/compose/cap_drop"),
        ({"mem_limit": "1g"}, "django/compose/mem_limit"),
        ({"healthcheck": {"test": ["CMD", "true"]}}, "django/compose/healthcheck.test"),
        ({"command": "sleep 1"}, "django/compose/command"),
        ({"deploy": {"resources": {"limits": {"memory": "1g"}}}}, "django/compose/deploy.resources.limits.memory"),
        ({"something": "new"}, "django/compose/something"),
    ],
)
def test_each_setting_of_a_service_is_compared(body: dict[str, Any], path: str) -> None:
    assert paths(against(environment("prod", {"django": {**BUILT, **body}}))) == [path]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"environment": ["A=1", "B"]}, {"environment": {"B": None, "A": 1}}),
        ({"cap_drop": ["A", "B"]}, {"cap_drop": ["B", "A"]}),
        ({"command": ["sleep", "1"]}, {"command": "sleep 1"}),
        ({"tmpfs": "/tmp"}, {"tmpfs": ["/tmp"]}),
        ({"depends_on": ["db"]}, {"depends_on": {"db": {"condition": "service_started"}}}),
        ({"env_file": "../../../environments/dev/.env"}, {"env_file": "../../../environments/prod/.env"}),
    ],
)
def test_two_forms_of_a_setting_are_equal(one: dict[str, Any], two: dict[str, Any]) -> None:
    dev, prod = (environment(name, {"django": {**BUILT, **body}}) for name, body in (("dev", one), ("prod", two)))
    assert against(prod, dev).differences == ()


def test_order_matters_in_commands_and_another_environments_folder_is_a_difference() -> None:
    dev = environment("dev", {"django": {**BUILT, "command": ["a", "b"], "env_file": "environments/dev/.env"}})
    prod = environment("prod", {"django": {**BUILT, "command": ["b", "a"], "env_file": "environments/dev/.env"}})
    assert paths(against(prod, dev)) == ["django/compose/command", "django/compose/env_file"]


def test_a_service_of_a_single_environment_is_one_difference() -> None:
    prod = environment("prod", {"django": BUILT, "nginx": {**BUILT, "ports": ["80:80"]}})
    (one,) = against(prod).undeclared
    assert (one.subject.path, one.subject.kind, one.before) == ("nginx", "service", None)


def test_a_pulled_image_is_compared_by_name_alone() -> None:
    dev = environment("dev", {"db": {"image": "postgres:16"}, "django": {"image": "django:6"}})
    prod = environment("prod", {"db": {"image": "postgres:17"}, "django": BUILT})
    assert paths(against(prod, dev)) == ["db/image", "django/image"]


def test_procfiles_and_contracts_are_compared_by_name_and_kind() -> None:
    dev = environment(contract="# required. A.\nA=1\n# optional. B.\nB=2\n", procfile="web: a\n# x: y\nold: b\n")
    prod = environment("prod", contract="# required, secret. A.\nA=3\n# optional. B.\nB=4\n", procfile="web: c\n")
    assert paths(against(prod, dev)) == [".env.example/A", "Procfile/old", "Procfile/web"]


def test_a_secret_of_a_compose_file_is_never_shown() -> None:
    contract = "# required, secret. K.\nKEY=x\n"
    prod = environment("prod", {"django": {**BUILT, "environment": {"KEY": "hunter2"}}}, contract=contract)
    (one,) = against(prod, environment(contract=contract)).undeclared
    assert (one.subject.name, one.after) == ("environment.KEY", "set")


def test_a_lock_declares_its_own_packages_but_no_other_version() -> None:
    venv = DJANGO["python"]["/opt/venv"]  # type: ignore[index]
    more = {
        **venv["packages"],
        "django": {"version": "6.2", "origin": "ours"},
        "pytest-django": {"version": "4", "origin": "ours"},
        "six": {"version": "1", "origin": "ours"},
    }
    dev = environment(
        image={**DJANGO, "python": {"/opt/venv": {**venv, "packages": more}}},
        lock="django==6.2 \\\n    --hash=sha256:a\nPytest_Django==4 ; python_version > '3' \\\n",
    )
    for result in (compare(dev, environment("prod"), ParityRules()), compare(environment("prod"), dev, ParityRules())):
        assert paths(result) == ["django/python/django", "django/python/six"]
        assert [one.entry for one in result.declared] == ["environments/dev/requirements.txt"]
    # Locked for both, but only one image has it.
    locked_for_both = environment("prod", lock="pytest-django==4")
    assert "django/python/pytest-django" in paths(compare(dev, locked_for_both, ParityRules()))


def test_patterns_declare_differences_and_unused_patterns_are_reported() -> None:
    prod = environment("prod", {"django": {**BUILT, "user": "0", "ports": ["80"]}, "nginx": BUILT})
    rules = ParityRules({"django/compose/{user,tmpfs}": "mounted", "n*": "in front", "gone/os/*": "old"})
    result = compare(environment(), prod, rules)
    assert paths(result) == ["django/compose/ports"]
    assert {(one.subject.path, one.entry, one.why) for one in result.declared} == {
        ("django/compose/user", "django/compose/{user,tmpfs}", "mounted"),
        ("nginx", "n*", "in front"),
    }
    assert result.unused == ("django/compose/tmpfs", "gone/os/*")


names = st.text(st.sampled_from('ab[]*?{},"\\é-'), min_size=1, max_size=6)
contents = st.builds(
    lambda packages, files: {
        **DJANGO,
        "os": {"id": "debian", "version": "13", "packages": {name: libc6(v) for name, v in packages.items()}},
        "files": {f"/{name}": v for name, v in files.items()},
    },
    st.dictionaries(names, st.sampled_from(["1", "2"]), max_size=5),
    st.dictionaries(names, st.sampled_from(["sha256:1", "sha256:2"]), max_size=5),
)
bodies = st.dictionaries(
    st.sampled_from(["user", "ports", "tmpfs", "healthcheck"]),
    st.sampled_from(["1", ["2", "1"], {"a": 1}, None, True, []]),
)
environments = st.builds(
    lambda image, body, more: environment(
        "prod", {"django": {**BUILT, **body}, **({"nginx": {"image": "nginx"}} if more else {})}, image
    ),
    contents,
    bodies,
    st.booleans(),
)


@given(environments)
def test_an_environment_equals_itself(one: Environment) -> None:
    result = compare(one, one, ParityRules())
    assert result.differences == ()
    assert sum(result.equal.values()) > 0


@given(environments, environments)
def test_swapped_environments_give_swapped_differences(one: Environment, two: Environment) -> None:
    there, back = compare(one, two, ParityRules()), compare(two, one, ParityRules())
    assert there.equal == back.equal
    assert there.differences == tuple(replace(each, before=each.after, after=each.before) for each in back.differences)


@given(environments, environments)
def test_the_proposed_lines_declare_exactly_all_differences(one: Environment, two: Environment) -> None:
    result = compare(one, two, ParityRules())
    text = "\n".join({declaration(each, 'it "is" so') for each in result.undeclared})
    declared = compare(one, two, ParityRules(tomllib.loads(text)))
    assert declared.undeclared == () and declared.unused == ()
    assert len(declared.declared) == len(result.undeclared)
