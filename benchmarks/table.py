"""The table of docs/performance.md, line by line as the figures come."""


def head() -> None:
    print("| what | ours | beside it | ratio | goal |\n|---|--:|---|--:|--:|", flush=True)


def seconds(what: str, ours: float, beside: str = "", other: float = 0, goal: str = "") -> None:
    """How long something took, and something else beside it; the ratio is ours to theirs."""
    _row(what, _time(ours), f"{beside}, {_time(other)}" if beside else "", ours / other if other else None, goal)


def rate(what: str, ours: float, beside: str, other: float, goal: str = "") -> None:
    """Requests per second."""
    _row(what, f"{ours:,.0f}/s", f"{beside}, {other:,.0f}/s", ours / other, goal)


def size(what: str, ours: float, beside: str = "", other: float = 0, goal: str = "") -> None:
    """Bytes, shown in megabytes of a million."""
    _row(what, _megabytes(ours), f"{beside}, {_megabytes(other)}" if beside else "", None, goal)


def count(what: str, ours: int) -> None:
    """A number of things."""
    _row(what, f"{ours:,}", "", None, "")


def _row(what: str, ours: str, beside: str, ratio: float | None, goal: str) -> None:
    shown = "" if ratio is None else f"{ratio:.0f}" if ratio >= 20 else f"{ratio:.2f}"
    print(f"| {what} | {ours} | {beside} | {shown} | {goal} |", flush=True)


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 3 else f"{seconds:.3f} s" if seconds < 0.3 else f"{seconds:.2f} s"


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.2f} MB" if size < 10e6 else f"{size / 1e6:.0f} MB"
