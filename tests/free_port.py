"""Ports for the servers that tests start."""
import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

# Below those out of which Linux takes the ports of outgoing connections (ip_local_port_range, 32768 and more).
PORTS = range(20_000, 32_000)
_mine = []  # open files; their locks are this process's until it ends


def free_port():
    """A port on which nobody listens, and which no other test is given while this process lives."""
    folder = Path(tempfile.gettempdir()) / f"assay-tests-ports-{os.geteuid()}"
    folder.mkdir(exist_ok=True)
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        reservation = open(folder / str(port), "w")  # noqa: SIM115
        try:
            fcntl.flock(reservation, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            reservation.close()
            continue
        _mine.append(reservation)
        return port
    raise RuntimeError("every port for tests is taken")
