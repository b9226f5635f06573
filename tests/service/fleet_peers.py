"""The other processes of a fleet, for tests: NATS servers, and a service whose work is done by workers."""
import json
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from free_port import free_port
from service_harness import ASSAY, Service, wait_until

# Short, so that tests see redelivery and new leaders; longer than a NATS cluster takes to elect.
PATIENCE = {"queue.ack_wait": "4s", "queue.lease": "3s", "queue.max_attempts": "20"}


class NatsCluster:
    """One to three NATS servers with JetStream; any may be killed and started again."""

    def __init__(self, folder, servers=1, settings=""):
        program = shutil.which("nats-server") or "/usr/sbin/nats-server"
        assert Path(program).exists(), "nats-server is missing: run scripts/setup.sh"
        self.program, self.folder, self.settings = program, folder, settings
        self.ports = [free_port() for _ in range(servers)]
        self.routes = [free_port() for _ in range(servers)]
        self.processes = [None] * servers
        for number in range(servers):
            self.start(number)
        for number in range(servers):
            wait_until("NATS to answer", lambda n=number: self.answers(n), 30)

    def start(self, number):
        home = self.folder / f"nats{number}"
        home.mkdir(parents=True, exist_ok=True)
        cluster = ""
        if len(self.ports) > 1:
            routes = ", ".join(f'"nats-route://127.0.0.1:{port}"' for port in self.routes)
            cluster = f"cluster {{ name: c, listen: 127.0.0.1:{self.routes[number]}, routes: [{routes}] }}\n"
        config = home / "nats.conf"
        config.write_text(f"server_name: n{number}\nlisten: 127.0.0.1:{self.ports[number]}\n"
                          f"jetstream {{ store_dir: {home}/data }}\n{cluster}{self.settings}")
        with open(home / "log", "ab") as log:
            self.processes[number] = subprocess.Popen([self.program, "-c", config], stdout=log, stderr=log)

    def answers(self, number):
        assert self.processes[number].poll() is None, (self.folder / f"nats{number}" / "log").read_text()
        try:
            with socket.create_connection(("127.0.0.1", self.ports[number]), 1) as connection:
                return connection.recv(4) == b"INFO"
        except OSError:
            return False

    def kill(self, number):
        self.processes[number].kill()
        self.processes[number].wait(30)

    def send(self, subject, text):
        """Publishes as any NATS client can: the protocol is lines."""
        with socket.create_connection(("127.0.0.1", self.ports[0]), 5) as connection:
            data = text.encode()
            connection.sendall(b"CONNECT {\"verbose\":false}\r\nPUB %s %d\r\n%s\r\nPING\r\n" %
                               (subject.encode(), len(data), data))
            received = b""
            while b"PONG" not in received:
                received += connection.recv(4096)

    def info(self, what, number=0):
        """What a server tells of "STREAM.INFO.name" or "CONSUMER.INFO.stream.name", in JetStream's JSON."""
        with socket.create_connection(("127.0.0.1", self.ports[number]), 5) as connection:
            connection.sendall(b"CONNECT {\"verbose\":false}\r\nSUB answer 1\r\n"
                               b"PUB $JS.API.%s answer 0\r\n\r\n" % what.encode())
            lines = connection.makefile("rb")
            while not (line := lines.readline()).startswith(b"MSG answer 1 "):
                assert line, "the server closed the connection"
            return json.loads(lines.read(int(line.split()[-1])))

    @property
    def url(self):
        return ",".join(f"nats://127.0.0.1:{port}" for port in self.ports)

    @property
    def replicas(self):
        return len(self.ports)

    def stop(self):
        for process in self.processes:
            if process and process.poll() is None:
                process.kill()
                process.wait(30)


# Arguments of `assay serve` that its workers take as well.
SHARED_ARGUMENTS = {"--jobs", "--max-object-size", "--object-timeout", "--object-acls", "--regions"}


class FleetService(Service):
    """A Service that only hands out its work: two workers beside it do it. They come, go and die with it."""

    WORKERS = 2

    def __init__(self, directory, home, *init_arguments, nats, prefix, environment=None, **keywords):
        queue = {"ASSAY_QUEUE_URL": nats.url, "ASSAY_QUEUE_PREFIX": prefix}
        for name, value in PATIENCE.items():
            queue[f"ASSAY_{name.replace('.', '_').upper()}"] = value
        self.workers = []
        super().__init__(directory, home, *init_arguments, environment={**queue, **(environment or {})}, **keywords)

    def start(self, *arguments, environment=None):
        super().start(*arguments, environment=environment)
        words = list(map(str, arguments))
        shared = [word for name, value in zip(words, words[1:]) if name in SHARED_ARGUMENTS for word in (name, value)]
        for number in range(self.WORKERS):
            with open(self.directory / f"worker{number}.log", "ab") as log:
                self.workers.append(subprocess.Popen(
                    [str(ASSAY), "worker", "--dir", str(self.directory), "--listen", "127.0.0.1:0", "--jobs", "1", *shared],
                    env={**self.environment, **(environment or {})}, stderr=log, stdout=log))
        return self

    def stop(self, how=signal.SIGTERM):
        for worker in self.workers:
            worker.send_signal(how)
        for worker in self.workers:
            worker.wait(timeout=60)
        self.workers.clear()
        return super().stop(how)
