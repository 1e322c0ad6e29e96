"""Instances as callers: they read, and cannot change what a deployment relies on."""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from dockdj.localcloud.fleet.image.instance.eb_engine import metadata, session
from tests.localcloud.running import STACK, Server, bundle, refusal, with_versions

INSTANCE = "i-0123456789abcdef0"


def credentials(server: Server, instance_id: str = INSTANCE, *, now: float | None = None) -> session.Session:
    return session.current(session.instance_key(server.settings.secret_key, instance_id), instance_id, now)


def client(server: Server, service: str, made: session.Session | None = None) -> Any:
    keys = made or credentials(server)
    return server.boto(
        service,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        aws_session_token=keys.token,
        config={"signature_version": "s3v4"} if service == "s3" else {},
    )


def test_instances_read_everything(shared: Server) -> None:
    owner = with_versions(shared, "read", "v1")
    bucket = owner.create_storage_location()["S3Bucket"]
    assert client(shared, "s3").get_object(Bucket=bucket, Key="read/v1.zip")["Body"].read().startswith(b"PK")
    assert client(shared, "s3").list_objects_v2(Bucket=bucket, Prefix="read/")["KeyCount"] == 1
    versions = client(shared, "elasticbeanstalk").describe_application_versions(ApplicationName="read")
    assert versions["ApplicationVersions"][0]["VersionLabel"] == "v1"
    shared.boto("secretsmanager").create_secret(Name="read", SecretString="x")
    assert client(shared, "secretsmanager").get_secret_value(SecretId="read")["SecretString"] == "x"


def test_instances_write_no_bundles_history_and_lock(shared: Server) -> None:
    owner, storage, own = with_versions(shared, "write", "v1"), shared.boto("s3"), client(shared, "s3")
    bucket = owner.create_storage_location()["S3Bucket"]
    for key in ("write/v1.zip", "write/new.zip", "dockdj/write/history.jsonl", "dockdj/write/lock", "resources/x"):
        refused = refusal(own.put_object, Bucket=bucket, Key=key, Body=b"x")
        assert refused.code == "AccessDenied", key
    assert refusal(own.delete_object, Bucket=bucket, Key="write/v1.zip").code == "AccessDenied"
    objects = {"Objects": [{"Key": "write/v1.zip"}]}
    assert refusal(own.delete_objects, Bucket=bucket, Delete=objects).code == "AccessDenied"
    assert refusal(own.create_multipart_upload, Bucket=bucket, Key="write/new.zip").code == "AccessDenied"
    source = {"Bucket": bucket, "Key": "write/v1.zip"}
    assert refusal(own.copy_object, Bucket=bucket, Key="write/copy", CopySource=source).code == "AccessDenied"
    assert refusal(own.delete_bucket, Bucket=bucket).code == "AccessDenied"
    assert refusal(own.create_bucket, Bucket="of-an-instance").code == "AccessDenied"
    assert storage.get_object(Bucket=bucket, Key="write/v1.zip")["Body"].read().startswith(b"PK")

    own.put_object(Bucket=bucket, Key="resources/environments/logs/publish/e-1/log", Body=b"x")
    storage.create_bucket(Bucket="uploads")
    own.put_object(Bucket="uploads", Key="bundle.zip", Body=bundle("v2"))
    owner.create_application_version(
        ApplicationName="write", VersionLabel="v2", SourceBundle={"S3Bucket": "uploads", "S3Key": "bundle.zip"}
    )
    assert refusal(own.put_object, Bucket="uploads", Key="bundle.zip", Body=b"x").code == "AccessDenied"
    assert refusal(own.delete_objects, Bucket="uploads", Delete=objects).code == "AccessDenied"
    own.put_object(Bucket="uploads", Key="other", Body=b"x")
    presigned = own.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "write/v1.zip"})
    request = urllib.request.Request(presigned, data=b"x", method="PUT")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request)


def test_instances_change_no_environments_and_no_secrets(shared: Server) -> None:
    with_versions(shared, "change", "v1")
    beanstalk, manager = client(shared, "elasticbeanstalk"), client(shared, "secretsmanager")
    for call, parameters in (
        (beanstalk.create_application, {"ApplicationName": "new"}),
        (beanstalk.delete_application, {"ApplicationName": "change"}),
        (
            beanstalk.create_environment,
            {"ApplicationName": "change", "EnvironmentName": "change", "SolutionStackName": STACK},
        ),
        (beanstalk.update_environment, {"EnvironmentName": "change", "VersionLabel": "v1"}),
        (beanstalk.create_storage_location, {}),
        (beanstalk.rebuild_environment, {"EnvironmentName": "change"}),
        (manager.create_secret, {"Name": "new", "SecretString": "x"}),
        (client(shared, "ssm").put_parameter, {"Name": "new", "Value": "x", "Type": "String"}),
    ):
        refused = refusal(call, **parameters)
        assert refused.code == "AccessDenied", refused
        assert f"assumed-role/aws-elasticbeanstalk-ec2-role/{INSTANCE} is not authorized to perform" in refused.message


def test_credentials_of_others_and_old_ones_are_refused(shared: Server) -> None:
    other = credentials(shared, "i-00000000000000000")
    mine = credentials(shared)
    forged = session.Session(other.instance_id, other.expires, other.access_key, mine.secret_key, other.token)
    assert refusal(client(shared, "elasticbeanstalk", forged).describe_events).code == "SignatureDoesNotMatch"
    key = session.instance_key("another secret", INSTANCE)
    unknown = session.current(key, INSTANCE)
    assert refusal(client(shared, "elasticbeanstalk", unknown).describe_events).code == "InvalidClientTokenId"
    old = credentials(shared, now=time.time() - 5 * session.LIFETIME_SECONDS)
    assert refusal(client(shared, "s3", old).list_buckets).code == "ExpiredToken"
    broken = session.Session(INSTANCE, 0, mine.access_key, mine.secret_key, "W10=")
    assert refusal(client(shared, "s3", broken).list_buckets).code == "InvalidToken"


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: Server) -> Iterator[str]:
    """The address of a metadata service."""
    monkeypatch.setattr(metadata, "IDENTITY", tmp_path / "identity.json")
    identity = {
        "key": session.instance_key(shared.settings.secret_key, INSTANCE),
        "profile": "aws-elasticbeanstalk-ec2-role",
        "region": shared.settings.region,
        "account": shared.settings.account,
        "instance_id": INSTANCE,
        "address": "10.213.0.20",
        "endpoint": shared.endpoint,
    }
    metadata.IDENTITY.write_text(json.dumps(identity))
    with ThreadingHTTPServer(("127.0.0.1", 0), metadata.Metadata) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def ask(url: str, method: str = "GET", **headers: str) -> str:
    request = urllib.request.Request(
        url, method=method, headers={f"X-aws-ec2-metadata-{k}": v for k, v in headers.items()}
    )
    with urllib.request.urlopen(request) as answer:
        return str(answer.read().decode())


def status(url: str, method: str = "GET", **headers: str) -> int:
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(url, method, **headers)
    return refused.value.code


def test_metadata_needs_a_token(service: str) -> None:
    path = f"{service}/latest/meta-data/instance-id"
    assert status(path) == status(path, token="guessed") == 401
    for seconds in ("0", "21601", "x", "", "-1"):
        assert status(f"{service}/latest/api/token", "PUT", **{"token-ttl-seconds": seconds}) == 400
    token = ask(f"{service}/latest/api/token", "PUT", **{"token-ttl-seconds": "60"})
    assert ask(path, token=token) == INSTANCE
    listed = ask(f"{service}/latest/meta-data/", token=token).splitlines()
    assert {"iam/", "instance-id", "placement/"} <= set(listed)
    assert ask(f"{service}/latest/meta-data/iam/security-credentials/", token=token) == "aws-elasticbeanstalk-ec2-role"
    assert ask(f"{service}/latest/meta-data/placement/region", token=token) == "us-east-1"
    document = json.loads(ask(f"{service}/latest/dynamic/instance-identity/document", token=token))
    assert (document["instanceId"], document["accountId"]) == (INSTANCE, "123456789012")
    assert status(f"{service}/latest/meta-data/unknown", token=token) == 404


def test_boto3_finds_the_credentials_by_itself(service: str, shared: Server, tmp_path: Path) -> None:
    with_versions(shared, "found", "v1")
    program = (
        "import boto3; b = boto3.client('elasticbeanstalk', region_name='us-east-1')\n"
        "print(b.describe_applications(ApplicationNames=['found'])['Applications'][0]['ApplicationName'])\n"
        "try: b.delete_application(ApplicationName='found')\n"
        "except b.exceptions.ClientError as error: print(error.response['Error']['Code'])\n"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": service,
        "AWS_ENDPOINT_URL": shared.endpoint,
    }
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["found", "AccessDenied"]


def test_instance_without_an_identity_has_no_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "IDENTITY", tmp_path / "missing")
    assert metadata.pages(metadata.identity()) == {}
