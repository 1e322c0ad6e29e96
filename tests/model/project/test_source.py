"""Where an installation is from, by PEP 610, and what of it others may be told."""

from typing import Any

import pytest

from dockdj.model.project.source import is_folder, is_pinned, of_installation

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HASH = "ab" * 32
GIT = {"vcs": "git", "commit_id": COMMIT, "requested_revision": "v1"}
ARCHIVE = {"hashes": {"sha256": HASH}}


@pytest.mark.parametrize(
    ("document", "source"),
    [
        ({"url": "https://git.x.org/a/d.git", "vcs_info": GIT}, f"git+https://git.x.org/a/d.git@{COMMIT}"),
        ({"url": "ssh://git@x.org:22/a/d", "vcs_info": GIT}, f"git+ssh://git@x.org:22/a/d@{COMMIT}"),
        (
            {"url": "https://x.org/mono", "vcs_info": GIT, "subdirectory": "tools/d"},
            f"git+https://x.org/mono@{COMMIT}#subdirectory=tools/d",
        ),
        # A password or a token is nobody else's business.
        ({"url": "https://me:secret@x.org/d", "vcs_info": GIT}, f"git+https://x.org/d@{COMMIT}"),
        ({"url": "https://ghp_secret@x.org/d", "vcs_info": GIT}, f"git+https://x.org/d@{COMMIT}"),
        ({"url": "ssh://git:secret@x.org/d", "vcs_info": GIT}, f"git+ssh://git@x.org/d@{COMMIT}"),
        ({"url": "https://x.org/d?token=secret", "vcs_info": GIT}, f"git+https://x.org/d@{COMMIT}"),
        ({"url": "https://x.org/d.whl", "archive_info": ARCHIVE}, f"https://x.org/d.whl#sha256={HASH}"),
        (
            {"url": "https://x.org/d.whl", "archive_info": {"hash": f"sha256={HASH}"}},
            f"https://x.org/d.whl#sha256={HASH}",
        ),
        ({"url": "https://u:p@x.org/d.whl#egg=d", "archive_info": ARCHIVE}, f"https://x.org/d.whl#sha256={HASH}"),
    ],
)
def test_address_of_others_is_pinned_and_has_no_secret(document: dict[str, Any], source: str) -> None:
    assert of_installation(document) == source
    assert is_pinned(source)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"url": 7, "vcs_info": GIT},
        {"url": "file:///srv/d", "dir_info": {"editable": True}},
        {"url": "file:///srv/d", "dir_info": {}},
        {"url": "file:///srv/d.git", "vcs_info": GIT},
        {"url": "file:///tmp/d.whl", "archive_info": ARCHIVE},
        {"url": "https://localhost/d", "vcs_info": GIT},
        {"url": "https://127.1.2.3/d.whl", "archive_info": ARCHIVE},
        {"url": "http://[::1]:80/d.whl", "archive_info": ARCHIVE},
        {"url": "http://[::1/d.whl", "archive_info": ARCHIVE},
        {"url": "https://x.org/d", "vcs_info": {"vcs": "hg", "commit_id": COMMIT}},
        {"url": "https://x.org/d", "vcs_info": {"vcs": "git", "requested_revision": "main"}},
        {"url": "https://x.org/d", "vcs_info": {"vcs": "git", "commit_id": COMMIT[:10]}},
        {"url": "https://x.org/d", "vcs_info": "git"},
        {"url": 'https://x.org/d"\nname = "x', "vcs_info": GIT},
        {"url": "https://x.org/d.whl", "archive_info": {}},
        {"url": "https://x.org/d.whl", "archive_info": {"hash": "md5=1234"}},
        {"url": "https://x.org/d.whl", "archive_info": {"hashes": {"sha256": "short"}}},
        {"url": "https://x.org/d.whl?signature=secret", "archive_info": ARCHIVE},
        {"url": "https://x.org/mono.tar.gz", "archive_info": ARCHIVE, "subdirectory": "d"},
    ],
)
def test_installation_that_others_cannot_repeat_has_no_address(document: dict[str, Any]) -> None:
    assert of_installation(document) is None


def test_pinned_sources_and_folders_are_told_apart() -> None:
    vendored = f"vendor/dockdj_cli-0.1.0-py3-none-any.whl#sha256={HASH}"
    assert is_pinned(vendored) and not is_folder(vendored)
    assert [is_folder(text) for text in ("/srv/dock dj", "./d", "../d", ".d", "d", "dockdj-cli", "")] == [
        *(True, True, True),
        *(False, False, False, False),
    ]
    assert not any(
        is_pinned(text) for text in ("/srv/d", "dockdj-cli", "dockdj-cli==1.0", f"git+https://x.org/d@{COMMIT[1:]}")
    )
