"""assets.mjs and checks.mjs under Node, with a fake esbuild that fails and is slow."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockdj.adapters.disk import write_files
from dockdj.lifecycle.project.new import Answers, render
from tests.support.eventually import eventually

pytestmark = pytest.mark.docker

# Prints a line for each requested context. The second one fails; the others take longer than assets.mjs polls.
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
    """A project with the fake esbuild."""
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
    """The running asset server; its output is in the project's file `said`."""
    with (project / "said").open("wb") as said:
        process = subprocess.Popen(node(project, "assets.mjs", "serve"), stdout=said)
        yield process
        process.terminate()
        process.wait(180)


def node(project: Path, program: str, *words: str) -> list[str]:
    """The command line of a project's program under Node, in another folder than in its images."""
    run = ("docker", "run", "--rm", "--init", "-v", f"{project}:/elsewhere", "node:24-trixie-slim")
    # One stream for all output: the engine merges two streams in any order.
    return [*run, "sh", "-c", 'exec node "$@" 2>&1', "sh", f"/elsewhere/{program}", *words]


def test_checks_run_in_any_folder(project: Path) -> None:
    argv = node(project, "docker/assets/checks.mjs", "now", "assets")
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "built\n")


def test_new_files_are_built_one_after_another_and_a_failure_does_not_end_the_watch(
    project: Path, served: subprocess.Popen[bytes]
) -> None:
    def said() -> str:
        return (project / "said").read_text()

    eventually(lambda: "assets: http://localhost:8010/static/" in said())
    (project / "app/apps/base/assets/scripts/new.js").touch()
    eventually(lambda: "context 3" in said())
    # While that context is being created.
    (project / "app/apps/base/assets/scripts/newer.js").touch()
    eventually(lambda: said().count("disposed") == 2)
    lines = [line for line in said().splitlines() if not line.startswith("assets: http")]
    assert lines == [
        *("context 1, 0 in the making", "context 2, 0 in the making", "assets: no luck"),
        *("context 3, 0 in the making", "disposed"),
        *("context 4, 0 in the making", "disposed"),
    ]
    assert served.poll() is None
