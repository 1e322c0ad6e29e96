"""When an image is built again."""

from pathlib import Path

from dockdj.localcloud.fleet.images import FOLDER, inputs_hash


def test_every_input_counts_and_byproducts_do_not(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    file = tmp_path / "part" / "program"
    file.write_text("one")
    first = inputs_hash(tmp_path, "sha256:base")
    (tmp_path / "part" / "__pycache__").mkdir()
    (tmp_path / "part" / "__pycache__" / "program.pyc").write_text("x")
    assert inputs_hash(tmp_path, "sha256:base") == first
    assert inputs_hash(tmp_path, "sha256:other") != first
    file.write_text("two")
    assert inputs_hash(tmp_path, "sha256:base") != first


def test_both_images_have_their_files() -> None:
    for kind in ("instance", "balancer"):
        assert (FOLDER / kind / "Dockerfile").is_file()
