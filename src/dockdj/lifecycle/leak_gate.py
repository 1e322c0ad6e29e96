"""Refuse a release that contains a secret: a publication cannot be undone."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from dockdj.adapters import project_file
from dockdj.adapters.docker import image_layers
from dockdj.adapters.docker.image_layers import Layer
from dockdj.adapters.git import objects as git_objects
from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import remote as git_remote
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.remote import Push
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
SHOWN_ID = 12
TAG_MESSAGE = "the tag's message"
RELEASED_MESSAGE = "the commit's message"


def check_commit(project: Project, repository: git.Repository, commit: str) -> None:
    """Search for secrets in the commit of a release, before the long build: its message, its tree and its bundle.

    The history that the remote's branches lacked at the last fetch is searched as well, since `publish` pushes it.
    A clone that never fetched a branch cannot know that history, and `publish` alone searches it.

    Raises Refused with variable and place, never a value; ProjectError for a `.env` that cannot be read.
    """
    remote = git_remote.name(repository)
    fetched = git_references.of_remote(repository, remote) if remote else frozenset()
    push = Push(remote or "", {"HEAD": commit} if fetched else {}, fetched)
    needles = _needles(project, repository, commit, push)
    hits = (*_in_bundle(repository, commit, needles), *_in_git(repository, commit, push, needles))
    refuse("the commit", hits, needles, project.leaks, "release again")


def check_images(project: Project, release: Release, tags: Mapping[str, str]) -> None:
    """Search for secrets in a release's record and images, when `check_commit` has searched its commit.

    Of each built image the search covers the configuration, the history and the layers above the base's layers, which
    the record proves. Compressed files are not opened. `tags` is service -> image. Raises as `check_commit` does.
    """
    needles = (*of_machine(project), *PATTERNS)
    hits = (*in_text(TAG_MESSAGE, release_tags.message(release), needles), *in_images(release.services, tags, needles))
    refuse(str(release.version), hits, needles, project.leaks, "release again")


def check(
    project: Project, repository: git.Repository, release: Release, tags: Mapping[str, str], push: Push | None = None
) -> None:
    """Search for secrets in everything that a release publishes: what `check_commit` and `check_images` search.

    Of the history, it searches what `push` sends to the Git remote. `tags` is service -> image, and may be empty.
    Raises as `check_commit` does.
    """
    push = push or Push()
    needles = _needles(project, repository, release.commit, push)
    hits = (
        *in_text(TAG_MESSAGE, release_tags.message(release), needles),
        *_in_bundle(repository, release.commit, needles),
        *_in_git(repository, release.commit, push, needles),
        *in_images(release.services, tags, needles),
    )
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
    oldest = next((leak.commit for leak in leaks if leak.commit), "")
    rewritten = f"rewrite {oldest[:SHOWN_ID]}, because a later commit does not remove it from the history; "
    hint = (
        f"remove it and {again}; {rewritten if oldest else ''}give the secret a new value if it was shared before. "
        f'If it is not a secret: [leaks] allow = ["{entry}"] in {PROJECT_FILE}'
    )
    raise Refused(redacted(message, needles), hint=redacted(hint, needles))


def of_machine(project: Project, tracked: Mapping[str, Collection[bytes]] | None = None) -> tuple[Needle, ...]:
    """The secret values on this machine, and in `tracked`, the contents of variables files in Git by path.

    Raises ProjectError with every unreadable line of this machine's files.
    """
    plain = {value for target in project.targets.values() for value in target.env.values()}
    examples: set[str] = set()
    given: list[tuple[str, Mapping[str, str], tuple[Variable, ...]]] = []
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
            given.append((files.variables, dotenv.parse(path.read_bytes(), files.variables), contract))
        contents = (tracked or {}).get(files.variables, ())
        given += [(files.variables, dotenv.readable(content), contract) for content in contents]
    return distinct(
        needle
        for shown, variables, contract in given
        for needle in values(variables, contract, shown, examples=examples, plain=plain)
    )


def _needles(project: Project, repository: git.Repository, commit: str, push: Push) -> tuple[Needle, ...]:
    """Everything to search for: values on this machine, values that Git has of variables files, and credentials."""
    paths = {project.files(name).variables for name in project_file.environments(project)}
    named = {git.inside(repository, path): path for path in paths}
    places: dict[str, str] = {}
    if named:
        places |= git_objects.of_commit(repository, commit, named)
        places |= git_objects.reachable(repository, tuple(push.references.values()), push.present, named)
    files = {name: named[path] for name, path in places.items() if path in named}
    tracked: dict[str, list[bytes]] = {}
    for each in git_objects.contents(repository, files):
        tracked.setdefault(files[each.id], []).append(b"".join(each.chunks))
    return (*of_machine(project, tracked), *PATTERNS)


def in_text(where: str, text: str, needles: tuple[Needle, ...]) -> Iterator[Hit]:
    """The needles in a text; `where` names the text."""
    yield from (Hit(match.needle, where) for match in scan((text.encode(),), needles))


def _in_bundle(repository: git.Repository, commit: str, needles: tuple[Needle, ...]) -> Iterator[Hit]:
    # A bundle's generated files come from these and from the record.
    names = (layout_at(repository, commit).production.compose, DOCKERRUN_NAME, PROJECT_FILE)
    texts = {name: git.text_at(repository, commit, name) for name in names}
    files = {name: text.encode() for name, text in texts.items() if text is not None}
    # Filters of a checkout may have changed these files, so Git's objects are not enough.
    files |= {file.path: file.content for file in bundle_files.gathered(repository, commit, ())}
    for path, content in files.items():
        where = "the commit" if path == PROJECT_FILE else "the bundle"
        yield from (Hit(match.needle, where, path) for match in scan((path.encode(), b"\n", content), needles))


def _in_git(repository: git.Repository, commit: str, push: Push, needles: tuple[Needle, ...]) -> Iterator[Hit]:
    """The needles in a commit's tree, in the objects that a push sends, and in the names of its references.

    A file's hit names the oldest commit that the push sends with it, else `commit`.
    """
    for reference in push.references:
        yield from in_text(f"the name {reference}", reference, needles)
    tree = git_objects.of_commit(repository, commit)
    pushed = git_objects.reachable(repository, tuple(push.references.values()), push.present)
    matches: dict[str, dict[tuple[Needle, str], None]] = {}
    for each in git_objects.contents(repository, tree | pushed):
        if each.kind in ("commit", "tag"):
            where = RELEASED_MESSAGE if each.id == commit else f"the message of {each.kind} {each.id[:SHOWN_ID]}"
            text = git_objects.texts_of(b"".join(each.chunks))
            yield from (Hit(match.needle, where) for match in scan((text,), needles))
        elif each.kind == "tree":
            content = b"".join(each.chunks)
            for match in scan((content,), needles):
                if entry := git_objects.entry_at(content, match.offset, len(each.id) // 2):
                    name, named = entry
                    matches.setdefault(named, {})[match.needle, name] = None
        else:
            for match in scan(each.chunks, needles):
                matches.setdefault(each.id, {})[match.needle, ""] = None
    if matches:
        yield from _placed(repository, commit, push, matches)


def _placed(
    repository: git.Repository, commit: str, push: Push, matches: Mapping[str, Collection[tuple[Needle, str]]]
) -> Iterator[Hit]:
    """The hits of objects that match: one for each needle and path. A match with a name is in a path that ends so."""
    hits: dict[tuple[Needle, str], Hit] = {}
    placed = set()

    def add(place: git_objects.Place, rewritten: str) -> None:
        path, where = git.relative(repository, place.path), f"commit {place.commit[:SHOWN_ID]}"
        for needle, name in matches[place.id]:
            if not name or place.path.rpartition("/")[2] == name:
                hits.setdefault((needle, path), Hit(needle, where, path, rewritten))
                placed.add((place.id, needle, name))

    for place in git_objects.places_since(repository, tuple(push.references.values()), push.present, matches):
        add(place, place.commit)
    for place in git_objects.places_in(repository, commit, matches):
        add(place, "")
    yield from hits.values()
    # A hit without a place still refuses.
    for name, pairs in matches.items():
        yield from (Hit(needle, f"object {name}") for needle, entry in pairs if (name, needle, entry) not in placed)


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
