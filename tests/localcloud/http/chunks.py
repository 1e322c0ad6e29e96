"""Requests with aws-chunked bodies, signed by the rules of the S3 API reference and not by the server's code."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from dockdj.localcloud.state.settings import Settings
from tests.localcloud import raw
from tests.localcloud.raw import NONE, Answer

UNSIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_WITH_TRAILER = f"{SIGNED}-TRAILER"


def signature(settings: Settings, timestamp: str, text: str) -> str:
    key = b"AWS4" + settings.secret_key.encode()
    for part in (timestamp[:8], settings.region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


class Chunked:
    """An upload in chunks of one key."""

    def __init__(self, settings: Settings, target: str, kind: str, *, trailer: str = "", length: int) -> None:
        self.settings, self.target, self.kind = settings, target, kind
        now = datetime.now(UTC)
        self.timestamp = f"{now:%Y%m%dT%H%M%SZ}"
        self.scope = f"{self.timestamp[:8]}/{settings.region}/s3/aws4_request"
        host = f"127.0.0.1:{settings.port}"
        self.headers = {
            "content-encoding": "aws-chunked",
            "host": host,
            "x-amz-content-sha256": kind,
            "x-amz-date": self.timestamp,
            "x-amz-decoded-content-length": str(length),
        }
        if trailer:
            self.headers["x-amz-trailer"] = trailer

    def authorize(self) -> str:
        """Add the signature of the request, which is the one before the first chunk's."""
        names = ";".join(sorted(self.headers))
        fields = "".join(f"{name}:{self.headers[name]}\n" for name in sorted(self.headers))
        request = f"PUT\n{self.target}\n\n{fields}\n{names}\n{self.kind}"
        text = f"AWS4-HMAC-SHA256\n{self.timestamp}\n{self.scope}\n{sha256(request.encode()).hexdigest()}"
        seed = signature(self.settings, self.timestamp, text)
        credential = f"Credential={self.settings.access_key}/{self.scope}"
        self.headers["authorization"] = f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={seed}"
        return seed

    def sign(self, kind: str, previous: str, content: bytes) -> str:
        empty = f"{sha256(b'').hexdigest()}\n" if kind == "PAYLOAD" else ""
        text = f"AWS4-HMAC-SHA256-{kind}\n{self.timestamp}\n{self.scope}\n{previous}\n{empty}"
        return signature(self.settings, self.timestamp, text + sha256(content).hexdigest())

    def body(self, chunks: Sequence[bytes], trailers: Mapping[str, str] = NONE) -> bytes:
        """The framed body of these chunks, after `authorize`."""
        previous, body = self.headers["authorization"].rpartition("=")[2], b""
        for chunk in (*chunks, b""):
            head = f"{len(chunk):x}"
            if self.kind != UNSIGNED:
                previous = self.sign("PAYLOAD", previous, chunk)
                head += f";chunk-signature={previous}"
            body += head.encode() + b"\r\n" + chunk + (b"\r\n" if chunk else b"")
        lines = "".join(f"{name}:{value}\r\n" for name, value in trailers.items())
        if self.kind == SIGNED_WITH_TRAILER:
            canonical = "".join(f"{name}:{value}\n" for name, value in trailers.items())
            lines += f"x-amz-trailer-signature:{self.sign('TRAILER', previous, canonical.encode())}\r\n"
        return body + lines.encode() + b"\r\n"

    def send(self, body: bytes) -> Answer:
        headers = {"Host" if name == "host" else name: value for name, value in self.headers.items()}
        return raw.send(self.settings, "PUT", self.target, body, headers)
