"""The quality gate inside the image build; no production image exists unless every check passes.

    checks.py record FOLDER [NAME...]   runs checks (default: those not recorded yet), never fails
    checks.py gate FOLDER               judges: shows what failed, exit code 1
    checks.py suite FOLDER CHECKOUT     records the tests of a checkout's app on the image that this runs in
    checks.py now [NAME...]             runs checks here and shows what they say, exit code 1 when one fails

FOLDER gets NAME.log and NAME.json of each check, junit.xml of the tests, and summary.json:
{"checks": [{"name", "command", "exit", "seconds"}...],
 "tests": {"passed", "failed", "skipped", "seconds"}, "exit": 0 | 1}
The checks of the frontend are recorded by ../assets/checks.mjs in the same form. Whatever is recorded so is judged.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

PROJECT = "/var/app"
APP = "/var/app/app"
BUILD_ENV = Path(PROJECT) / "docker/django/build.env"

# Name: folder, command. All run; the summary names them in this order.
CHECKS = {
    "lint": (PROJECT, "ruff check --no-cache ."),
    "format": (PROJECT, "ruff format --no-cache --check --diff ."),
    "templates": (PROJECT, "djlint --lint --quiet app/apps"),
    "migrations": (APP, "python manage.py makemigrations --check --dry-run"),
    "settings": (APP, "python manage.py check --deploy --fail-level WARNING"),
    "gunicorn": (APP, "gunicorn --check-config -c ../docker/django/prod/gunicorn.conf.py project.wsgi"),
    # Before the tests, which then see the hashed names that production serves.
    "static files": (APP, "python manage.py collectstatic --no-input"),
    "tests": (PROJECT, "pytest"),
}
# A file in what a check says, with its line where that follows: `path.py:3`.
FILE = re.compile(r"(?P<path>[\w./-]+\.(?:py|html|txt|js|mjs|json|css|scss|toml))(?P<line>:\d+)?")
# Recorded by ../assets/checks.mjs; the gate stays closed without them.
FRONTEND = ("biome", "assets")
# Modules of tests, beside all that lies in a folder `tests`.
TEST_MODULES = ("test_*.py", "*_test.py", "tests.py", "conftest.py")
# What `now` runs when nothing is named: quick, and without anything built.
QUICK = ("lint", "format", "templates", "migrations", "settings")


def record(folder: Path, names: list[str]) -> None:
    """Run checks, whatever they say, and write the summary of all that were recorded."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or [name for name in CHECKS if not (folder / file_name(name, "json")).exists()]:
        more = [f"--junitxml={folder / 'junit.xml'}"] if name == "tests" else []
        done, said = run(name, more, subprocess.PIPE)
        (folder / file_name(name, "log")).write_bytes(said or b"")
        (folder / file_name(name, "json")).write_text(json.dumps(done))
    write_summary(folder)


def suite(folder: Path, checkout: Path) -> None:
    """Run a checkout's tests on what this image holds, whatever they say; what they test stays the image's."""
    # What an image brings along is no evidence of this run.
    shutil.rmtree(folder, ignore_errors=True)
    app = Path(APP)
    for file in [file for file in app.rglob("*") if file.is_file() and is_test(file.relative_to(app))]:
        file.unlink()
    for file in [file for file in checkout.rglob("*") if file.is_file() and is_test(file.relative_to(checkout))]:
        target = app / file.relative_to(checkout)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    record(folder, ["tests"])


def is_test(path: PurePath) -> bool:
    """Whether a file of the application, or what it was compiled to, is a test or belongs to one."""
    name = f"{path.name.partition('.')[0]}.py" if path.suffix == ".pyc" else path.name
    return "tests" in path.parts[:-1] or any(fnmatchcase(name, pattern) for pattern in TEST_MODULES)


def now(names: list[str]) -> int:
    """Run checks here; their output goes to the terminal."""
    if unknown := [name for name in names if name not in CHECKS]:
        print(f"there is no check {', '.join(unknown)}; checks: {', '.join(CHECKS)}")
        return 2
    # The image build has no other variables of the application than these, and gives the same answers.
    for name in [name for name in os.environ if name.startswith("ENV_")]:
        del os.environ[name]
    os.environ.update(line.split("=", 1) for line in BUILD_ENV.read_text().splitlines() if line.startswith("ENV_"))
    failed = []
    for name in names or QUICK:
        done, _ = run(name, [], None)
        print(f"{name}: {'failed' if done['exit'] else 'ok'}, {done['seconds']} s", flush=True)
        failed += [name] if done["exit"] else []
    if failed:
        print(f"check failed: {', '.join(failed)}")
    return int(bool(failed))


def run(name: str, more: list[str], output: int | None) -> tuple[dict[str, object], bytes | None]:
    """Run one check; what it was and how it ended, and its output where that is piped."""
    folder, command = CHECKS[name]
    started = time.monotonic()
    ended = subprocess.run([*command.split(), *more], cwd=folder, stdout=output, stderr=subprocess.STDOUT)
    seconds = round(time.monotonic() - started, 3)
    return {"name": name, "command": command, "exit": ended.returncode, "seconds": seconds}, ended.stdout


def file_name(check: str, suffix: str) -> str:
    """The file of a check."""
    return f"{check.replace(' ', '-')}.{suffix}"


def recorded(folder: Path) -> list[dict[str, object]]:
    """All checks that were recorded: those that are named here in this order, then others."""
    found = {
        str(each["name"]): each
        for each in (json.loads(file.read_text()) for file in sorted(folder.glob("*.json")))
        if isinstance(each, dict) and isinstance(each.get("name"), str) and isinstance(each.get("exit"), int)
    }
    return [found.pop(name) for name in (*FRONTEND, *CHECKS) if name in found] + list(found.values())


def write_summary(folder: Path) -> None:
    """Write summary.json."""
    checks = recorded(folder)
    failed = int(any(each["exit"] for each in checks))
    summary = {"checks": checks, "tests": counts(folder / "junit.xml"), "exit": failed}
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")


def counts(junit: Path) -> dict[str, object]:
    """How many tests passed, failed and were skipped; zeros when there is no report."""
    suites = list(ElementTree.parse(junit).getroot().iter("testsuite")) if junit.exists() else []
    number = {
        key: sum(int(suite.get(key, 0)) for suite in suites) for key in ("tests", "failures", "errors", "skipped")
    }
    failed = number["failures"] + number["errors"]
    return {
        "passed": number["tests"] - failed - number["skipped"],
        "failed": failed,
        "skipped": number["skipped"],
        "seconds": round(sum(float(suite.get("time", 0)) for suite in suites), 3),
    }


def gate(folder: Path) -> int:
    """Show what the failing checks said; the last line names them, and how to run the first alone."""
    checks = recorded(folder)
    seen = [f"{name} (was not run)" for name in (*FRONTEND, *CHECKS) if name not in {each["name"] for each in checks}]
    first = alone("tests", "")
    for each in reversed([each for each in checks if each["exit"]]):
        name = str(each["name"])
        said = (folder / file_name(name, "log")).read_text(errors="replace").rstrip()
        print(f"--- {name}: {each['command']}\n{said}")
        seen.insert(0, f"{name}{place(said)}")
        first = alone(name, str(each["command"]))
    if seen:
        print(f"check failed: {', '.join(seen)}; alone: {first}")
    return int(bool(seen))


def place(log: str) -> str:
    """The file of the project that a check names: its first one, or the last of a traceback; empty without one."""
    found = []
    for match in FILE.finditer(log):
        for folder in (PROJECT, APP):
            path = Path(folder, match["path"])
            if path.is_file() and path.is_relative_to(PROJECT) and path.name != "manage.py":
                found.append(f"{path.relative_to(PROJECT)}{match['line'] or ''}")
                break
    if not found:
        return ""
    return f" in {found[-1 if 'Traceback (most' in log else 0]}"


def alone(name: str, command: str) -> str:
    """The command that runs one check in development; of one that nothing here knows, its own."""
    if name == "tests":
        return "dockdj test dev"
    return f"dockdj check dev {shlex.quote(name)}" if name in (*FRONTEND, *CHECKS) else command


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["record", where, *wanted]:
            record(Path(where), wanted)
        case ["gate", where]:
            sys.exit(gate(Path(where)))
        case ["suite", where, checkout]:
            suite(Path(where), Path(checkout))
        case ["now", *wanted]:
            sys.exit(now(wanted))
        case _:
            sys.exit(__doc__)
