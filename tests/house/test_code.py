"""Every rule for the code fails on a small sample that breaks it."""

import ast
from pathlib import Path

import pytest

from tests.house import code
from tests.house.code import MOST_FILES, SCHEMA_MODULE, VERBS


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with an empty package."""
    write(tmp_path, "src/dockdj/__init__.py")
    return tmp_path


def write(root: Path, path: str, text: str = "") -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def offences(root: Path) -> list[str]:
    return [str(offence) for offence in code.offences(root)]


@pytest.mark.parametrize(
    "source",
    [
        "release.document['app']",
        "release.document['app']['commit']",
        "images.release.document.get('app')",
        "(release\n.document\n['app'])",
    ],
)
def test_record_lookups_outside_the_schema_module_fail(root: Path, source: str) -> None:
    write(root, "src/dockdj/model/release/record.py", source)
    [offence] = offences(root)
    assert "src/dockdj/model/release/record.py:" in offence and "`.document`" in offence


@pytest.mark.parametrize(
    "source", ["from dockdj.model.dockerrun.document import x", "document['app']", "a.documents[0]"]
)
def test_other_lookups_pass(root: Path, source: str) -> None:
    write(root, "src/dockdj/model/release/record.py", source)
    assert offences(root) == []


def test_the_schema_module_may_look_up_keys(root: Path) -> None:
    write(root, SCHEMA_MODULE, "release.document['app']")
    assert offences(root) == []


SEVEN = "a, b, c, d, e, f, g"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (f"def build({SEVEN}): ...", "build"),
        (f"async def build({SEVEN}): ...", "build"),
        ("def build(a, /, b, c, *, d, e, f, g=1): ...", "build"),
        ("def build(a, b, c, d, e, *rest, **options): ...", "build"),
        (f"class A:\n  def build(self, {SEVEN}): ...", "build"),
        (f"class A:\n  @classmethod\n  def build(cls, {SEVEN}): ...", "build"),
        (f"class A:\n  @staticmethod\n  def build({SEVEN}): ...", "build"),
        (f"def outer():\n  def inner({SEVEN}): ...", "inner"),
        (f"build = lambda {SEVEN}: 0", "lambda"),
        (f"@cache\ndef build({SEVEN}): ...", "build"),
    ],
)
def test_seven_parameters_fail(source: str, name: str) -> None:
    [offence] = code.long_parameter_lists("file.py", ast.parse(source))
    assert offence.reason == f"`{name}` has 7 parameters, more than 6"


@pytest.mark.parametrize(
    "source",
    [
        "def build(a, b, c, d, e, f): ...",
        "class A:\n  def build(self, a, b, c, d, e, f): ...",
        "class A:\n  @classmethod\n  def build(cls, a, b, c, d, e, f): ...",
        f"@click.command('build')\ndef build({SEVEN}): ...",
        f"@group.command('build')\n@click.pass_obj\ndef build({SEVEN}): ...",
        f"@click.group(cls=Lazy)\ndef build({SEVEN}): ...",
    ],
)
def test_six_parameters_and_click_commands_pass(source: str) -> None:
    assert list(code.long_parameter_lists("file.py", ast.parse(source))) == []


def test_a_folder_with_too_many_python_files_fails(root: Path) -> None:
    for number in range(MOST_FILES):
        write(root, f"src/dockdj/model/part{number}.py")
    write(root, "src/dockdj/model/release.schema.json")
    assert offences(root) == []
    write(root, "src/dockdj/model/__init__.py")
    assert offences(root) == ["src/dockdj/model: holds 21 Python files, more than 20"]


def test_the_folder_of_verbs_may_hold_more(root: Path) -> None:
    for number in range(MOST_FILES + 1):
        write(root, f"{VERBS}/verb{number}.py")
    assert offences(root) == []


@pytest.mark.parametrize(
    "path", ["smoke/smoke_stack.py", "environments/environment_checks.py", "fleet/image/image_files.py"]
)
def test_a_file_name_that_repeats_its_folders_word_fails(root: Path, path: str) -> None:
    write(root, f"src/dockdj/{path}")
    [offence] = offences(root)
    assert offence.startswith(f"src/dockdj/{path}: repeats its folder's word")


@pytest.mark.parametrize("path", ["deploy/deploy.py", "docker/dockerrun.py", "diff/project_files.py"])
def test_other_file_names_pass(root: Path, path: str) -> None:
    write(root, f"src/dockdj/{path}")
    assert offences(root) == []


def test_the_recipes_project_is_not_checked(root: Path) -> None:
    write(root, "src/dockdj/recipe/project/app/app_settings.py", f"def build({SEVEN}): x.document['a']")
    assert offences(root) == []
