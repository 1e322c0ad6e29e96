"""A released application on another stack: its version, and what must hold before it is a release."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from dockdj.model.image_names import major, software
from dockdj.model.inventory.inventory import BASE
from dockdj.model.release.record import Record
from dockdj.model.version import Version


def next_version(of: Version, existing: Iterable[Version]) -> Version:
    """The version of a restack: the same application's, with the next free number of a stack."""
    plain = replace(of, stack=0)
    taken = [one.stack for one in existing if replace(one, stack=0) == plain]
    return replace(of, stack=max(taken, default=0) + 1)


def new_failures(control: Collection[str] | None, now: Iterable[str]) -> tuple[str, ...]:
    """The tests that fail on the new stack and not on the old one; without a control every failure is new."""
    return tuple(sorted(set(now) - set(control or ())))


def unmet(
    original: Record, restacked: Record, bases: Mapping[str, str], below: Mapping[str, str | None]
) -> tuple[str, ...]:
    """The conditions of a correct restack that the two records do not meet, in words; empty when all hold.

    `bases` are the base images that were replaced, name -> digest of the wanted configuration. `below` is service ->
    the base image that its Dockerfile starts from, None without one. A different stack is not a condition: an equal
    stack means that there is nothing to do.
    """
    return tuple(_unmet(original, restacked, bases, below))


def _unmet(old: Record, new: Record, bases: Mapping[str, str], below: Mapping[str, str | None]) -> Iterator[str]:
    if old.fingerprint.app != new.fingerprint.app:
        yield "the application is not the same: files outside the paths of its stack differ"
    # Sources name an application by its folder, Django by its label. The application's files are compared above.
    if bool(old.app.django) == bool(new.app.django) and old.app.migrations != new.app.migrations:
        yield "its migrations are not the same"
    for name, image in new.services.items():
        was = old.services.get(name)
        if was and was.platform != image.platform:
            yield f"{name} is built for {image.platform}, and was for {was.platform}"
    # Images that only stages of the build start from are not below a released image.
    for name, base in below.items():
        wanted, proved = bases.get(base or ""), new.services[name].base
        if wanted and (proved is None or proved.config != wanted):
            yield f"{name} is not proved to start from the {base} that was asked for"


def drift(original: Record, restacked: Record) -> tuple[str, ...]:
    """The Python and npm packages that a restack did not keep, `name: before -> after`.

    The base image's own packages, as its pip, are part of the stack that is to change.
    """
    old, new = _packages(original), _packages(restacked)
    return tuple(
        f"{name}: {old.get(name, 'absent')} -> {new.get(name, 'absent')}"
        for name in sorted(set(old) | set(new))
        if old.get(name) != new.get(name)
    )


def changed_data(old: Mapping[str, str | None], new: Mapping[str, str | None]) -> tuple[str, ...]:
    """Services with third-party images whose major version differs, or may, as `name: before -> after`.

    `old` and `new` are image names by service; the same software from another registry is the same. What keeps data (a
    database) cannot go to another major version without a migration of that data, and no restack makes one.
    """
    pairs = ((name, old.get(name), new.get(name)) for name in sorted(set(old) & set(new)))
    return tuple(
        f"{name}: {one} -> {two}"
        for name, one, two in pairs
        if one and two and software(one) == software(two) and major(one) != major(two)
    )


def _packages(record: Record) -> dict[str, str]:
    versions = {f"npm {name}": version for name, version in record.npm.items()}
    for service, image in record.services.items():
        for prefix, python in image.python.items():
            versions |= {
                f"{service} {prefix} {name}": package.version
                for name, package in python.packages.items()
                if package.origin != BASE
            }
        for folder, packages in image.npm.items():
            versions |= {f"{service} {folder} {name}": version for name, version in packages.items()}
    return versions
