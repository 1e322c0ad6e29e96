"""Give a parser many inputs: it returns or raises a typed error, each time within a second of this process's time."""

import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

from dockdj.errors import DockdjError

# Of the processor for this process: a busy machine changes nothing.
LONGEST_SECONDS = 1.0
SHOWN = 400
# A smaller input that fails in the same way is looked for this often.
TRIES = 400


class TooLong(BaseException):
    """The parser was interrupted. Not an Exception, so that no parser takes it for its own failure."""


class Fault(AssertionError):
    """An input for which a parser neither returned nor raised a typed error in time."""


def check(name: str, parse: Callable[[bytes], object], inputs: Iterable[bytes], label: str = "") -> int:
    """Parse every input; return their number. Raises Fault with the smallest input that was found."""
    count = 0
    with _interrupting():
        for count, content in enumerate(inputs, 1):
            kind = failure(parse, content)
            if kind:
                small = smaller(parse, content, kind)
                raise Fault(f"{name}, input {count} {label}: {kind}\n{small[:SHOWN]!r}\n{len(small)} bytes")
    return count


def failure(parse: Callable[[bytes], object], content: bytes) -> str:
    """The kind of the failure, empty for none."""
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_SECONDS)
    started = time.process_time()
    try:
        parse(content)
    except DockdjError as error:
        # An error that cannot be shown is none.
        if _unprintable(error):
            return "an error that cannot be printed"
    except TooLong:
        return f"no end within {LONGEST_SECONDS:.0f} s"
    except Exception as error:
        return type(error).__name__ + _place(error)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    # What C code does cannot be interrupted.
    return f"more than {LONGEST_SECONDS:.0f} s" if time.process_time() - started > LONGEST_SECONDS else ""


def smaller(parse: Callable[[bytes], object], content: bytes, kind: str) -> bytes:
    """An input without parts that the failure does not need. A parser that takes long is not asked again."""
    if kind.endswith(" s"):
        return content
    size = start = 0
    for _ in range(TRIES):
        if start >= len(content):
            size = size // 2 if size else len(content) // 2
            start = 0
            if not size:
                break
        shorter = content[:start] + content[start + (size or len(content)) :]
        if failure(parse, shorter) == kind:
            content = shorter
        else:
            start += size or len(content)
    return content


def _place(error: Exception) -> str:
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    return f" at {place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""


def _unprintable(error: DockdjError) -> bool:
    try:
        f"{error.message}\n{error.hint}".encode()
    except UnicodeEncodeError:
        return True
    return False


@contextmanager
def _interrupting() -> Iterator[None]:
    def interrupt(number: int, frame: FrameType | None) -> None:
        raise TooLong

    previous = signal.signal(signal.SIGVTALRM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGVTALRM, previous)
