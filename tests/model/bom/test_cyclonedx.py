"""The bill of materials, against CycloneDX's official schema and the reference reader of package URLs."""

import json
import uuid
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from dockdj.model.bom import package_url
from dockdj.model.bom.cyclonedx import bill_of_materials, encode
from dockdj.model.inventory.inventory import OsPackage
from dockdj.model.release.image import OperatingSystem
from dockdj.model.release.record import Release
from dockdj.model.release.schema import read
from tests.support.records import CONFIG, changed, python, release, service

GLIBC = {"source": "glibc", "version": "2.41-12+deb13u1", "origin": "base"}
ALPINE = {
    "id": "alpine",
    "version": "3.22.1",
    "packages": {"musl": {"source": "musl", "version": "1.2.5-r10", "origin": "ours"}},
}
DEBIAN = {
    "id": "debian",
    "version": "13",
    "packages": {
        "libc6": GLIBC,
        "zlib1g": {"source": "zlib", "version": "1:1.3.dfsg+really1.3.1-1+b1", "origin": "base"},
    },
}


def shop(version: str = "1.2.0", **services: Any) -> Release:
    """Two images on one Debian, and a foreign one on Alpine without Python."""
    cache = {name: value for name, value in service(os=ALPINE, source="valkey/valkey:8").items() if name != "python"}
    own = {"django": service(os=DEBIAN), "nginx": service(os=DEBIAN, files={}), "cache": cache}
    return release(version, **{**own, **services})


def by_ref(bill: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["bom-ref"]: one for one in bill["components"]}


RESTACK = release(
    "1.2.0+stack.3",
    restack_of={
        "version": "1.2.0",
        "digest": CONFIG,
        "stack_from": {"version": "1.3.0", "digest": CONFIG},
        "bases": {"debian:trixie-slim": "debian:new"},
    },
    django=service(npm={"/srv": {"@scope/colour": "1.0.0", "esbuild": "0.25.0"}}, unmanaged={"/opt/tool": CONFIG}),
)


@pytest.mark.parametrize("made", [release(), shop(), RESTACK], ids=["one", "several", "stack"])
def test_the_bill_is_valid_by_the_official_schema(made: Release) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(encode(made).decode()) is None


def test_the_official_schema_rejects_unknown_fields() -> None:
    bill = bill_of_materials(release())
    bill["components"][0]["colour"] = "blue"
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill)) is not None


def test_one_release_has_one_bill_and_another_has_another() -> None:
    made = shop()
    assert encode(made) == encode(read(made.content))
    bill, other = bill_of_materials(made), bill_of_materials(shop("1.2.1"))
    assert uuid.UUID(bill["serialNumber"].removeprefix("urn:uuid:")).version == 5
    assert bill["serialNumber"] != other["serialNumber"]
    assert bill["metadata"]["timestamp"] == made.created


def test_the_application_names_its_record_and_commit() -> None:
    made = shop()
    application = bill_of_materials(made)["metadata"]["component"]
    properties = {one["name"]: one["value"] for one in application["properties"]}
    assert (application["name"], application["version"]) == ("shop", "1.2.0")
    assert (properties["dockdj:record"], properties["dockdj:commit"]) == (made.digest, made.commit)


def test_every_package_of_the_record_is_there_once_and_each_image_that_has_it_depends_on_it() -> None:
    own = {"version": "3.13.4", "packages": {"pip": {"version": "25.1", "origin": "base"}}}
    npm = {"/srv/node_modules": {"esbuild": "0.28.0", "@scope/colour": "1.0.0"}}
    made = shop(nginx=service(os=DEBIAN, python={"/usr/local": own, **python(django="5.2.9")}, npm=npm))
    bill = bill_of_materials(made)
    found = by_ref(bill)
    assert [one["bom-ref"] for one in bill["components"]] == sorted(found)
    depends = {one["ref"]: set(one["dependsOn"]) for one in bill["dependencies"]}
    for name, one in json.loads(made.content)["services"].items():
        listed = {
            (found[ref]["name"], found[ref]["version"]) for ref in depends[f"image:{name}"] if "purl" in found[ref]
        }
        expected = {(package, entry["version"]) for package, entry in one["os"]["packages"].items()}
        for interpreter in one.get("python", {}).values():
            expected.add(("python", interpreter["version"]))
            expected |= {(package, entry["version"]) for package, entry in interpreter["packages"].items()}
        expected |= {entry for listed_npm in one.get("npm", {}).values() for entry in listed_npm.items()}
        assert listed == expected
    images = {"image:django", "image:nginx", "image:cache"}
    assert depends["release:shop@1.2.0"] == {*images, "pkg:npm/esbuild@0.25.0"}
    assert {"pkg:pypi/django@6.1.3", "pkg:pypi/django@5.2.9", "pkg:npm/%40scope/colour@1.0.0"} <= set(found)
    assert values(found["pkg:pypi/pip@25.1"]) == {("dockdj:interpreter", "/usr/local"), ("dockdj:origin", "base")}


def test_npm_packages_are_named_as_the_registry_names_them() -> None:
    npm = {"/srv/node_modules": {"b/node_modules/@s/a": "2.0.0", "alias": "npm:@s/a@2.0.0", "@x/b": "npm:c@1.0.0"}}
    components = by_ref(bill_of_materials(shop(nginx=service(npm=npm))))
    assert {ref for ref in components if ref.startswith("pkg:npm/")} == {
        *("pkg:npm/%40s/a@2.0.0", "pkg:npm/c@1.0.0", "pkg:npm/esbuild@0.25.0")
    }
    assert (components["pkg:npm/c@1.0.0"]["name"], components["pkg:npm/c@1.0.0"]["version"]) == ("c", "1.0.0")


def values(component: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["name"], one["value"]) for one in component.get("properties", ())}


def test_what_built_the_assets_is_excluded_unless_an_image_has_it() -> None:
    alone = by_ref(bill_of_materials(shop()))["pkg:npm/esbuild@0.25.0"]
    assert (alone["scope"], values(alone)) == ("excluded", {("dockdj:built", "assets")})
    held = by_ref(bill_of_materials(shop(nginx=service(npm={"/srv": {"esbuild": "0.25.0"}}))))["pkg:npm/esbuild@0.25.0"]
    assert "scope" not in held
    assert values(held) == {("dockdj:built", "assets"), ("dockdj:node_modules", "/srv")}


def test_a_package_in_two_images_has_what_either_says() -> None:
    ours = {"id": "debian", "version": "13", "packages": {"libc6": {**GLIBC, "origin": "ours"}}}
    base = {"id": "debian", "version": "13", "packages": {"libc6": {**GLIBC, "origin": "base"}}}
    found = by_ref(bill_of_materials(release(django=service(os=ours), nginx=service(os=base))))
    libc = found["pkg:deb/debian/libc6@2.41-12%2Bdeb13u1?distro=debian-13&upstream=glibc"]
    assert values(libc) == {("dockdj:origin", "base"), ("dockdj:origin", "ours"), ("dockdj:source", "glibc")}


def test_an_image_has_its_runtime_its_base_and_its_unmanaged_files() -> None:
    found = by_ref(bill_of_materials(shop(django=service(unmanaged={"/usr/local/bin/tool": CONFIG}))))
    image = found["image:django"]
    assert {("dockdj:runtime:openssl", "3.5.1"), ("dockdj:runtime:libc", "glibc 2.41")} <= values(image)
    (base,) = image["pedigree"]["ancestors"]
    assert (base["name"], base["hashes"][0]["content"]) == ("python:3.13-slim-trixie", "b" * 64)
    assert values(found["file:django:/usr/local/bin/tool"]) == {("dockdj:unmanaged", "true")}


def test_a_restack_descends_from_its_original() -> None:
    application = bill_of_materials(RESTACK)["metadata"]["component"]
    (original,) = application["pedigree"]["ancestors"]
    assert (original["version"], values(original)) == ("1.2.0", {("dockdj:record", CONFIG)})
    assert {("dockdj:restack:stack_from", "1.3.0"), ("dockdj:restack:base:debian:trixie-slim", "debian:new")} <= values(
        application
    )


def test_a_record_without_optional_fields_has_a_bill() -> None:
    bare = {name: value for name, value in service(base=None, runtime={}).items() if name not in ("os", "python")}
    bill = encode(changed(release(django=bare), npm={})).decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None


def test_everything_a_dependency_names_is_in_the_bill() -> None:
    bill = bill_of_materials(shop())
    known = {*by_ref(bill), bill["metadata"]["component"]["bom-ref"]}
    assert {ref for one in bill["dependencies"] for ref in (one["ref"], *one["dependsOn"])} == known


def test_packages_have_the_addresses_that_scanners_know() -> None:
    found = by_ref(bill_of_materials(shop()))
    assert "pkg:deb/debian/libc6@2.41-12%2Bdeb13u1?distro=debian-13&upstream=glibc" in found
    assert "pkg:apk/alpine/musl@1.2.5-r10?distro=alpine-3.22.1" in found
    assert found["image:django"]["purl"] == f"pkg:docker/shop/django@{CONFIG}"
    assert found["image:cache"]["purl"] == f"pkg:docker/valkey/valkey@{CONFIG}"
    for one in found.values():
        if "purl" in one:
            assert PackageURL.from_string(one["purl"]).to_string() == one["purl"]


@pytest.mark.parametrize(
    ("reference", "namespace", "name", "host"),
    [
        ("postgres:17", None, "postgres", None),
        ("postgres", None, "postgres", None),
        ("registry.example.com/team/web:1.0", "team", "web", "registry.example.com"),
        ("localhost:5000/web@sha256:" + "a" * 64, None, "web", "localhost:5000"),
    ],
)
def test_the_address_of_a_foreign_image(reference: str, namespace: str | None, name: str, host: str | None) -> None:
    parsed = PackageURL.from_string(package_url.of_image(reference, CONFIG))
    assert (parsed.type, parsed.namespace, parsed.name, parsed.version) == ("docker", namespace, name, CONFIG)
    assert (parsed.qualifiers.get("repository_url") if isinstance(parsed.qualifiers, dict) else None) == host


# What Debian's policy (5.6.1, 5.6.12) allows.
debian_names = st.from_regex(r"[a-z0-9][a-z0-9+.-]{1,12}", fullmatch=True)
debian_versions = st.from_regex(r"([0-9]:)?[0-9][A-Za-z0-9.+~-]{0,12}", fullmatch=True)


@given(debian_names, debian_versions, debian_names)
def test_the_reference_reader_parses_package_addresses_alike(name: str, version: str, source: str) -> None:
    package = OsPackage(version, source)
    written = package_url.of_os_package(OperatingSystem("debian", "13", {name: package}), name, package)
    parsed = PackageURL.from_string(written)
    assert (parsed.type, parsed.namespace, parsed.name, parsed.version) == ("deb", "debian", name, version)
    expected = {"distro": "debian-13", **({"upstream": source} if source != name else {})}
    assert parsed.qualifiers == expected
    assert parsed.to_string() == written
