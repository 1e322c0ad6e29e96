"""Carry out the sections of `.ebextensions` before the application is built, in Elastic Beanstalk's order:

packages, groups, users, sources, files, commands, services.
"""

import grp
import json
import os
import pwd
import shutil
import tarfile
import tempfile
import urllib.request
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .extension_file import Command, File, Sections, Service, User
from .machine import HOME, Failed, log, write

if TYPE_CHECKING:
    from .deploy import Engine

SERVICES = HOME / "services.json"
"""The services that the last deployments started. They run again after a stop of the instance."""
SCRIPTS = Path("/etc/init.d")
DOWNLOAD_SECONDS = 60
APT_NAMES = {
    "bind-utils": "dnsutils",
    "cronie": "cron",
    "gcc-c++": "g++",
    "httpd-tools": "apache2-utils",
    "nmap-ncat": "ncat",
    "openssl-devel": "libssl-dev",
    "postgresql": "postgresql-client",
    "procps-ng": "procps",
    "python3-devel": "python3-dev",
    "shadow-utils": "passwd",
    "vim-enhanced": "vim",
    "xz": "xz-utils",
}
"""Debian's names of packages that Amazon Linux names otherwise."""
NOLOGIN = "/usr/sbin/nologin"


class Steps:
    """The sections of one file on this instance."""

    def __init__(self, engine: "Engine", path: str, sections: Sections) -> None:
        self.engine = engine
        self.path = path
        self.sections = sections
        self.changed: set[str] = set()
        """The files, sources, commands and packages that changed something; services may depend on them."""

    def run(self) -> None:
        """Carry out all sections. Raises Failed."""
        self.packages()
        for group, gid in self.sections.groups.items():
            self.group(group, gid)
        for user in self.sections.users:
            self.user(user)
        for folder, address in self.sections.sources.items():
            self.source(folder, address)
        for file in self.sections.files:
            self.file(file)
        for command in self.sections.commands:
            self.command(command)
        for service in self.sections.services:
            self.service(service)

    def packages(self) -> None:
        """Install packages with apt. A package that Debian does not have is skipped with a warning."""
        for manager in self.sections.unsupported_packages:
            self.engine.warnings.append(f"This instance has no package manager '{manager}', which {self.path} names.")
        names = [APT_NAMES.get(name, name) for name in self.sections.packages]
        missing = [name for name in names if not self.succeeds(["dpkg-query", "--status", name])]
        if not missing:
            return
        self.engine.run("apt-get update", ["apt-get", "update", "--quiet"])
        unknown = [name for name in missing if not self.succeeds(["apt-cache", "show", "--quiet", name])]
        for name in unknown:
            text = f"Debian has no package '{name}', which {self.path} names; this instance does not install it."
            self.engine.warnings.append(text)
        if known := [name for name in missing if name not in unknown]:
            self.engine.emit("INFO", f"Installing packages of {self.path} with apt instead of yum: {', '.join(known)}.")
            argv = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *known]
            self.engine.run(f"Packages of {self.path}", argv, env={"DEBIAN_FRONTEND": "noninteractive"})
            self.changed.update(known)

    def group(self, name: str, gid: str) -> None:
        """Create a group unless it exists."""
        if not self.succeeds(["getent", "group", name]):
            argv = ["groupadd", *(["--gid", gid] if gid else ["--system"]), name]
            self.engine.run(f"Group {name} of {self.path}", argv)

    def user(self, user: User) -> None:
        """Create a system user without a login, or add an existing user to its groups."""
        groups = ["--groups", ",".join(user.groups)] if user.groups else []
        if not self.succeeds(["getent", "passwd", user.name]):
            uid = ["--uid", user.uid] if user.uid else []
            home = ["--home-dir", user.home] if user.home else []
            argv = ["useradd", "--system", "--no-create-home", "--shell", NOLOGIN, *uid, *home, *groups, user.name]
            self.engine.run(f"User {user.name} of {self.path}", argv)
        elif groups:
            self.engine.run(f"User {user.name} of {self.path}", ["usermod", "--append", *groups, user.name])

    def source(self, folder: str, address: str) -> None:
        """Download an archive and unpack it into a folder."""
        with tempfile.TemporaryDirectory(prefix="source-") as temporary:
            archive = Path(temporary) / "archive"
            self.download(address, archive)
            Path(folder).mkdir(parents=True, exist_ok=True)
            try:
                if zipfile.is_zipfile(archive):
                    zipfile.ZipFile(archive).extractall(folder)
                else:
                    with tarfile.open(archive) as tar:
                        tar.extractall(folder, filter="tar")
            except (tarfile.TarError, zipfile.BadZipFile, OSError, EOFError) as error:
                raise Failed(f"The source {address} of {self.path} cannot be unpacked: {error}") from error
        self.changed.add(folder)

    def file(self, file: File) -> None:
        """Write a file with its mode and owner. A file with another content is kept with the suffix .bak."""
        path = Path(file.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir() and not path.is_symlink():
            raise Failed(f"The file {file.path} of {self.path} is a folder.")
        if file.is_link:
            target = (file.content or b"").decode()
            path.unlink(missing_ok=True)
            path.symlink_to(target)
            return
        new = path.with_name(f".{path.name}.new")
        new.touch(mode=0o600)
        if file.content is None:
            self.download(file.source, new)
        else:
            new.write_bytes(file.content)
        try:
            os.chown(new, _uid(file.owner), _gid(file.group))
        except KeyError as error:
            new.unlink()
            raise Failed(f"The owner of {file.path} in {self.path} does not exist: {error}") from error
        new.chmod(int(file.mode[-4:], 8))
        if path.is_file() and path.read_bytes() != new.read_bytes():
            shutil.copy2(path, path.with_name(f"{path.name}.bak"))
        if not path.is_file() or path.read_bytes() != new.read_bytes():
            self.changed.add(file.path)
        new.replace(path)

    def command(self, command: Command) -> None:
        """Run a command unless its test fails. Raises Failed, unless it ignores errors."""
        step = f"command {command.name} in {self.path}"
        if self.engine.run_command(step, command, cwd=Path(command.cwd or "/"), env=command.env):
            self.changed.add(command.name)

    def service(self, service: Service) -> None:
        """Start, restart or stop a service by its script. An instance has no systemd."""
        if not (SCRIPTS / service.name).exists():
            text = f"This instance has no service '{service.name}', which {self.path} names."
            self.engine.warnings.append(text)
            return
        names = set(remembered())
        if service.running is False:
            self.engine.run(f"Service {service.name} of {self.path}", ["service", service.name, "stop"])
            names.discard(service.name)
        elif service.running or service.triggers & self.changed:
            action = "restart" if service.triggers & self.changed else "start"
            self.engine.run(f"Service {service.name} of {self.path}", ["service", service.name, action])
            names.add(service.name)
        write(SERVICES, json.dumps(sorted(names)))

    def download(self, address: str, path: Path) -> None:
        """Download a file. Raises Failed."""
        log(f"Downloading {address}")
        try:
            if not address.startswith(("http://", "https://")):
                raise ValueError("only http and https are supported")
            with urllib.request.urlopen(address, timeout=DOWNLOAD_SECONDS) as answer, path.open("wb") as file:
                shutil.copyfileobj(answer, file)
        except (OSError, ValueError) as error:
            raise Failed(f"The file {address}, which {self.path} names, cannot be downloaded: {error}") from error

    def succeeds(self, argv: Sequence[str]) -> bool:
        """Return whether a short program exits with 0."""
        try:
            self.engine.run(argv[0], argv)
        except Failed:
            return False
        return True


def remembered() -> list[str]:
    """The services that run again after a stop of the instance."""
    names: list[str] = json.loads(SERVICES.read_text()) if SERVICES.exists() else []
    return names


def start_services(engine: "Engine") -> None:
    """Start the services of the deployments again after a stop of the instance."""
    for name in remembered():
        engine.run(f"Service {name}", ["service", name, "start"])


def _uid(owner: str) -> int:
    return int(owner) if owner.isdigit() else pwd.getpwnam(owner).pw_uid


def _gid(group: str) -> int:
    return int(group) if group.isdigit() else grp.getgrnam(group).gr_gid
