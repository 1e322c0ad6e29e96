"""Refuse a release that carries a secret: what is published cannot be taken back."""

from collections.abc import Iterable, Iterator, Mapping

from dockdj.adapters import project_file
from dockdj.adapters.docker import image_layers
from dockdj.adapters.docker.image_layers import Layer
from dockdj.adapters.git import history as git_history
from dockdj.adapters.git import repository as git
from dockdj.errors import Refused
from dockdj.lifecycle.bundle import files as bundle_files
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.history.layout import layout_at
from dockdj.model.dockerrun.document import DOCKERRUN_NAME
from dockdj.model.listing import in_lines
from dockdj.model.project import dotenv, env_contract
from dockdj.model.project.env_contract import Variable
from dockdj.model.project.project import PROJECT_FILE, Leaks, Project
from dockdj.model.release.image import RecordedImage
from dockdj.model.release.record import Release
from dockdj.model.secrets.credentials import PATTERNS
from dockdj.model.secrets.search import Hit, Needle, distinct, is_allowed, redacted, scan, strings, values

SHOWN_HITS = 20


def check(project: Project, repository: git.Repository, release: Release, tags: Mapping[str, str]) -> None:
    """Search secrets in all that a release publishes; `tags` are the images of services, which may be none.

    Searched are values of this machine's `environments/*/.env` and credentials of known forms: in the tag's message,
    which holds the record, the commit's message, the files bundles are made of, and of each image that was built
    its configuration, history and the layers above those of the base, which the record proves. Compressed files are
    not opened.

    Raises Refused naming variable and place, never a value; ProjectError for a `.env` that cannot be read.
    """
    needles = (*of_machine(project), *PATTERNS)
    found = (*_in_texts(repository, release, needles), *in_images(release.services, tags, needles))
    refuse(str(release.version), found, needles, project.leaks, "release again")


def refuse(what: str, found: Iterable[Hit], needles: Iterable[Needle], declared: Leaks, again: str) -> None:
    """Raise Refused naming variable and place of each secret in `what`, never a value; none that is `declared` is one.

    `again` is what to do when it is out.
    """
    hits = [hit for hit in dict.fromkeys(found) if not is_allowed(hit, declared.allow)]
    if not hits:
        return
    message = f"{what} would publish a secret:{in_lines([hit.line for hit in hits], SHOWN_HITS)}"
    entry = next((hit.path for hit in hits if hit.path), hits[0].needle.name)
    hint = (
        f"take it out and {again}; give the secret a new value if others had it already. "
        f'What is none: [leaks] allow = ["{entry}"] in {PROJECT_FILE}'
    )
    raise Refused(redacted(message, needles), hint=redacted(hint, needles))


def of_machine(project: Project) -> tuple[Needle, ...]:
    """The values on this machine that nobody else may see. Raises ProjectError naming every unreadable line."""
    plain = {value for target in project.targets.values() for value in target.env.values()}
    examples: set[str] = set()
    given: dict[str, tuple[Mapping[str, str], tuple[Variable, ...]]] = {}
    for environment in project_file.environments(project):
        files = project.files(environment)
        example, path = project.root / files.contract, project.root / files.variables
        contract: tuple[Variable, ...] = ()
        if example.is_file():
            content, shown = example.read_bytes(), files.contract
            contract = env_contract.parse(content, shown)
            # What is generated differs from this text, so that it stays secret.
            filled = env_contract.filled(content, shown, lambda: "x")
            examples |= set(dotenv.parse(filled.encode(), shown).values())
        if path.is_file():
            given[files.variables] = dotenv.parse(path.read_bytes(), files.variables), contract
    return distinct(
        needle
        for shown, (found, contract) in given.items()
        for needle in values(found, contract, shown, examples=examples, plain=plain)
    )


def _in_texts(repository: git.Repository, release: Release, needles: tuple[Needle, ...]) -> Iterator[Hit]:
    commit = release.commit
    messages = {
        "the tag's message": release_tags.message(release),
        "the commit's message": git_history.message_of(repository, commit),
    }
    for where, text in messages.items():
        yield from (Hit(found.needle, where) for found in scan((text.encode(),), needles))
    # Of these and of the record a bundle's own files are made.
    names = (layout_at(repository, commit).production.compose, DOCKERRUN_NAME, PROJECT_FILE)
    texts = {name: git.text_at(repository, commit, name) for name in names}
    files = {name: text.encode() for name, text in texts.items() if text is not None}
    files |= {file.path: file.content for file in bundle_files.gathered(repository, commit, ())}
    for path, content in files.items():
        where = "the commit" if path == PROJECT_FILE else "the bundle"
        yield from (Hit(found.needle, where, path) for found in scan((path.encode(), b"\n", content), needles))


def in_images(
    services: Mapping[str, RecordedImage], tags: Mapping[str, str], needles: tuple[Needle, ...]
) -> Iterator[Hit]:
    """The needles in the configuration, the history and the own layers of each image that was built here.

    The layers of the base are passed over: those that the record proves, whatever has the base's name by now.
    """
    built = {name: tag for name, tag in tags.items() if services[name].source is None}
    if not built:
        return
    with image_layers.saved(tuple(dict.fromkeys(built.values()))) as images:
        searched: dict[str, tuple[tuple[Needle, str], ...]] = {}
        for service, tag in built.items():
            image = images[tag]
            for place, text in strings(image.config):
                for found in scan((text.encode(),), needles):
                    yield Hit(found.needle, f"the image of {service}, {place}")
            below = _below(services[service], image.layers)
            for number, layer in enumerate(image.layers[below:], below + 1):
                if layer.name not in searched:
                    searched[layer.name] = _in_layer(layer, needles)
                where = f"the image of {service}, layer {number} of {len(image.layers)}"
                yield from (Hit(needle, where, path) for needle, path in searched[layer.name])


def _below(recorded: RecordedImage, layers: tuple[Layer, ...]) -> int:
    """How many of an image's layers are its base's: 0 where the layers differ from those in the record."""
    base = recorded.diff_ids[: recorded.base.layers] if recorded.base else ()
    return len(base) if tuple(layer.diff_id for layer in layers[: len(base)]) == base else 0


def _in_layer(layer: Layer, needles: tuple[Needle, ...]) -> tuple[tuple[Needle, str], ...]:
    found = list(scan(layer.chunks(), needles))
    paths = layer.files_at({one.offset for one in found}) if found else {}
    return tuple(dict.fromkeys((one.needle, paths.get(one.offset, "")) for one in found))
