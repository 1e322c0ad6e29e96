"""One configuration file of `.ebextensions`: its sections as values of the types that Elastic Beanstalk documents.

Source: "Customizing software on Linux servers" in the developer guide. The steps are carried out in `extension_steps`.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NAME = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.$-]{0,31}")
PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*")
MODE = re.compile("[0-7]{3,6}")
LINK = "120"
"""The first digits of a mode that makes a symbolic link."""
APT = ("yum", "rpm")
"""The package managers whose names are installed with apt."""
TRUE = ("true", "yes", "1")


@dataclass(frozen=True)
class File:
    """A file to write: its content, or the address that has it."""

    path: str
    content: bytes | None
    source: str
    mode: str
    owner: str
    group: str

    @property
    def is_link(self) -> bool:
        """Tell if the content is the target of a symbolic link."""
        return len(self.mode) == 6 and self.mode.startswith(LINK)


@dataclass(frozen=True)
class User:
    """A system user to create."""

    name: str
    uid: str
    groups: tuple[str, ...]
    home: str


@dataclass(frozen=True)
class Command:
    """A program to run, of `commands` or `container_commands`; a text is run by the shell."""

    name: str
    command: str | list[str]
    test: str | list[str] | None
    cwd: str
    """Empty for the folder in which the commands of a section run."""
    env: Mapping[str, str]
    ignores_errors: bool


@dataclass(frozen=True)
class Service:
    """A service to start or stop, and the files, commands and packages whose change restarts it."""

    name: str
    running: bool | None
    triggers: frozenset[str]


@dataclass(frozen=True)
class Sections:
    """The sections of a file that run before the application is built, in no order."""

    packages: tuple[str, ...] = ()
    unsupported_packages: tuple[str, ...] = ()
    """The package managers of the file that an instance does not have."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """The gid of each group; empty for any."""
    users: tuple[User, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    commands: tuple[Command, ...] = ()
    services: tuple[Service, ...] = ()


def parsed(content: Mapping[str, Any]) -> Sections:
    """The sections of a file's content. Raises TypeError and ValueError for a value of another kind."""
    packages = _map(content, "packages")
    return Sections(
        packages=tuple(sorted({_matching(PACKAGE, name) for kind in APT for name in _map(packages, kind)})),
        unsupported_packages=tuple(sorted(str(kind) for kind in packages if kind not in APT)),
        groups={_matching(NAME, name): _id(_map_of(item), "gid") for name, item in _sorted(content, "groups")},
        users=tuple(_user(name, _map_of(item)) for name, item in _sorted(content, "users")),
        sources={_absolute(path): _text(address, path) for path, address in _sorted(content, "sources")},
        files=tuple(_file(_absolute(path), _map_of(item)) for path, item in _sorted(content, "files")),
        commands=tuple(parsed_command(name, _map_of(item)) for name, item in _sorted(content, "commands")),
        services=tuple(
            _service(name, _map_of(item))
            for kind, services in _sorted(content, "services")
            for name, item in sorted(_map_of(services).items())
        ),
    )


def _words(value: Any, name: str) -> str | list[str]:
    """A command: text for the shell, or a list of words. Raises TypeError."""
    words = value if isinstance(value, list) else [value]
    if not words or not all(isinstance(word, str) and word and "\0" not in word for word in words):
        raise TypeError(f"{name} is neither text nor a list of texts")
    return value if isinstance(value, str) else list(words)


def _user(name: str, item: Mapping[str, Any]) -> User:
    groups = item.get("groups") or []
    if not isinstance(groups, list):
        raise TypeError(f"groups of {name} is not a list")
    home = _text(item.get("homeDir", ""), "homeDir")
    return User(_matching(NAME, name), _id(item, "uid"), tuple(_matching(NAME, group) for group in groups), home)


def _file(path: str, item: Mapping[str, Any]) -> File:
    if ("content" in item) == ("source" in item):
        raise ValueError(f"{path} needs either content or source")
    content = _content(path, item) if "content" in item else None
    mode = _mode(path, item.get("mode", "000644"))
    return File(
        path,
        content,
        source=_text(item.get("source", ""), path),
        mode=mode,
        owner=_matching(NAME, item.get("owner", "root")),
        group=_matching(NAME, item.get("group", "root")),
    )


def _content(path: str, item: Mapping[str, Any]) -> bytes:
    text = item["content"]
    if text is None or isinstance(text, (dict, list)):
        raise TypeError(f"content of {path} is not a text")
    encoding = item.get("encoding", "plain")
    if encoding == "plain":
        return str(text).encode()
    if encoding != "base64":
        raise ValueError(f"encoding of {path} is neither plain nor base64")
    try:
        return base64.b64decode(str(text), validate=False)
    except binascii.Error as error:
        raise ValueError(f"content of {path} is not base64") from error


def _mode(path: str, value: Any) -> str:
    """The digits of a mode. YAML 1.1 reads an unquoted 000755 as the octal number that it is meant to be."""
    digits = f"{value:06o}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    if not MODE.fullmatch(digits):
        raise ValueError(f"mode of {path} is not octal")
    return digits


def parsed_command(name: str, item: Mapping[str, Any]) -> Command:
    """One command. Raises TypeError for a value of another type than Elastic Beanstalk documents."""
    cwd = item.get("cwd", "")
    if not isinstance(cwd, str) or "\0" in cwd:
        raise TypeError(f"cwd of {name} is not a path")
    variables = item.get("env") or {}
    if not isinstance(variables, dict) or any(
        "\0" in f"{key}{value}" or "=" in str(key) for key, value in variables.items()
    ):
        raise TypeError(f"env of {name} is not a map of variables")
    return Command(
        name,
        _words(item.get("command"), f"command of {name}"),
        _words(item["test"], f"test of {name}") if "test" in item else None,
        cwd=cwd,
        env={str(key): str(value) for key, value in variables.items()},
        ignores_errors=is_true(item.get("ignoreErrors")),
    )


def _service(name: str, item: Mapping[str, Any]) -> Service:
    running = is_true(item["ensureRunning"]) if "ensureRunning" in item else None
    triggers = [value for key in ("files", "sources", "commands") for value in item.get(key) or ()]
    packages = [package for names in _map(item, "packages").values() for package in names or ()]
    return Service(_matching(NAME, name), running, frozenset(map(str, (*triggers, *packages))))


def is_true(value: object) -> bool:
    """Return whether a YAML value is true, quoted or not."""
    return str(value).lower() in TRUE


def _sorted(content: Mapping[str, Any], section: str) -> list[tuple[str, Any]]:
    """The entries of a section. Names are sorted as text: 10 is before 2."""
    return sorted((str(name), item) for name, item in _map(content, section).items())


def _map(content: Mapping[str, Any], key: str) -> dict[Any, Any]:
    return _map_of(content.get(key))


def _map_of(value: Any) -> dict[Any, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError("a section or one of its entries is not a map")
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError(f"{name} is not a text")
    return value


def _absolute(path: Any) -> str:
    if not str(path).startswith("/") or "\0" in str(path):
        raise ValueError(f"{path} is not an absolute path")
    return str(path)


def _matching(pattern: re.Pattern[str], value: Any) -> str:
    if not pattern.fullmatch(str(value)):
        raise ValueError(f"{value} is not a valid name")
    return str(value)


def _id(item: Mapping[str, Any], key: str) -> str:
    value = str(item.get(key, ""))
    if not re.fullmatch("[0-9]{0,9}", value):
        raise ValueError(f"{key} is not a number")
    return value
