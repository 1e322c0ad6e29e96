"""The metadata service of this instance, at 169.254.169.254: `python3 -m eb_engine.metadata`.

Only version 2 (IMDSv2), as on Amazon Linux 2023: every GET needs a token that a PUT gave. The address is not one of the
instance's own, because its port 80 belongs to the application: the packet filter redirects it to PORT.
"""

import json
import secrets
import socket
import subprocess
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import session
from .machine import HOME

ADDRESS = "169.254.169.254"
PORT = 2169
IDENTITY = HOME / "identity.json"
"""What the fleet tells an instance about itself, with its key."""
TOKEN_PATH = "/latest/api/token"
TTL = "X-aws-ec2-metadata-token-ttl-seconds"
TOKEN = "X-aws-ec2-metadata-token"
TTL_MAX = 21600
BEGINNING = "/latest/meta-data/"


def identity() -> dict[str, Any]:
    """The instance's identity, empty until the fleet has written it."""
    return dict(json.loads(IDENTITY.read_text())) if IDENTITY.exists() else {}


def pages(fields: dict[str, Any], now: float | None = None) -> dict[str, str]:
    """The text at each path."""
    if not fields:
        return {}
    profile, region = fields["profile"], fields["region"]
    credentials = session.current(fields["key"], fields["instance_id"], now)
    expires = datetime.fromtimestamp(credentials.expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    begun = datetime.fromtimestamp(credentials.expires - 2 * session.LIFETIME_SECONDS, UTC)
    updated = begun.strftime("%Y-%m-%dT%H:%M:%SZ")
    key = {
        "Code": "Success",
        "LastUpdated": updated,
        "Type": "AWS-HMAC",
        "AccessKeyId": credentials.access_key,
        "SecretAccessKey": credentials.secret_key,
        "Token": credentials.token,
        "Expiration": expires,
    }
    info = {
        "Code": "Success",
        "LastUpdated": updated,
        "InstanceProfileArn": f"arn:aws:iam::{fields['account']}:instance-profile/{profile}",
    }
    document = {
        "accountId": fields["account"],
        "instanceId": fields["instance_id"],
        "region": region,
        "availabilityZone": f"{region}a",
        "privateIp": fields["address"],
        "instanceType": "local",
        "version": "2017-09-30",
    }
    host = f"ip-{fields['address'].replace('.', '-')}.ec2.internal"
    return {
        f"{BEGINNING}instance-id": fields["instance_id"],
        f"{BEGINNING}local-ipv4": fields["address"],
        f"{BEGINNING}local-hostname": host,
        f"{BEGINNING}hostname": host,
        f"{BEGINNING}placement/region": region,
        f"{BEGINNING}placement/availability-zone": f"{region}a",
        f"{BEGINNING}services/domain": "amazonaws.com",
        f"{BEGINNING}services/partition": "aws",
        f"{BEGINNING}services/endpoint": fields["endpoint"],
        f"{BEGINNING}iam/info": json.dumps(info, indent=2),
        f"{BEGINNING}iam/security-credentials/{profile}": json.dumps(key, indent=2),
        "/latest/dynamic/instance-identity/document": json.dumps(document, indent=2),
    }


def page(path: str, texts: dict[str, str]) -> str | None:
    """The text at a path, or the list of a folder's entries, or None."""
    if path in texts:
        return texts[path]
    folder = path.rstrip("/") + "/"
    entries = {name.removeprefix(folder) for name in texts if name.startswith(folder)}
    names = sorted({entry.partition("/")[0] + ("/" if "/" in entry else "") for entry in entries})
    return "\n".join(names) if names else None


class Tokens:
    """The tokens that were given, with the times when they end."""

    def __init__(self) -> None:
        self._ends: dict[str, float] = {}

    def give(self, seconds: int) -> str:
        """A new token."""
        now = time.monotonic()
        self._ends = {token: end for token, end in self._ends.items() if end > now}
        token = secrets.token_urlsafe(40)
        self._ends[token] = now + seconds
        return token

    def valid(self, token: str) -> bool:
        """Return whether a token is valid now."""
        return self._ends.get(token, 0) > time.monotonic()


class Metadata(BaseHTTPRequestHandler):
    """Answer one connection."""

    protocol_version = "HTTP/1.1"
    timeout = 10
    tokens = Tokens()

    def do_PUT(self) -> None:
        """Give a token."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seconds = self.headers.get(TTL, "")
        if not self._inside() or self.headers.get("X-Forwarded-For"):
            self._send(403, "")
        elif self.path != TOKEN_PATH:
            self._send(404, "")
        elif not seconds.isascii() or not seconds.isdigit() or not 1 <= int(seconds) <= TTL_MAX:
            self._send(400, "")
        else:
            self._send(200, self.tokens.give(int(seconds)), {TTL: seconds})

    def do_GET(self) -> None:
        """Answer with a page."""
        if not self._inside():
            self._send(403, "")
        elif not self.tokens.valid(self.headers.get(TOKEN, "")):
            self._send(401, "")
        else:
            text = page(self.path, pages(identity()))
            self._send(404 if text is None else 200, text or "")

    def _inside(self) -> bool:
        """Return whether the request comes from this instance or its containers, and not from its network."""
        fields = identity()
        return not fields or self.connection.getsockname()[0] != fields["address"] or self._is_own()

    def _is_own(self) -> bool:
        return bool(self.client_address[0] == self.connection.getsockname()[0])

    def _send(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        body = text.encode()
        self.send_response_only(status)
        for name, value in {"Content-Type": "text/plain", "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: a token is as good as a key."""


def redirect() -> None:
    """Send requests of the instance and of its containers to this service. Repeated calls change nothing."""
    for chain in ("OUTPUT", "PREROUTING"):
        rule = [chain, "-d", ADDRESS, "-p", "tcp", "--dport", "80", "-j", "REDIRECT", "--to-ports", str(PORT)]
        known = subprocess.run(["iptables", "-t", "nat", "-C", *rule], capture_output=True, check=False)
        if known.returncode != 0:
            subprocess.run(["iptables", "-t", "nat", "-I", *rule], check=True)


def main() -> None:
    """Serve until the instance ends."""
    redirect()

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = socket.AF_INET

    with Server(("0.0.0.0", PORT), Metadata) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
