"""Refuse a release that contains a secret: a publication cannot be undone."""

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
    """Search for secrets in everything that a release publishes; `tags` is service -> image, and may be empty.

    The search is for values of this machine's `.env` files and for credentials of known forms. It covers the tag's
    message, which holds the record, the commit's message and the files of bundles. Of each built image it covers the
    configuration, the history and the layers above the base's layers, which the record proves. Compressed files are
    not opened.

    Raises Refused with variable and place, never a value; ProjectError for a `.env` that cannot be read.
    """
    needles = (*of_machine(project), *PATTERNS)
    hits = (*_in_texts(repository, release, needles), *in_images(release.services, tags, needles))
    refuse(str(release.version), hits, needles, project.leaks, "release again")


def refuse(subject: str, hits: Iterable[Hit], needles: Iterable[Needle], declared: Leaks, again: str) -> None:
    """Raise Refused with the variable and place of each secret in `subject` that is not `declared`, never a value.

    `again` is the step that follows the secret's removal.
    """
    leaks = [hit for hit in dict.fromkeys(hits) if not is_allowed(hit, declared.allow)]
    if not leaks:
        return
    message = f"{subject} would publish a secret:{in_lines([leak.line for leak in leaks], SHOWN_HITS)}"
    entry = next((leak.path for leak in leaks if leak.path), leaks[0].needle.name)
    hint = (
        f"remove it and {again}; give the secret a new value if it was shared before. "
        f'If it is not a secret: [leaks] allow = ["{entry}"] in {PROJECT_FILE}'
    )
    raise Refused(redacted(message, needles), hint=redacted(hint, needles))


def of_machine(project: Project) -> tuple[Needle, ...]:
    """The secret values on this machine. Raises ProjectError with every unreadable line."""
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
            # A generated value differs from this text, so it still counts as a secret.
            filled = env_contract.filled(content, shown, lambda: "x")
            examples |= set(dotenv.parse(filled.encode(), shown).values())
        if path.is_file():
            given[files.variables] = dotenv.parse(path.read_bytes(), files.variables), contract
    return distinct(
        needle
        for shown, (variables, contract) in given.items()
        for needle in values(variables, contract, shown, examples=examples, plain=plain)
    )


def _in_texts(repository: git.Repository, release: Release, needles: tuple[Needle, ...]) -> Iterator[Hit]:
    commit = release.commit
    messages = {
        "the tag's message": release_tags.message(release),
        "the commit's message": git_history.message_of(repository, commit),
    }
    for where, text in messages.items():
        yield from (Hit(match.needle, where) for match in scan((text.encode(),), needles))
    # A bundle's generated files come from these and from the record.
    names = (layout_at(repository, commit).production.compose, DOCKERRUN_NAME, PROJECT_FILE)
    texts = {name: git.text_at(repository, commit, name) for name in names}
    files = {name: text.encode() for name, text in texts.items() if text is not None}
    files |= {file.path: file.content for file in bundle_files.gathered(repository, commit, ())}
    for path, content in files.items():
        where = "the commit" if path == PROJECT_FILE else "the bundle"
        yield from (Hit(match.needle, where, path) for match in scan((path.encode(), b"\n", content), needles))


def in_images(
    services: Mapping[str, RecordedImage], tags: Mapping[str, str], needles: tuple[Needle, ...]
) -> Iterator[Hit]:
    """The needles in the configuration, the history and the layers of each image that was built here.

    The base's layers are skipped: the layers that the record proves, whatever image has the base's name now.
    """
    built = {name: tag for name, tag in tags.items() if services[name].source is None}
    if not built:
        return
    with image_layers.saved(tuple(dict.fromkeys(built.values()))) as images:
        searched: dict[str, tuple[tuple[Needle, str], ...]] = {}
        for service, tag in built.items():
            image = images[tag]
            for place, text in strings(image.config):
                for match in scan((text.encode(),), needles):
                    yield Hit(match.needle, f"the image of {service}, {place}")
            below = _below(services[service], image.layers)
            for number, layer in enumerate(image.layers[below:], below + 1):
                if layer.name not in searched:
                    searched[layer.name] = _in_layer(layer, needles)
                where = f"the image of {service}, layer {number} of {len(image.layers)}"
                yield from (Hit(needle, where, path) for needle, path in searched[layer.name])


def _below(recorded: RecordedImage, layers: tuple[Layer, ...]) -> int:
    """The number of an image's layers that belong to its base: 0 if the layers differ from those in the record."""
    base = recorded.diff_ids[: recorded.base.layers] if recorded.base else ()
    return len(base) if tuple(layer.diff_id for layer in layers[: len(base)]) == base else 0


def _in_layer(layer: Layer, needles: tuple[Needle, ...]) -> tuple[tuple[Needle, str], ...]:
    matches = list(scan(layer.chunks(), needles))
    paths = layer.files_at({match.offset for match in matches}) if matches else {}
    return tuple(dict.fromkeys((match.needle, paths.get(match.offset, "")) for match in matches))
