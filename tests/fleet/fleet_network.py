"""A host of its own for a worker of a fleet: a network namespace whose only cable can be cut, so that nothing tells it, or
the others, that its connections are dead. Needs root, or sudo without a password."""
import contextlib
import os
import shutil
import socket
import subprocess
import threading

from fleet_harness import database_of

SUDO = [] if os.geteuid() == 0 else ["sudo", "-n"]


class Forwarder:
    """Passes connections to an address of this machine on to a server that only listens here."""

    def __init__(self, address, target):
        self.target = target
        self.listener = socket.create_server((address, 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                incoming, _ = self.listener.accept()
                outgoing = socket.socket(socket.AF_UNIX if isinstance(self.target, str) else socket.AF_INET)
                try:
                    outgoing.connect(self.target)
                except OSError:  # the server is away at the moment
                    incoming.close()
                    outgoing.close()
                    continue
                for pair in ((incoming, outgoing), (outgoing, incoming)):
                    threading.Thread(target=self.copy, args=pair, daemon=True).start()

    @staticmethod
    def copy(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.close()


class Host:
    """A network namespace with one cable to this one. `address` is ours at the cable, `far_address` is there."""

    def __init__(self, number):
        self.name = f"assay-{os.getpid()}-{number}"
        self.cable = f"as{os.getpid() % 100000}v{number}"
        self.address, self.far_address = f"10.213.{number}.1", f"10.213.{number}.2"
        self.forwarders = []
        try:
            self.ip("netns", "add", self.name)
            self.ip("link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", self.name)
            self.ip("addr", "add", f"{self.address}/30", "dev", self.cable)
            self.ip("link", "set", self.cable, "up")
            self.ip("-n", self.name, "addr", "add", f"{self.far_address}/30", "dev", "eth0")
            self.ip("-n", self.name, "link", "set", "eth0", "up")
            self.ip("-n", self.name, "link", "set", "lo", "up")
        except BaseException:
            self.close()
            raise

    @staticmethod
    def ip(*words, check=True):
        subprocess.run([*SUDO, "ip", *words], check=check, capture_output=True)

    def within(self):
        """What a command begins with that runs there."""
        return [*SUDO, "ip", "netns", "exec", self.name]

    def reach(self, target):
        """HOST:PORT at which a server of this machine can be reached from there."""
        self.forwarders.append(Forwarder(self.address, target))
        return f"{self.address}:{self.forwarders[-1].port}"

    def cut(self):
        self.ip("link", "set", self.cable, "down")

    def mend(self):
        self.ip("link", "set", self.cable, "up")

    def close(self):
        for forwarder in self.forwarders:
            forwarder.close()
        self.ip("link", "del", self.cable, check=False)
        self.ip("netns", "del", self.name, check=False)


def far_environment(fleet, host, postgres, nats):
    """What makes a process on that host reach database and queue over the cable alone."""
    name = database_of(fleet.store_url)
    database = host.reach(f"{postgres.folder}/.s.PGSQL.5432")
    queue = ",".join(f"nats://{host.reach(('127.0.0.1', port))}" for port in nats.ports)
    return {"ASSAY_STORE_URL": f"postgresql://assay@{database}/{name}", "ASSAY_QUEUE_URL": queue}


def start_far_worker(fleet, host, postgres, nats, *arguments, stores=()):
    """A worker on that host, which reaches database, queue and `stores` (URLs of S3 servers) over the cable alone, and
    answers there."""
    directory = fleet.folder / "far"
    directory.mkdir(mode=0o700)
    shutil.copy2(fleet.first.directory / "assay.key", directory)
    text = (fleet.first.directory / "assay.toml").read_text()
    for url in stores:
        server, port = url.removeprefix("http://").split(":")
        text = text.replace(url, f"http://{host.reach((server, int(port)))}")
    (directory / "assay.toml").write_text(text)
    (directory / "assay.toml").chmod(0o600)
    return fleet.worker(*arguments, directory=directory, address=host.far_address, within=host.within(),
                        program_environment=far_environment(fleet, host, postgres, nats))
