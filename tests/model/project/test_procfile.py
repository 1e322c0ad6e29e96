import pytest

from dockdj.model.project.procfile import has_process


@pytest.mark.parametrize("procfile", ["release: migrate\n", "web: serve\nrelease: migrate", "release:migrate"])
def test_line_of_the_process_type_is_found(procfile: str) -> None:
    assert has_process(procfile, "release")


@pytest.mark.parametrize("procfile", ["", "web: serve\n", "# release: migrate\n", "prerelease: migrate\n", "release"])
def test_other_lines_are_not_the_process_type(procfile: str) -> None:
    assert not has_process(procfile, "release")
