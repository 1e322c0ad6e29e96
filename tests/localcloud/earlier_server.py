"""A server as earlier versions of Dockdj started it: it holds the folder's lock and has no socket file.

`python -m tests.localcloud.earlier_server --state FOLDER`; it prints a line when it holds the lock.
"""

import fcntl
import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    with (Path(sys.argv[2]) / "server.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        print("ready", flush=True)
        signal.sigwait([signal.SIGTERM])
