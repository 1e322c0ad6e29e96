"""Measure and print the table of docs/performance.md: `python -m benchmarks [PART...]`."""

import sys

from benchmarks import commands, entered, health, images, inventory, releases, serving, table

PARTS = {
    "images": images.measure,
    "serving": serving.measure,
    "commands": commands.measure,
    "releases": releases.measure,
    "inventory": inventory.measure,
    "entered": entered.measure,
    "health": health.measure,
}


def main() -> None:
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        sys.exit(f"no such part: {', '.join(unknown)}; parts: {', '.join(PARTS)}")
    table.head()
    for name in wanted:
        PARTS[name]()


if __name__ == "__main__":
    main()
