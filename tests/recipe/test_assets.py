"""assets.mjs and checks.mjs under Node, with an esbuild of our own that fails and takes its time."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockdj.adapters.disk import write_files
from dockdj.lifecycle.project.new import Answers, render
from tests.support.eventually import eventually

pytestmark = pytest.mark.docker

# Says when a context is asked for; the second is refused, the others take longer than assets.mjs waits between looks.
ESBUILD = """
let asked = 0, making = 0;
export async function context() {
  console.log(`context ${++asked}, ${making} in the making`);
  if (asked === 2) throw new Error("no luck");
  making++;
  await new Promise((done) => setTimeout(done, asked === 1 ? 0 : 2500));
  making--;
  return { watch() {}, serve: () => ({ port: 1 }), dispose: () => console.log("disposed") };
}
export async function build() {
  console.log("built");
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose esbuild is ours."""
    root = tmp_path / "shop"
    write_files(root, render(Answers("shop")))
    for name, text in (("esbuild", ESBUILD), ("sass", "export const compile = () => ({});")):
        package = root / "node_modules" / name
        package.mkdir(parents=True)
        (package / "index.js").write_text(text)
        (package / "package.json").write_text('{"type": "module", "main": "index.js"}')
    return root


@pytest.fixture
def served(project: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The asset server, while it runs; what it says is in the project's file `said`."""
    with (project / "said").open("wb") as said:
        process = subprocess.Popen(node(project, "assets.mjs", "serve"), stdout=said)
        yield process
        process.terminate()
        process.wait(180)


def node(project: Path, program: str, *words: str) -> list[str]:
    """A program of the project, under Node, in another folder than that of its images."""
    run = ("docker", "run", "--rm", "--init", "-v", f"{project}:/elsewhere", "node:24-trixie-slim")
    # All that it says by one way: what comes by two, the engine hands on in any order.
    return [*run, "sh", "-c", 'exec node "$@" 2>&1', "sh", f"/elsewhere/{program}", *words]


def test_the_checks_run_wherever_the_project_lies(project: Path) -> None:
    argv = node(project, "docker/assets/checks.mjs", "now", "assets")
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "built\n")


def test_new_files_are_looked_at_one_after_another_and_a_failure_is_no_end(
    project: Path, served: subprocess.Popen[bytes]
) -> None:
    def said() -> str:
        return (project / "said").read_text()

    eventually(lambda: "assets: http://localhost:8010/static/" in said())
    (project / "app/apps/base/assets/scripts/new.js").touch()
    eventually(lambda: "context 3" in said())
    # While that one is in the making.
    (project / "app/apps/base/assets/scripts/newer.js").touch()
    eventually(lambda: said().count("disposed") == 2)
    lines = [line for line in said().splitlines() if not line.startswith("assets: http")]
    assert lines == [
        *("context 1, 0 in the making", "context 2, 0 in the making", "assets: no luck"),
        *("context 3, 0 in the making", "disposed"),
        *("context 4, 0 in the making", "disposed"),
    ]
    assert served.poll() is None
