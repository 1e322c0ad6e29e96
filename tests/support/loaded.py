"""Releases whose images are loaded into the engine as bytes: real images without a build."""

import io
import json
import subprocess
import tarfile
from collections.abc import Mapping, Sequence

from dockdj.adapters.git.repository import find
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.release.app_fields import print_of
from dockdj.model.canonical import canonical, digest_of
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION_COMPOSE_FILE
from dockdj.model.release.record import Release
from dockdj.model.release.schema import read
from tests.support.project import git
from tests.support.records import application, document, service


def released(project: Project, version: str, layers: Sequence[Mapping[str, bytes]]) -> Release:
    """Record the last commit as a release with tag and branch; `layers` are the image's, as path -> content."""
    config, diff_ids = _load(f"{project.name}/django:{version}", [_tar(layer) for layer in layers])
    images = {"django": service(config=config, diff_ids=diff_ids, base=None)}
    release = read(
        canonical(
            document(
                version,
                images,
                name=project.name,
                app=application(git(project.root, "rev-parse", "HEAD"), git(project.root, "rev-parse", "HEAD:./")),
                print=print_of(find(project.root), "HEAD") or "",
                npm={},
                compose=digest_of((project.root / PRODUCTION_COMPOSE_FILE).read_bytes()),
            )
        )
    )
    git(project.root, "tag", "-a", release.version.tag, "--cleanup=verbatim", "-m", release_tags.message(release))
    git(project.root, "branch", "--force", release.version.branch, release.commit)
    return release


def _load(tag: str, layers: Sequence[bytes]) -> tuple[str, list[str]]:
    diff_ids = [digest_of(layer) for layer in layers]
    configuration = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["/none"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }
    config = json.dumps(configuration).encode()
    names = [f"{number}.tar" for number in range(len(layers))]
    manifest = [{"Config": "config.json", "RepoTags": [tag], "Layers": names}]
    files = {"manifest.json": json.dumps(manifest).encode(), "config.json": config}
    archive = _tar({**files, **dict(zip(names, layers, strict=True))})
    subprocess.run(["docker", "image", "load", "--quiet"], input=archive, check=True, capture_output=True)
    return digest_of(config), diff_ids


def _tar(files: Mapping[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()
