"""Files are changed by `adapters/disk.py` alone: its writes are whole or fail by name, and tests can let them fail."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.code import python_files
from tests.house.offence import Offence

PACKAGE = "src/dockdj"
# Path or folder -> the reason why its code changes files without adapters/disk.py.
EXCEPTIONS = {
    "adapters/file_calls.py": "the calls of adapters/disk.py",
    "adapters/pipes.py": "writes to the pipes of programs",
    "adapters/shell.py": "hands files to programs, which write them",
    "cli/main.py": "reports a bug, which may be in adapters/disk.py",
    "lifecycle/project/new.py": "moves a folder that nobody has used yet",
    "localcloud/state/ownership.py": "writes into a lock that it holds",
    "localcloud/fleet/image/": "runs on an instance, without the package",
}
METHODS = frozenset({"write_text", "write_bytes", "rename", "touch", "hardlink_to", "symlink_to"})
CALLS = frozenset(
    {
        *("os.replace", "os.rename", "os.renames", "os.write", "os.pwrite", "os.truncate", "os.ftruncate", "os.link"),
        *("os.fdopen", "shutil.move", "shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.copyfileobj"),
    }
)
WRITING = frozenset("wax+")
# The modules whose functions a caller may use.
OURS = ("disk.", "file_calls.")


def offences(root: Path) -> Iterator[Offence]:
    """Every change of a file that does not go through adapters/disk.py."""
    for file in python_files(root):
        path = file.relative_to(root).as_posix()
        if not any(path.startswith(f"{PACKAGE}/{exception}") for exception in EXCEPTIONS):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), path)):
                if isinstance(node, ast.Call) and (name := _change(node)):
                    yield Offence(path, node.lineno, f"`{name}` changes a file; use adapters/disk.py")


def _change(call: ast.Call) -> str:
    """The name of the call if it changes a file, else empty."""
    name = ast.unparse(call.func)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    keywords = {keyword.arg for keyword in call.keywords}
    if name.startswith(OURS):
        return ""
    if name in CALLS or method in METHODS:
        return name
    # Text has a method of this name with two arguments, Path one with one; that of dataclasses has names.
    if method == "replace" and len(call.args) == 1 and not call.keywords:
        return name
    if name == "shutil.copytree" and "copy_function" not in keywords:
        return name
    # An archive in memory has a file object.
    if (
        (name == "open" or method == "open")
        and "fileobj" not in keywords
        and any(_is_writing(argument) for argument in _modes(call, name))
    ):
        return name
    return ""


def _modes(call: ast.Call, name: str) -> list[ast.expr]:
    position = 1 if name == "open" else 0
    named = [keyword.value for keyword in call.keywords if keyword.arg == "mode"]
    return [*call.args[position : position + 1], *named]


def _is_writing(mode: ast.expr) -> bool:
    """True for the text of a mode that writes; a longer text is no mode but a path or an address."""
    text = mode.value if isinstance(mode, ast.Constant) else None
    return isinstance(text, str) and len(text) <= 3 and not WRITING.isdisjoint(text)
