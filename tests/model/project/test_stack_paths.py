from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.files import Entry
from dockdj.model.project.stack_paths import Stack, application_print

ENTRIES = [
    Entry("app/views.py", "100644", "1" * 40),
    Entry("docker/nginx/nginx.conf", "100644", "2" * 40),
    Entry("Dockerrun.aws.json", "100644", "3" * 40),
    Entry("dockerfiles.md", "100644", "4" * 40),
]


def changed(of: str, **fields: str) -> list[Entry]:
    return [Entry(**{**vars(one), **(fields if one.path == of else {})}) for one in ENTRIES]


def test_stack_paths_match_whole_folders_and_single_files() -> None:
    assert [one.path for one in ENTRIES if Stack().has(one.path)] == ["docker/nginx/nginx.conf", "Dockerrun.aws.json"]
    assert Stack(("docker/",)).has("docker/x") and not Stack(("docker/",)).has("docker2/x")


def test_fingerprint_depends_on_the_applications_content_mode_and_path_alone() -> None:
    plain = application_print(ENTRIES, Stack())
    assert application_print(changed("docker/nginx/nginx.conf", id="9" * 40), Stack()) == plain
    for fields in ({"id": "9" * 40}, {"mode": "100755"}, {"path": "app/urls.py"}):
        assert application_print(changed("app/views.py", **fields), Stack()) != plain


@given(st.permutations(ENTRIES))
def test_fingerprint_ignores_the_order_of_files(entries: list[Entry]) -> None:
    assert application_print(entries, Stack()) == application_print(ENTRIES, Stack())
