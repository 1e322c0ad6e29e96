"""A released application on another stack: its version, and what must hold before it is a release."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from dockdj.model.release import Release
from dockdj.model.version import Version

SHOWN = 10


def next_version(of: Version, existing: Iterable[Version]) -> Version:
    """The version of a restack: the same application's, with the next free number of a stack."""
    plain = replace(of, stack=0)
    taken = [one.stack for one in existing if replace(one, stack=0) == plain]
    return replace(of, stack=max(taken, default=0) + 1)


def new_failures(control: Collection[str] | None, now: Iterable[str]) -> tuple[str, ...]:
    """The tests that fail on the new stack and not on the old one; without a control every failure is new."""
    return tuple(sorted(set(now) - set(control or ())))


def unmet(original: Release, made: Release, bases: Mapping[str, str]) -> tuple[str, ...]:
    """The conditions of a correct restack that the two records do not meet, in words; none when all hold.

    `bases` are the base images that were replaced, name -> digest of the configuration wanted. That the
    stack differs is not among them: an equal one means that there is nothing to do.
    """
    return tuple(_unmet(original.document, made.document, bases))


def _unmet(old: Mapping[str, Any], new: Mapping[str, Any], bases: Mapping[str, str]) -> Iterator[str]:
    if old["fingerprint"]["app"] != new["fingerprint"]["app"]:
        yield "the application is not the same: files outside the paths of its stack differ"
    if old["app"]["migrations"] != new["app"]["migrations"]:
        yield "its migrations are not the same"
    for name, service in new["services"].items():
        was = old["services"].get(name)
        if was and was["platform"] != service["platform"]:
            yield f"{name} is built for {service['platform']}, and was for {was['platform']}"
    before, after = _bases(old), _bases(new)
    for name, config in bases.items():
        if name in after and after[name] != config:
            yield f"the layers of {name} are not those of the image that was asked for"
        # Images of stages that only build are below no image that is released.
        if name in before and name not in after:
            yield f"no image is proved to start from {name}"


def _bases(document: Mapping[str, Any]) -> dict[str, str]:
    return {base["name"]: base["config"] for one in document["services"].values() if (base := one["base"])}


def drift(original: Release, made: Release) -> tuple[str, ...]:
    """The Python and npm packages that a restack did not keep, `name: before -> after`.

    The base image's own, as its pip, are part of the stack that is to change.
    """
    old, new = _packages(original.document), _packages(made.document)
    return tuple(
        f"{name}: {old.get(name, 'absent')} -> {new.get(name, 'absent')}"
        for name in sorted(set(old) | set(new))
        if old.get(name) != new.get(name)
    )


def shown(lines: Collection[str]) -> str:
    """The first of many, for an error."""
    more = f"\n  and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    return "".join(f"\n  {line}" for line in tuple(lines)[:SHOWN]) + more


def changed_data(old: Mapping[str, str | None], new: Mapping[str, str | None]) -> tuple[str, ...]:
    """Services run from images of others whose major version differs, as `name: before -> after`.

    `old` and `new` are image names by service. What keeps data (a database) cannot go to another major version
    without a migration of that data, and no restack makes one.
    """
    pairs = ((name, old.get(name), new.get(name)) for name in sorted(set(old) & set(new)))
    return tuple(
        f"{name}: {one} -> {two}"
        for name, one, two in pairs
        if one and two and _major(one)[0] == _major(two)[0] and _major(one) != _major(two)
    )


def _major(image: str) -> tuple[str, str]:
    """An image's name and the first number of its tag; a digest behind it says nothing of either."""
    place, slash, last = image.partition("@")[0].rpartition("/")
    name, _, tag = last.partition(":")
    return f"{place}{slash}{name}", tag.split(".")[0].split("-")[0]


def _packages(document: Mapping[str, Any]) -> dict[str, str]:
    found = {f"npm {name}": version for name, version in document["npm"].items()}
    for service, fields in document["services"].items():
        for prefix, python in fields.get("python", {}).items():
            found |= {
                f"{service} {prefix} {name}": one["version"]
                for name, one in python["packages"].items()
                if one["origin"] != "base"
            }
        for folder, packages in fields.get("npm", {}).items():
            found |= {f"{service} {folder} {name}": version for name, version in packages.items()}
    return found
