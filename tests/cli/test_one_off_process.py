import pytest

from dockdj.cli.one_off_process import counts


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("....\n24 passed in 5.94s\n", (24, 0, 0)),
        ("F\n1 failed in the text\n1 failed, 23 passed, 2 skipped in 5.94s\n", (23, 1, 2)),
        ("==== 2 passed, 1 warning, 1 error in 0.1s ====", (2, 1, 0)),
        ("3 errors in 0.10s", (0, 3, 0)),
        ("no tests ran in 0.00s", (0, 0, 0)),
        ("Traceback", (0, 0, 0)),
    ],
)
def test_counts_come_from_pytests_last_line(output: str, expected: tuple[int, int, int]) -> None:
    assert tuple(counts(output).values()) == expected
