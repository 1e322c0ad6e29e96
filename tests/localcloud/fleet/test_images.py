"""Images of instances and balancers: when they are built again."""

from pathlib import Path

import pytest

from dockdj.localcloud.fleet import engine, images
from dockdj.localcloud.fleet.images import ensure_image, inputs_hash


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The inputs of an image: one file in a subfolder."""
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "program").write_text("one")
    return tmp_path


def test_changed_content_changes_the_hash(folder: Path) -> None:
    before = inputs_hash(folder, "sha256:base")
    (folder / "part" / "program").write_text("two")
    assert inputs_hash(folder, "sha256:base") != before


def test_changed_base_image_changes_the_hash(folder: Path) -> None:
    assert inputs_hash(folder, "sha256:other") != inputs_hash(folder, "sha256:base")


def test_renamed_file_changes_the_hash(folder: Path) -> None:
    before = inputs_hash(folder, "sha256:base")
    (folder / "part" / "program").rename(folder / "part" / "programme")
    assert inputs_hash(folder, "sha256:base") != before


def test_content_that_moves_to_the_next_file_changes_the_hash(tmp_path: Path) -> None:
    for name, contents in {"first": ("a", "b2\0c"), "second": ("a2\0b", "c")}.items():
        (tmp_path / name).mkdir()
        for file, content in zip(("1", "2"), contents, strict=True):
            (tmp_path / name / file).write_text(content)
    assert inputs_hash(tmp_path / "first", "") != inputs_hash(tmp_path / "second", "")


def test_compiled_python_files_do_not_change_the_hash(folder: Path) -> None:
    before = inputs_hash(folder, "sha256:base")
    (folder / "part" / "__pycache__").mkdir()
    (folder / "part" / "__pycache__" / "program.pyc").write_text("x")
    assert inputs_hash(folder, "sha256:base") == before


class Docker:
    """Docker's images, without Docker: `build` adds a tag."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tags: set[str] = set()
        self.builds: list[str] = []
        monkeypatch.setattr(images, "base_id", lambda: "sha256:base")
        monkeypatch.setattr(engine, "succeeds", lambda *arguments: arguments[-1] in self.tags)
        monkeypatch.setattr("dockdj.adapters.shell.stream", self.build)

    def build(self, argv: list[str], *_: object, **__: object) -> str:
        tag = argv[argv.index("--tag") + 1]
        assert (Path(argv[-1]) / "Dockerfile").is_file()
        self.builds.append(tag)
        self.tags.add(tag)
        return ""


@pytest.mark.parametrize("kind", ["instance", "balancer"])
def test_image_is_built_once_for_the_same_inputs(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = Docker(monkeypatch)
    tag = ensure_image(kind)
    assert ensure_image(kind) == tag
    assert docker.builds == [tag]


def test_image_is_built_again_for_another_base_image(monkeypatch: pytest.MonkeyPatch) -> None:
    docker = Docker(monkeypatch)
    first = ensure_image("balancer")
    monkeypatch.setattr(images, "base_id", lambda: "sha256:other")
    second = ensure_image("balancer")
    assert first != second
    assert docker.builds == [first, second]
