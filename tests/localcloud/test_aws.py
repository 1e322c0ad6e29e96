"""A session with Amazon's unmodified `aws` client: Elastic Beanstalk and S3, exit codes and results."""

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.localcloud.running import STACK, Server, bundle, ready
from tests.support import eb
from tests.support.eventually import eventually

MIB = 1024 * 1024
# Runs the program's entry point once for each JSON line of arguments. A process for each would take a second each time.
LOOP = """
import contextlib, io, json, sys
from awscli.clidriver import main
for line in sys.stdin:
    sys.argv = ["aws", *json.loads(line)]
    out, error = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        try:
            code = main()
        except SystemExit as end:
            code = end.code
    out.flush()
    print(json.dumps([code, out.buffer.getvalue().decode(), error.getvalue()]), flush=True)
"""


@dataclass(frozen=True)
class Session:
    """The client in a folder."""

    folder: Path
    server: Server
    process: "subprocess.Popen[str]"

    def aws(self, *arguments: str, code: int = 0) -> str:
        """Run a command and return its output. It must end with this exit code."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        ended, output, errors = json.loads(self.process.stdout.readline())
        assert ended == code, f"aws {' '.join(arguments)}: {ended}\n{output}{errors}"
        return str(output + errors)

    def beanstalk(self, *arguments: str) -> Any:
        """The JSON that a command of Elastic Beanstalk prints."""
        output = self.aws("elasticbeanstalk", *arguments)
        return json.loads(output) if output else None


@contextmanager
def client(running: Server, folder: Path) -> Iterator[Session]:
    # Neither settings of the user nor of the machine may decide.
    environment = {
        **os.environ,
        **running.environment(),
        "HOME": str(folder),
        "AWS_CONFIG_FILE": str(folder / "config"),
    }
    (folder / "config").write_text("[default]\ns3 =\n  signature_version = s3v4\n")
    argv = [str(eb.python()), "-c", LOOP]
    process = subprocess.Popen(
        argv, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        yield Session(folder, running, process)
    finally:
        assert process.stdin and process.stdout
        process.stdin.close()
        process.stdout.close()
        process.wait(120)


@pytest.fixture
def session(shared: Server, tmp_path: Path) -> Iterator[Session]:
    with client(shared, tmp_path) as started:
        yield started


def test_an_environments_life_with_the_unmodified_client(session: Session) -> None:
    boto = session.server.boto("elasticbeanstalk")
    session.beanstalk("create-application", "--application-name", "cli", "--tags", "Key=team,Value=web")
    bucket = session.beanstalk("create-storage-location")["S3Bucket"]
    for label in ("v1", "v2"):
        (session.folder / f"{label}.zip").write_bytes(bundle(label))
        session.aws("s3", "cp", f"{label}.zip", f"s3://{bucket}/cli/{label}.zip", "--only-show-errors")
        version = session.beanstalk(
            *("create-application-version", "--application-name", "cli", "--version-label", label, "--process"),
            *("--source-bundle", f"S3Bucket={bucket},S3Key=cli/{label}.zip"),
        )
        assert version["ApplicationVersion"]["Status"] == "PROCESSED"
    enhanced = "Namespace=aws:elasticbeanstalk:healthreporting:system,OptionName=SystemType,Value=enhanced"
    created = session.beanstalk(
        *("create-environment", "--application-name", "cli", "--environment-name", "cli-one"),
        *("--version-label", "v1", "--solution-stack-name", STACK, "--option-settings", enhanced),
    )
    assert (created["Status"], created["Health"]) == ("Launching", "Grey")
    named = ("--environment-name", "cli-one")
    ready(boto, "cli-one")
    session.aws("elasticbeanstalk", "wait", "environment-exists", "--environment-names", "cli-one")

    updated = session.beanstalk("update-environment", *named, "--version-label", "v2")
    assert updated["Status"] == "Updating"
    ready(boto, "cli-one")
    session.aws("elasticbeanstalk", "wait", "environment-updated", "--environment-names", "cli-one")
    variables = "Namespace=aws:elasticbeanstalk:application:environment,OptionName=COLOUR,Value=red"
    session.beanstalk("update-environment", *named, "--option-settings", variables)
    ready(boto, "cli-one")
    (environment,) = session.beanstalk("describe-environments", "--environment-names", "cli-one")["Environments"]
    assert (environment["VersionLabel"], environment["Health"], environment["Status"]) == ("v2", "Green", "Ready")
    health = session.beanstalk("describe-environment-health", *named, "--attribute-names", "All")
    assert (health["HealthStatus"], health["InstancesHealth"]["Ok"]) == ("Ok", 1)
    settings = session.beanstalk("describe-configuration-settings", "--application-name", "cli", *named)
    assert '"red"' in json.dumps(settings)

    events = session.beanstalk("describe-events", *named, "--page-size", "2")["Events"]
    assert [event["Message"] for event in events][-1] == "createEnvironment is starting."
    assert len(session.beanstalk("describe-events", *named, "--max-items", "3")["Events"]) == 3
    assert "No Application named 'none' found." in session.aws(
        *("elasticbeanstalk", "update-application", "--application-name", "none"), code=255
    )

    assert session.beanstalk("terminate-environment", *named)["Status"] == "Terminating"
    gone = {"EnvironmentIds": [created["EnvironmentId"]], "IncludeDeleted": True}
    eventually(lambda: boto.describe_environments(**gone)["Environments"][0]["Status"] == "Terminated")
    session.aws("elasticbeanstalk", "wait", "environment-terminated", "--environment-ids", created["EnvironmentId"])
    session.beanstalk("delete-application", "--application-name", "cli", "--terminate-env-by-force")
    assert boto.describe_applications(ApplicationNames=["cli"])["Applications"] == []


def test_files_in_s3_with_the_unmodified_client(session: Session) -> None:
    folder = session.folder / "tree"
    (folder / "sub").mkdir(parents=True)
    for number in range(5):
        (folder / "sub" / f"file {number} ü.txt").write_text(str(number))
    large = os.urandom(9 * MIB)
    (folder / "large.bin").write_bytes(large)

    session.aws("s3", "mb", "s3://cli-files")
    session.aws("s3", "sync", "tree", "s3://cli-files/tree", "--only-show-errors")
    head = json.loads(session.aws("s3api", "head-object", "--bucket", "cli-files", "--key", "tree/large.bin"))
    assert head["ETag"].endswith('-2"') and head["ContentLength"] == len(large)
    listed = session.aws("s3", "ls", "s3://cli-files/", "--recursive", "--page-size", "2")
    assert [line.split(maxsplit=3)[3] for line in listed.splitlines()] == [
        "tree/large.bin",
        *(f"tree/sub/file {number} ü.txt" for number in range(5)),
    ]
    assert "PRE tree/" in session.aws("s3", "ls", "s3://cli-files")
    paged = ("s3api", "list-objects-v2", "--bucket", "cli-files", "--page-size", "1", "--max-items", "2")
    page = json.loads(session.aws(*paged))
    assert [item["Key"] for item in page["Contents"]] == ["tree/large.bin", "tree/sub/file 0 ü.txt"]
    (following,) = json.loads(session.aws(*paged[:-1], "1", "--starting-token", page["NextToken"]))["Contents"]
    assert following["Key"] == "tree/sub/file 1 ü.txt"

    session.aws("s3", "sync", "s3://cli-files/tree", "back", "--only-show-errors")
    assert (session.folder / "back/large.bin").read_bytes() == large
    assert (session.folder / "back/sub/file 4 ü.txt").read_text() == "4"
    (folder / "sub" / "file 4 ü.txt").unlink()
    assert "delete: " in session.aws("s3", "sync", "tree", "s3://cli-files/tree", "--delete")
    session.aws("s3", "mv", "s3://cli-files/tree/large.bin", "s3://cli-files/moved", "--only-show-errors")
    url = session.aws("s3", "presign", "s3://cli-files/moved").strip()
    with urllib.request.urlopen(url, timeout=120) as answer:
        assert answer.read() == large
    assert "(404)" in session.aws("s3", "cp", "s3://cli-files/tree/large.bin", "none", code=1)

    assert session.aws("s3", "rm", "s3://cli-files", "--recursive").count("delete: ") == 5
    session.aws("s3", "rb", "s3://cli-files")
    assert "cli-files" not in session.aws("s3", "ls")
