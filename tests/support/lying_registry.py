"""A published release in a registry that answers with faults."""

import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from dockdj.adapters.registry import record_image
from dockdj.model.canonical import digest_of
from dockdj.model.release.record import Release
from tests.support import hostile
from tests.support.hostile import Answer, Fault, Request, Server

IMAGE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
NAME = "shop"


@dataclass
class Registry:
    """A registry with one release; `parts` are the ends of the paths of its index, record, record's layer and image."""

    server: Server
    answers: dict[str, Answer] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def repository(self) -> str:
        return f"{self.server.address}/{NAME}"

    def hold(self, release: Release) -> None:
        """Hold a release, as `publish` pushes it."""
        archive, config = record_image.image(release.content, f"{NAME}:record")
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            members = {member.name: tar.extractfile(member) for member in tar}
            contents = {name: file.read() for name, file in members.items() if file}
        layer, configuration = contents["layer.tar"], contents[f"{config.removeprefix('sha256:')}.json"]
        record = self._manifest({"config": self._blob(configuration, CONFIG), "layers": [self._blob(layer, LAYER)]})
        images = [
            self._manifest({"config": {"mediaType": CONFIG, "digest": image, "size": 2}, "layers": []})
            for image in release.configs.values()
        ]
        index = self._manifest({"manifests": [record, *images]}, INDEX)
        tag = release.version.label
        self.answers[f"/v2/{NAME}/manifests/{tag}"] = self.answers[f"/v2/{NAME}/manifests/{index['digest']}"]
        self.parts |= {"tag": tag, "index": index["digest"], "record": record["digest"]}
        self.parts |= {"layer": digest_of(layer), "image": images[0]["digest"]}

    def move(self, content: bytes) -> None:
        """Let the release's tag name any content, with the right digest."""
        headers = {"Content-Type": INDEX, "Docker-Content-Digest": digest_of(content)}
        for name in (self.parts["tag"], digest_of(content)):
            self.answers[f"/v2/{NAME}/manifests/{name}"] = Answer(content, headers)

    def fail(self, fault: Fault, part: str) -> None:
        """Answer requests for a part of the release with a fault."""
        self.server.fail(fault, lambda request: request.path.endswith(self.parts[part]))

    def _blob(self, content: bytes, kind: str) -> dict[str, Any]:
        digest = digest_of(content)
        self.answers[f"/v2/{NAME}/blobs/{digest}"] = Answer(content, {"Docker-Content-Digest": digest})
        return {"mediaType": kind, "digest": digest, "size": len(content)}

    def _manifest(self, fields: Mapping[str, Any], kind: str = IMAGE) -> dict[str, Any]:
        content = json.dumps({"schemaVersion": 2, "mediaType": kind, **fields}).encode()
        digest = digest_of(content)
        headers = {"Content-Type": kind, "Docker-Content-Digest": digest}
        self.answers[f"/v2/{NAME}/manifests/{digest}"] = Answer(content, headers)
        return {"mediaType": kind, "digest": digest, "size": len(content)}

    def respond(self, request: Request) -> Answer:
        """The good answer of a registry that has the release."""
        if request.path == "/v2/":
            return Answer(b"{}")
        missing = json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}).encode()
        return self.answers.get(request.path, Answer(missing, {"Content-Type": "application/json"}, 404))


@contextmanager
def running() -> Iterator[Registry]:
    """Run an empty registry that holds releases and answers with faults as it is told."""
    answers: dict[str, Answer] = {}
    registry: Registry

    def respond(request: Request) -> Answer:
        return registry.respond(request)

    with hostile.serving(respond) as server:
        registry = Registry(server, answers)
        yield registry
