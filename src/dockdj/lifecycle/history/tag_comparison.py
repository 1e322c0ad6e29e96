"""Compare the release that a registry holds with the release in the version's tag."""

from dockdj.adapters.git import repository as git
from dockdj.adapters.git import tags as git_tags
from dockdj.errors import Refused
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.history.registry_index import Published
from dockdj.model.project.project import Project
from dockdj.model.release.differences import differences


def compare(project: Project, published: Published) -> str:
    """Compare the records; return the reason why they cannot be compared, empty when they are equal.

    Raises Refused with the differing fields when the tag has another record or none; ProjectError when the tag's
    record is damaged.
    """
    work, release = git.find(project.root), published.release
    tag = release.version.tag
    tagged = release_tags.of_tag(work, release.version)
    if tagged is None:
        if git_tags.tag(work, tag) is None:
            return (
                f"the tag {tag} is not in this clone; record taken from the registry, not compared (git fetch --tags)"
            )
        raise Refused(
            f"the tag {tag} has no release record, so it was replaced",
            hint=f"find out who replaced it: git ls-remote --tags; git show {tag}; then fetch the right one",
        )
    if tagged.content != release.content:
        raise Refused(
            f"{published.repository} holds another release under {release.version} than the tag {tag}: record "
            f"{release.digest[:19]}, not {tagged.digest[:19]}; they differ in "
            f"{', '.join(differences(tagged.content, release.content))}",
            hint="find out who replaced the tag or the record: dockdj history; git ls-remote --tags; then release the "
            "next version",
        )
    return ""
