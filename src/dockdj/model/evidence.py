"""What the tests inside the build said, as the release record holds it."""

import json
from collections.abc import Mapping
from typing import Any

from dockdj.errors import ProjectError, Refused
from dockdj.model.junit import cases, id_of
from dockdj.model.release import digest_of

# The check of docker/django/checks.py that runs the project's own tests.
TESTS = "tests"


def read(
    summary: bytes, junit: bytes | None, images: Mapping[str, str], *, known: tuple[str, ...] = ()
) -> dict[str, Any]:
    """One entry of the record's evidence: checks, counts, time in milliseconds, and the images that came out of
    the very build in which the tests ran.

    `known` are tests whose failure was judged to be none of the images': no other may have failed.

    Raises ProjectError when the build's summary is not one, or counts no test at all; Refused when it says
    that a check or a test failed, whatever the Dockerfile let through.
    """
    try:
        document = json.loads(summary)
        tests = document["tests"]
        entry: dict[str, Any] = {
            "suite": "build",
            "exit": int(document["exit"]),
            "passed": int(tests["passed"]),
            "failed": int(tests["failed"]),
            "skipped": int(tests["skipped"]),
            "milliseconds": round(float(tests["seconds"]) * 1000),
            "checks": [
                {
                    "name": check["name"],
                    "exit": int(check["exit"]),
                    "milliseconds": round(float(check["seconds"]) * 1000),
                }
                for check in document["checks"]
            ],
            "images": dict(images),
        }
    except (ValueError, KeyError, TypeError) as error:
        raise ProjectError(
            "the build's evidence/summary.json is not what a release needs",
            hint="compare the `test` stage of docker/django/Dockerfile with the recipe's",
        ) from error
    failed = [check["name"] for check in entry["checks"] if check["exit"]]
    if entry["exit"] or entry["failed"] or failed:
        fails = failing(junit or b"")
        if not fails or set(failed) - {TESTS} or set(fails) - set(known) or len(fails) != entry["failed"]:
            raise Refused(
                f"checks failed in the build: {', '.join(failed) or TESTS} ({entry['failed']} tests failed)",
                hint="the production stages must copy from the `gate` stage: compare the Dockerfile with the recipe's",
            )
        entry |= {"exit": 0, "known": sorted(set(fails))}
    if not entry["passed"]:
        raise ProjectError("no test ran in the build", hint="a release needs at least one test that passes")
    if junit is not None:
        entry["report"] = digest_of(junit)
    return entry


def failing(junit: bytes) -> tuple[str, ...]:
    """The test of each failure and error in a JUnit report, as the counts have them: one may have both."""
    return tuple(id_of(case) for case in cases(junit) for outcome in case if outcome.tag in ("failure", "error"))
