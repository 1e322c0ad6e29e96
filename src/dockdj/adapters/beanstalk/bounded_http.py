"""Bound the answers of AWS: botocore reads each whole, however large it is and however slowly it comes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.awsrequest import AWSResponse
from botocore.exceptions import HTTPClientError, ReadTimeoutError
from urllib3.exceptions import HTTPError

Client = TypeVar("Client")
CHUNK = 65_536


@dataclass(frozen=True)
class Limits:
    """The most that an answer may take: seconds in all, and bytes of a document and of an object."""

    seconds: float = 300.0
    document: int = 32 * 2**20
    object: int = 2**30


def bounded(client: Client, limits: Limits | None = None) -> Client:
    """The same boto3 client, whose answers end within the limits."""
    # Botocore has no public way to replace its HTTP session.
    endpoint = client._endpoint  # type: ignore[attr-defined]
    endpoint.http_session = _Session(endpoint.http_session, limits or Limits())
    return client


@dataclass(frozen=True)
class _Session:
    """Botocore's HTTP session with limits."""

    session: Any
    limits: Limits

    def send(self, request: Any) -> AWSResponse:
        """Send a request; its answer is read within the limits."""
        streamed, request.stream_output = request.stream_output, True
        response = self.session.send(request)
        most = self.limits.object if streamed else self.limits.document
        body = _Body(response.raw, request.url, time.monotonic() + self.limits.seconds, most)
        return AWSResponse(response.url, response.status_code, response.headers, body)

    def close(self) -> None:
        """Close the connections."""
        self.session.close()


@dataclass
class _Body:
    """The body of an answer, as botocore reads it."""

    raw: Any
    url: str
    deadline: float
    left: int

    def read(self, amount: int | None = None) -> bytes:
        """At most `amount` bytes, empty at the end; without `amount` everything."""
        return b"".join(self.stream()) if amount is None else self._next(amount)

    def stream(self, amount: int = CHUNK, decode_content: bool | None = None) -> Iterator[bytes]:
        """Everything, piece by piece."""
        while chunk := self._next(amount):
            yield chunk
        self.raw.release_conn()

    def close(self) -> None:
        """Close the connection."""
        self.raw.close()

    def _next(self, amount: int) -> bytes:
        # Unlike `read`, it returns what has come, so a slow answer cannot hold it.
        try:
            chunk: bytes = self.raw.read1(amount)
        except HTTPError as error:
            raise HTTPClientError(error=error) from error
        self.left -= len(chunk)
        if time.monotonic() > self.deadline:
            self.close()
            raise ReadTimeoutError(endpoint_url=self.url, error="the answer does not end")
        if self.left < 0:
            self.close()
            raise HTTPClientError(error=f"the answer of {self.url} is too large")
        return chunk
