"""Chromium gives up what it is loading when an interface of the machine comes or goes (net::ERR_NETWORK_CHANGED). Tests that
make interfaces and tests with a browser, which pytest-xdist runs beside each other, take turns."""
import contextlib
import fcntl
import os
import tempfile
from pathlib import Path


@contextlib.contextmanager
def my_turn():
    """Waits until no other process of this user is in here."""
    with open(Path(tempfile.gettempdir()) / f"assay-tests-network-{os.geteuid()}", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
