"""The question through the `manage.py` of a project, which alone knows the settings."""

import subprocess
import sys
from pathlib import Path

from dockdj.adapters.migrations import program, question
from dockdj.model.release.loader_answer import parse
from tests.support.project import write

MANAGE = """\
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
print("settings of the shop")
execute_from_command_line(sys.argv)
"""
# No such server: a loader that asks a database fails.
SETTINGS = """\
INSTALLED_APPS = ["django.contrib.contenttypes", "shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/none/none.sqlite3"}}
"""


def test_a_project_answers_without_its_database(tmp_path: Path) -> None:
    files = {"manage.py": MANAGE, "settings.py": SETTINGS, "shop/__init__.py": "", "shop/migrations/__init__.py": ""}
    head = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    "
    files["shop/migrations/0001_initial.py"] = f"{head}operations = [migrations.RunSQL('SELECT 1')]\n"
    for path, text in files.items():
        write(tmp_path, path, text)
    argv = question.command((sys.executable, "manage.py"))
    output = subprocess.run(argv, cwd=tmp_path, capture_output=True, check=True).stdout
    loaded = parse(question.answer(output))
    assert loaded.graph.leaves == {"contenttypes": ("0002_remove_content_type_name",), "shop": ("0001_initial",)}
    assert loaded.graph.migrations["shop.0001_initial"].verdict == "irreversible"
    assert loaded.graph.migrations["contenttypes.0002_remove_content_type_name"].drops == ("django_content_type.name",)
    assert {name: each.installed for name, each in loaded.modules.items() if name.endswith("initial")} == {
        "contenttypes.0001_initial": True,
        "shop.0001_initial": False,
    }


def test_question_and_program_know_the_same_mark() -> None:
    assert question.MARK.decode() == program.MARK
