"""Where Dockdj looks at this machine's clock, which may be wrong or be set while a command runs."""

import re
from pathlib import Path

import dockdj

SOURCE = Path(dockdj.__file__).parent
CLOCK = re.compile(r"time\.time(?:_ns)?\(|datetime\.(?:now|today|utcnow)\(|date\.today\(|st_[mca]time|getmtime")
# They only note a date for people. Decisions take the platform's dates, and deadlines `time.monotonic`.
NOTE_A_DATE = {"lifecycle/history/log.py", "lifecycle/release/record.py", "lifecycle/tested_images/publish.py"}


def test_use_cases_and_adapters_decide_nothing_by_this_machines_clock() -> None:
    files = [path for room in ("cli", "lifecycle", "adapters", "model") for path in (SOURCE / room).rglob("*.py")]
    assert len(files) > 150
    readers = {str(path.relative_to(SOURCE)) for path in files if CLOCK.search(path.read_text())}
    assert readers == NOTE_A_DATE
