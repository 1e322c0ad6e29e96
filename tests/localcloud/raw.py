"""Signed requests that no SDK would send."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from dockdj.localcloud.state.settings import Settings

NONE: Mapping[str, str] = MappingProxyType({})
TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Answer:
    """The answer to a raw request."""

    status: int
    body: bytes

    @property
    def code(self) -> str:
        """The error code in the body, which must be XML."""
        code = ElementTree.fromstring(self.body).find(".//{*}Code")
        return "" if code is None else code.text or ""


def s3(
    settings: Settings,
    method: str,
    target: str,
    body: bytes = b"",
    *,
    host: str = "",
    headers: Mapping[str, str] = NONE,
) -> Answer:
    """Send a signed S3 request with exactly this target and Host."""
    host = host or f"127.0.0.1:{settings.port}"
    request = AWSRequest(method, f"http://{host}{target}", {"Host": host, **headers}, body)
    request.context["payload_signing_enabled"] = True
    credentials = Credentials(settings.access_key, settings.secret_key)
    signer: Any = S3SigV4Auth(credentials, "s3", settings.region)
    signer.add_auth(request)
    return send(settings, method, target, body, dict(request.headers.items()))


def query(settings: Settings, form: Mapping[str, str] | bytes) -> Answer:
    """Send a signed request to Elastic Beanstalk with exactly this form."""
    body = form if isinstance(form, bytes) else urlencode({"Version": "2010-12-01", **form}).encode()
    host = f"127.0.0.1:{settings.port}"
    headers = {"Host": host, "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = AWSRequest("POST", f"http://{host}/", headers, body)
    signer: Any = SigV4Auth(Credentials(settings.access_key, settings.secret_key), "elasticbeanstalk", settings.region)
    signer.add_auth(request)
    return send(settings, "POST", "/", body, dict(request.headers.items()))


def send(settings: Settings, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send a request as it is, signed or not."""
    connection = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": f"127.0.0.1:{settings.port}", "Content-Length": str(len(body)), **headers}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        return Answer(response.status, response.read())
    finally:
        connection.close()
