"""Choose where a project's Dockdj comes from, so that every clone gets the same one."""

import hashlib
from dataclasses import dataclass

from dockdj.adapters import installation
from dockdj.errors import UsageError
from dockdj.model.files import File
from dockdj.model.project.source import EXPECTED, VENDOR, WHEEL, is_folder, is_pinned, of_installation


@dataclass(frozen=True)
class Source:
    """The value of `source` in `dockdj.toml`, and the files that it needs in the project."""

    text: str
    files: tuple[File, ...] = ()


def choose(given: str = "") -> Source:
    """The given source; without one the address that this Dockdj was installed from; without that its wheel.

    No index is ever chosen: an installation does not record its index, and on a public one the name can be anybody's.
    Raises UsageError for a given source that is neither pinned nor a folder, Refused if no wheel can be made.
    """
    if given and given != WHEEL:
        if not is_pinned(given) and not is_folder(given):
            raise UsageError(f"`{given}` does not say what Dockdj it is", hint=f"expected is {EXPECTED}")
        return Source(given)
    if not given and (address := of_installation(installation.direct_url())):
        return Source(address)
    wheel = installation.wheel()
    path = f"{VENDOR}/{wheel.path}"
    return Source(f"{path}#sha256={hashlib.sha256(wheel.content).hexdigest()}", (File(path, wheel.content),))
