"""The sections of `.ebextensions` that run before the application is built."""

import getpass
import grp
import io
import os
import stat
import tarfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
import yaml  # type: ignore[import-untyped]

from dockdj.localcloud.fleet.image.instance.eb_engine import extension_steps, machine
from dockdj.localcloud.fleet.image.instance.eb_engine.deploy import Engine
from dockdj.localcloud.fleet.image.instance.eb_engine.extension_file import File, Sections, parsed
from dockdj.localcloud.fleet.image.instance.eb_engine.extension_steps import Steps

OWNER, GROUP = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
OWN = f"owner: {OWNER}, group: {GROUP}"


@dataclass
class Recorder:
    """An engine that records its programs; those whose argv begins with a text in `failing` fail."""

    failing: tuple[str, ...] = ()
    programs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    def run(self, step: str, argv: Sequence[str] | str, *, cwd: Path = Path("/x"), env: Mapping[str, str] = {}) -> None:
        text = argv if isinstance(argv, str) else " ".join(argv)
        self.programs.append(" ".join([*(f"{name}={value}" for name, value in env.items()), f"{cwd}$", text]))
        if text.startswith(self.failing):
            raise machine.Failed(f"{step} failed with exit code 1.")

    run_command = Engine.run_command

    def emit(self, severity: str, text: str) -> None:
        self.events.append(f"{severity} {text}")


@pytest.fixture(autouse=True)
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LOG", tmp_path / "log")
    monkeypatch.setattr(extension_steps, "SERVICES", tmp_path / "services.json")
    monkeypatch.setattr(extension_steps, "SCRIPTS", tmp_path / "init.d")
    (tmp_path / "init.d").mkdir()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A web server for the files in the folder `served`."""
    (tmp_path / "served").mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def run(text: str, *failing: str) -> Recorder:
    recorder = Recorder(failing)
    Steps(cast(Any, recorder), "10.config", parsed(yaml.safe_load(text))).run()
    return recorder


def test_sections_run_in_elastic_beanstalks_order(tmp_path: Path) -> None:
    (tmp_path / "init.d/cron").touch()
    text = f"""
services: {{sysvinit: {{cron: {{enabled: true, ensureRunning: true}}}}}}
commands: {{20_b: {{command: second}}, 3: {{command: third}}, 10_a: {{command: first}}}}
files: {{"{tmp_path}/written": {{content: x, {OWN}}}}}
users: {{worker: {{uid: 1500, groups: [crew], homeDir: /tmp}}}}
groups: {{crew: {{gid: "1400"}}, other: {{}}}}
packages: {{yum: {{git: [], cronie: [1.5]}}}}
container_commands: {{never: {{command: here}}}}
"""
    recorder = run(text, "dpkg-query --status git", "getent")
    assert [program.partition("$ ")[2] for program in recorder.programs] == [
        "dpkg-query --status cron",
        "dpkg-query --status git",
        "apt-get update --quiet",
        "apt-cache show --quiet git",
        "apt-get install --yes --quiet --no-install-recommends git",
        "getent group crew",
        "groupadd --gid 1400 crew",
        "getent group other",
        "groupadd --system other",
        "getent passwd worker",
        "useradd --system --no-create-home --shell /usr/sbin/nologin --uid 1500 --home-dir /tmp --groups crew worker",
        "first",
        "second",
        "third",
        "service cron start",
    ]
    assert recorder.events == ["INFO Installing packages of 10.config with apt instead of yum: git."]
    assert (tmp_path / "written").read_text() == "x"
    assert extension_steps.remembered() == ["cron"]


def test_package_that_debian_does_not_have_is_skipped_with_a_warning() -> None:
    recorder = run("packages: {yum: {amazonian: []}, rubygems: {rails: []}}", "dpkg-query", "apt-cache")
    assert not [program for program in recorder.programs if "install" in program]
    assert [warning.split("'")[1] for warning in recorder.warnings] == ["rubygems", "amazonian"]


def test_package_that_cannot_be_installed_fails_the_deployment() -> None:
    with pytest.raises(machine.Failed, match=r"Packages of 10\.config failed"):
        run("packages: {yum: {git: []}}", "dpkg-query", "apt-get install")


@pytest.mark.parametrize(
    ("mode", "bits"),
    [('"000755"', 0o755), ("000755", 0o755), ('"0600"', 0o600), ("'644'", 0o644), ('"004755"', 0o4755)],
)
def test_files_have_their_mode(tmp_path: Path, mode: str, bits: int) -> None:
    run(f'files: {{"{tmp_path}/new/file": {{mode: {mode}, content: "a\\n", {OWN}}}}}')
    status = (tmp_path / "new/file").stat()
    assert stat.S_IMODE(status.st_mode) == bits
    assert (status.st_uid, status.st_gid) == (os.getuid(), os.getgid())


def test_files_may_be_base64_links_or_downloads_and_keep_what_was_there(tmp_path: Path, address: str) -> None:
    (tmp_path / "served/page").write_text("served")
    (tmp_path / "there").write_text("before")
    run(f"""
files:
  {tmp_path}/binary: {{content: AP8=, encoding: base64, {OWN}}}
  {tmp_path}/link: {{mode: "120777", content: there, {OWN}}}
  {tmp_path}/page: {{source: "{address}/page", {OWN}}}
  {tmp_path}/there: {{content: after, {OWN}}}
""")
    assert (tmp_path / "binary").read_bytes() == b"\x00\xff"
    assert (tmp_path / "link").readlink() == Path("there")
    assert (tmp_path / "page").read_text() == "served"
    assert ((tmp_path / "there").read_text(), (tmp_path / "there.bak").read_text()) == ("after", "before")
    run(f"files: {{{tmp_path}/there: {{content: after, {OWN}}}}}")
    assert (tmp_path / "there.bak").read_text() == "before"


def test_sources_are_unpacked(tmp_path: Path, address: str) -> None:
    content = io.BytesIO(b"inside")
    with tarfile.open(tmp_path / "served/archive.tar.gz", "w:gz") as tar:
        item = tarfile.TarInfo("folder/file")
        item.size = 6
        tar.addfile(item, content)
    run(f"sources: {{{tmp_path}/target: {address}/archive.tar.gz}}")
    assert (tmp_path / "target/folder/file").read_text() == "inside"
    (tmp_path / "served/text").write_text("no archive")
    for name, reason in (("text", "cannot be unpacked"), ("missing", "cannot be downloaded")):
        with pytest.raises(machine.Failed, match=reason):
            run(f"sources: {{{tmp_path}/target: {address}/{name}}}")
    with pytest.raises(machine.Failed, match="only http and https"):
        run(f"sources: {{{tmp_path}/target: file:///etc/passwd}}")


def test_commands_have_their_place_variables_and_test() -> None:
    recorder = run(
        """
commands:
  a: {command: one, cwd: /tmp, env: {A: 1}}
  b: {command: never, test: "false"}
  c: {command: [two, words], test: "true"}
  d: {command: bad, ignoreErrors: true}
""",
        "false",
        "bad",
    )
    assert recorder.programs == ["A=1 /tmp$ one", "/$ false", "/$ true", "/$ two words", "/$ bad"]
    with pytest.raises(machine.Failed, match=r"command d in 10\.config failed with exit code 1"):
        run("commands: {d: {command: bad}, e: {command: after}}", "bad")


def test_services_restart_when_a_named_file_changed(tmp_path: Path) -> None:
    (tmp_path / "init.d/web").touch()
    text = f"""
files: {{{tmp_path}/web.conf: {{content: CONTENT, {OWN}}}}}
services: {{systemd: {{web: {{ensureRunning: STATE, files: [{tmp_path}/web.conf]}}}}}}
"""
    for content, state, action in (
        ("one", "true", "restart"),
        ("one", "true", "start"),
        ("two", "true", "restart"),
        ("two", "false", "stop"),
    ):
        recorder = run(text.replace("CONTENT", content).replace("STATE", state))
        assert recorder.programs == [f"/x$ service web {action}"], (content, state)
    assert extension_steps.remembered() == []
    assert "no service 'unknown'" in run("services: {systemd: {unknown: {ensureRunning: true}}}").warnings[0]


@pytest.mark.parametrize(
    "text",
    [
        "files: [a]",
        "files: {relative: {content: x}}",
        "files: {/a: {}}",
        "files: {/a: {content: x, source: y}}",
        "files: {/a: {content: x, mode: rwx}}",
        "files: {/a: {content: x, owner: a b}}",
        "files: {/a: {content: x, encoding: utf-7}}",
        "files: {/a: {content: abc, encoding: base64}}",
        "commands: {a: {}}",
        "commands: {a: {command: x, env: [1]}}",
        "commands: {a: {command: x, cwd: 5}}",
        "users: {a b: {}}",
        "users: {a: {groups: x}}",
        "groups: {a: {gid: x}}",
        "groups: {-a: {}}",
        "packages: {yum: {--purge: []}}",
        "packages: [git]",
        "sources: {/a: {}}",
        "services: {systemd: [a]}",
    ],
)
def test_values_of_another_kind_are_refused(text: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        parsed(yaml.safe_load(text))


def test_file_without_sections_does_nothing() -> None:
    assert parsed({}) == Sections()
    assert parsed({"files": None, "commands": {}, "container_commands": {"a": {}}}) == Sections()
    assert not File("/a", b"", "", "000644", "root", "root").is_link
