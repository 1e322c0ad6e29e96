"""Refuse a release that carries a secret: what is published cannot be taken back."""

from collections.abc import Iterable, Iterator, Mapping

from dockdj.adapters import git, project_file
from dockdj.adapters.git_message import message_of
from dockdj.errors import Refused
from dockdj.lifecycle import bundle_tree, dockerrun, records
from dockdj.lifecycle.env import DOTENV, EXAMPLE
from dockdj.lifecycle.image_leaks import in_images
from dockdj.model import dotenv, env_contract
from dockdj.model.credentials import PATTERNS
from dockdj.model.dockerrun import DOCKERRUN_NAME
from dockdj.model.env_contract import Variable
from dockdj.model.leaks import Hit, Needle, distinct, is_allowed, redacted, scan, values
from dockdj.model.listing import in_lines
from dockdj.model.project import PROJECT_FILE, Leaks, Project
from dockdj.model.release import Release

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
    found = (*_in_texts(repository, release, needles), *in_images(release, tags, needles))
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
        name = f"environments/{environment}"
        example, path = project.root / name / EXAMPLE, project.root / name / DOTENV
        contract: tuple[Variable, ...] = ()
        if example.is_file():
            content, shown = example.read_bytes(), f"{name}/{EXAMPLE}"
            contract = env_contract.parse(content, shown)
            # What is generated differs from this text, so that it stays secret.
            filled = env_contract.filled(content, shown, lambda: "x")
            examples |= set(dotenv.parse(filled.encode(), shown).values())
        if path.is_file():
            shown = f"{name}/{DOTENV}"
            given[shown] = dotenv.parse(path.read_bytes(), shown), contract
    return distinct(
        needle
        for shown, (found, contract) in given.items()
        for needle in values(found, contract, shown, examples=examples, plain=plain)
    )


def _in_texts(repository: git.Repository, release: Release, needles: tuple[Needle, ...]) -> Iterator[Hit]:
    commit = release.commit
    messages = {"the tag's message": records.message(release), "the commit's message": message_of(repository, commit)}
    for where, text in messages.items():
        yield from (Hit(found.needle, where) for found in scan((text.encode(),), needles))
    # Of these and of the record a bundle's own files are made.
    texts = {name: git.text_at(repository, commit, name) for name in (dockerrun.SOURCE, DOCKERRUN_NAME, PROJECT_FILE)}
    files = {name: text.encode() for name, text in texts.items() if text is not None}
    files |= {file.path: file.content for file in bundle_tree.gathered(repository, commit, ())}
    for path, content in files.items():
        where = "the commit" if path == PROJECT_FILE else "the bundle"
        yield from (Hit(found.needle, where, path) for found in scan((path.encode(), b"\n", content), needles))
