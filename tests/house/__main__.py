"""Print every offence against the house rules; exit 1 if there is any."""

import sys
from pathlib import Path

from tests.house import code, links, texts, writes

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Check the repository and return the exit status."""
    offences = sorted({*code.offences(ROOT), *links.offences(ROOT), *texts.offences(ROOT), *writes.offences(ROOT)})
    for offence in offences:
        print(offence)
    print(f"house rules: {len(offences)} offences" if offences else "house rules: all kept")
    return int(bool(offences))


if __name__ == "__main__":
    sys.exit(main())
