from itertools import count

from dockdj.model.dotenv import Variable, contract, filled

EXAMPLE = """\
# The contract of dev.

# required, secret. Signs sessions.
KEY=<generate>
# optional. How much is logged.
# Default: INFO.
LEVEL=INFO

# required, secret, local. The database's password.
PASSWORD=<generate>
URL=postgres://app:<PASSWORD>@db/app
"""


def test_the_contract_says_what_each_variable_is() -> None:
    assert contract(EXAMPLE) == (
        Variable("KEY", "<generate>", required=True, secret=True, about="Signs sessions."),
        Variable("LEVEL", "INFO", about="How much is logged."),
        Variable("PASSWORD", "<generate>", required=True, secret=True, local=True, about="The database's password."),
        Variable("URL", "postgres://app:<PASSWORD>@db/app"),
    )


def test_filling_generates_each_secret_once_and_follows_references() -> None:
    numbers = count(1)

    lines = filled(EXAMPLE, lambda: f"random{next(numbers)}").splitlines()

    assert "KEY=random1" in lines
    assert "PASSWORD=random2" in lines
    assert "URL=postgres://app:random2@db/app" in lines
    assert "# required, secret. Signs sessions." in lines


def test_a_reference_to_nothing_stays_as_it_is() -> None:
    assert filled("URL=x:<NOBODY>\n", str) == "URL=x:<NOBODY>\n"
