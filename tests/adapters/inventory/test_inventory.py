"""Inventories of real images, compared with what programs inside them report."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from dockdj.adapters.inventory import engine_socket, image_files, inventory, scan
from dockdj.adapters.inventory.engine_client import Client
from dockdj.errors import ProjectError
from dockdj.model.inventory.inventory import Inventory, OsPackage
from dockdj.model.inventory.search import search_of
from tests.support import images
from tests.support.eventually import eventually

pytestmark = pytest.mark.docker

BASE = "python:3.13-slim-trixie"
# Packages of Debian that are not configured; a venv whose pyvenv.cfg is out of date, distributions of every form, one
# with two names on disk, two that hide each other, a folder that a .pth names; a program that nobody owns; a volume.
PYTHON = """
python3 -m venv --without-pip /opt/venv
sed -i 's/^version = .*/version = 3.13.0/' /opt/venv/pyvenv.cfg
site=/opt/venv/lib/python3.13/site-packages
dist() { mkdir -p "$(dirname "$1")"; printf 'Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n' "$2" "$3" > "$1"; }
dist /opt/cache/METADATA Linked 1.0
mkdir -p $site/linked-1.0.dist-info
ln /opt/cache/METADATA $site/linked-1.0.dist-info/METADATA
dist $site/Zope_Thing.x-2.0.dist-info/METADATA Zope_Thing.x 2.0
dist $site/folder.egg-info/PKG-INFO folder 3.0
dist $site/file-4.0.egg-info file 4.0
dist $site/setuptools/_vendor/wheel-1.dist-info/METADATA wheel 1
echo /usr/share/shop/src > $site/__editable__.shop.pth
dist /usr/share/shop/src/shop.egg-info/PKG-INFO shop 5.0
dist /usr/share/shop/src/file-9.0.dist-info/METADATA file 9.0
dist /usr/lib/python3/dist-packages/both-1.dist-info/METADATA both 1
dist /usr/local/lib/python3.13/dist-packages/both-2.dist-info/METADATA both 2
state() { sed -i "/^Package: $1\\$/,/^\\$/s/^Status: .*/Status: install ok $2/" /var/lib/dpkg/status; }
state tar unpacked; state sed half-configured; state netbase config-files
state grep 'triggers-pending\\nTriggers-Pending: trigger'
echo program > /usr/local/bin/geoipupdate
ln /usr/local/bin/geoipupdate /usr/local/bin/second
mkdir /data && echo conf > /data/app.conf
"""
# A package at two versions, one of them inside another package; and one that a later step deletes. Packages under other
# names than their own, workspaces with a package of their own, and a link out of the project.
NPM = """
mkdir -p /tmp/made /var/app/packages/one /var/app/packages/bare /opt/linked && cd /tmp/made
pack() { mkdir "$1" && printf '{"name":"%s","version":"%s","dependencies":{%s}}' "$2" "$3" "$4" > "$1/package.json"
  npm pack --silent "./$1"; }
pack one @scope/a 1.0.0 && pack two @scope/a 2.0.0 && pack three gone 1.0.0
pack four b 1.0.0 '"@scope/a":"file:/tmp/made/scope-a-2.0.0.tgz"'
cd /var/app && echo '{"name":"app","version":"1.0.0","workspaces":["packages/*"]}' > package.json
echo '{"name":"@own/one","version":"0.1.0","dependencies":{"@scope/a":"file:/tmp/made/scope-a-2.0.0.tgz"}}' \
  > packages/one/package.json
echo '{"name":"bare"}' > packages/bare/package.json
echo '{"name":"linked","version":"4.0.0"}' > /opt/linked/package.json
npm install --offline --no-audit --no-fund --silent /tmp/made/scope-a-1.0.0.tgz /tmp/made/b-1.0.0.tgz \
  /tmp/made/gone-1.0.0.tgz alias@file:/tmp/made/scope-a-2.0.0.tgz @other/alias@file:/tmp/made/b-1.0.0.tgz /opt/linked
npm ls --all --json --long > /var/app/before.json
rm -r node_modules/gone
"""
EVERY_DISTRIBUTION = (
    "import importlib.metadata as m, json, platform, ssl;"
    "print(json.dumps([platform.python_version(), ssl.OPENSSL_VERSION.split()[1],"
    "[[d.name, d.version] for d in reversed(list(m.distributions()))]]))"
)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKDJ_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def python_image() -> Iterator[str]:
    changes = (
        "ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin",
        "VOLUME /data",
        "LABEL org.dockdj.config=/data/app.conf",
        "LABEL org.dockdj.unmanaged=/usr/local/bin",
    )
    with images.changed(BASE, PYTHON, *changes) as name:
        yield name


@pytest.fixture(scope="module")
def python_record(python_image: str) -> Inventory:
    candidates = ("missing:1", "debian:trixie-slim", BASE, "node:24-trixie-slim")
    return inventory.read_all({"django": python_image}, {"django": candidates})["django"]


@pytest.fixture(scope="module")
def witness(python_image: str) -> dict[str, str]:
    commands = {
        "dpkg": "dpkg-query -W -f '${db:Status-Status} ${Package} ${Version} ${source:Package}\\n'",
        "pip": "/usr/local/bin/python -m pip --disable-pip-version-check list --format json",
        "/opt/venv": f'/opt/venv/bin/python -c "{EVERY_DISTRIBUTION}"',
        "/usr/local": f'/usr/local/bin/python -c "{EVERY_DISTRIBUTION}"',
        "/usr": f'/usr/bin/python3 -c "{EVERY_DISTRIBUTION}"',
        "path": f'python -c "{EVERY_DISTRIBUTION}"',
        "ldd": "ldd --version | head -1",
    }
    said = images.output(python_image, "; echo ---; ".join(commands.values())).split("---\n")
    return dict(zip(commands, said, strict=True))


def test_packages_agree_with_dpkg_query(python_record: Inventory, witness: dict[str, str]) -> None:
    rows = [line.split() for line in witness["dpkg"].splitlines()]
    listed = {name: (version, source) for status, name, version, source in rows if status != "config-files"}
    assert {"installed", "unpacked", "half-configured", "triggers-pending", "config-files"} == {row[0] for row in rows}
    found = {name: (one.version, one.source) for name, one in (python_record.os_packages or {}).items()}
    assert found == listed
    assert len(found) > 50


@pytest.mark.parametrize("prefix", ["/opt/venv", "/usr/local", "/usr"])
def test_distributions_agree_with_each_interpreter(
    prefix: str, python_record: Inventory, witness: dict[str, str]
) -> None:
    version, _, listed = json.loads(witness[prefix])
    found = python_record.python[prefix]
    assert found.version == version
    assert {name: one.version for name, one in found.packages.items()} == {
        canonicalize_name(name): number for name, number in listed
    }
    assert found.packages


def test_distributions_agree_with_pip(python_record: Inventory, witness: dict[str, str]) -> None:
    listed = {canonicalize_name(each["name"]): each["version"] for each in json.loads(witness["pip"])}
    found = python_record.python["/usr/local"].packages
    assert {name: one.version for name, one in found.items()} == listed


def test_runtime_versions_agree_with_the_interpreters(python_record: Inventory, witness: dict[str, str]) -> None:
    version, openssl, _ = json.loads(witness["path"])
    libc = f"glibc {witness['ldd'].split()[-1]}"
    assert python_record.runtime == {"python": version, "openssl": openssl, "libc": libc}


def test_base_is_proved_and_its_packages_have_it_as_origin(python_record: Inventory) -> None:
    assert python_record.base and python_record.base.name == BASE
    assert {one.origin for one in (python_record.os_packages or {}).values()} == {"base"}
    assert python_record.python["/usr/local"].packages["pip"].origin == "base"
    assert {one.origin for one in python_record.python["/opt/venv"].packages.values()} == {"ours"}


def test_labelled_files_and_unmanaged_programs_are_listed(python_record: Inventory) -> None:
    assert python_record.files == {"/data/app.conf": "sha256:" + hashlib.sha256(b"conf\n").hexdigest()}
    unmanaged = python_record.unmanaged or {}
    assert {"/usr/local/bin/geoipupdate", "/usr/local/bin/second"} <= set(unmanaged)
    assert unmanaged["/usr/local/bin/second"] == unmanaged["/usr/local/bin/geoipupdate"]
    # The RECORD of pip has it.
    assert "/usr/local/bin/pip" not in unmanaged


def test_packages_agree_with_npm() -> None:
    with images.changed("node:24-trixie-slim", NPM) as name:
        listed = json.loads(images.output(name, "cat /var/app/before.json"))
        packages = inventory.read_all({"node": name})["node"].npm["/var/app/node_modules"]

    def walk(tree: dict[str, Any]) -> list[tuple[str, str]]:
        pairs = []
        for key, package in tree.get("dependencies", {}).items():
            version = package.get("version", "")
            pairs += [(key, version if package["name"] == key else f"npm:{package['name']}@{version}"), *walk(package)]
        return pairs

    assert sorted(walk(listed)) == sorted(
        [*((path.rpartition("node_modules/")[2], version) for path, version in packages.items()), ("gone", "1.0.0")]
    )
    assert packages == {
        **{"@scope/a": "1.0.0", "b": "1.0.0", "b/node_modules/@scope/a": "2.0.0"},
        **{"alias": "npm:@scope/a@2.0.0", "@other/alias": "npm:b@1.0.0"},
        "@other/alias/node_modules/@scope/a": "2.0.0",
        **{"@own/one": "0.1.0", "bare": "", "packages/one/node_modules/@scope/a": "2.0.0", "linked": "4.0.0"},
    }


STATUS = {
    "/etc/os-release": "ID=debian\nVERSION_ID=13\n",
    "/var/lib/dpkg/status.d/libc6": "Package: libc6\nSource: glibc\nVersion: 2.41-12\n",
    "/var/lib/dpkg/status.d/libc6.md5sums": "0  usr/bin/owned\n",
    "/usr/bin/owned": "a",
    "/usr/bin/ours": "b",
}
APK = {
    "/etc/os-release": "ID=alpine\nVERSION_ID=3.22.1\n",
    "/lib/apk/db/installed": "P:musl\nV:1.2.5-r10\no:musl\n\nP:libcrypto3\nV:3.5.1-r0\no:openssl\nF:usr/bin\nR:owned\n",
}


def test_image_without_a_shell_for_another_processor_is_read() -> None:
    label = "LABEL org.dockdj.unmanaged=/usr/bin"
    with images.imported(STATUS, label, platform="linux/arm64") as arm, images.imported(APK) as alpine:
        found = inventory.read_all({"arm": arm, "alpine": alpine})
    assert (found["arm"].os_id, found["arm"].os_version) == ("debian", "13")
    assert found["arm"].os_packages == {"libc6": OsPackage("2.41-12", "glibc", "ours")}
    assert list(found["arm"].unmanaged or {}) == ["/usr/bin/ours"]
    assert (found["alpine"].os_packages or {})["libcrypto3"] == OsPackage("3.5.1-r0", "openssl", "ours")
    assert found["alpine"].runtime == {"libc": "musl 1.2.5", "openssl": "3.5.1"}
    assert found["alpine"].python == {}


def test_client_and_socket_read_the_same() -> None:
    found = []
    socket = engine_socket.of_engine()
    assert socket
    files = {**STATUS, "/opt/venv/pyvenv.cfg": "version = 3.13.1", "/opt/venv/lib/python3.13/site-packages/a": "b"}
    with images.imported(files, "LABEL org.dockdj.config=/opt", "VOLUME /opt") as name:
        for engine in (socket, Client()):
            documents = engine.inspect([name, "missing:1"])
            assert list(documents) == [name]
            with image_files.opened(engine, documents[name]["Id"]) as opened:
                found.append(scan.take(opened, search_of(documents[name]), name))
                assert opened.container in engine.labelled(image_files.READER_LABEL)
            assert opened.container not in engine.labelled(image_files.READER_LABEL)
    assert found[0] == found[1]
    assert found[0].os_packages and found[0].python["/opt/venv"].version == "3.13.1"
    assert len(found[0].files) == 2


def test_containers_and_volumes_are_removed_even_of_a_killed_reader(python_image: str) -> None:
    engine = image_files.engine()
    [image] = engine.inspect([python_image]).values()
    reader = subprocess.Popen(["sleep", "600"])
    host = os.uname().nodename
    killed = engine.create(image["Id"], {image_files.READER_LABEL: f"{host}:{reader.pid}"})
    others = engine.create(image["Id"], {image_files.READER_LABEL: f"elsewhere:{reader.pid}"})
    volumes = {mount["Name"] for mount in _inspected(killed)["Mounts"]}
    assert len(volumes) == 1
    # From now on others, who read images at the same time, may be the ones that sweep.
    reader.kill()
    reader.wait()
    try:
        with image_files.opened(engine, image["Id"]) as files:
            image_files.sweep(engine)
            eventually(lambda: killed not in engine.labelled(image_files.READER_LABEL))
            assert {others, files.container} <= set(engine.labelled(image_files.READER_LABEL))
    finally:
        engine.remove(others)
    eventually(lambda: not volumes & set(_docker("volume", "ls", "--quiet").split()))


def _inspected(container: str) -> dict[str, Any]:
    return dict(json.loads(_docker("inspect", container))[0])


def _docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout


def test_cached_inventory_is_not_read_again_unless_damaged(
    python_image: str, python_record: Inventory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(inventory, "opened", opened)
    candidates = {"django": (BASE,)}
    assert inventory.read_all({"django": python_image}, candidates)["django"] == python_record
    for file in (Path(os.environ["DOCKDJ_CACHE"]) / "inventory").iterdir():
        file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(AssertionError, match="read again"):
        inventory.read_all({"django": python_image}, candidates)


def test_missing_image_and_wrong_label_are_refused() -> None:
    with pytest.raises(ProjectError, match="no image missing:1"):
        inventory.read_all({"django": "missing:1"})
    with (
        images.imported({"/a": "b"}, "LABEL org.dockdj.config=/etc/missing.conf") as name,
        pytest.raises(ProjectError, match=r"no file /etc/missing\.conf"),
    ):
        inventory.read_all({"django": name})


@pytest.mark.parametrize("host", ["tcp://127.0.0.1:1", "unix:///nowhere/docker.sock"])
def test_client_is_used_without_an_answering_socket(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    assert isinstance(image_files.engine(), Client)
