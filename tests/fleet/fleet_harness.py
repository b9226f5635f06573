"""A fleet for the tests: NATS servers, PostgreSQL, several `assay serve` and `assay worker`."""
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "service"))

import peer_servers  # noqa: E402,F401
from found_is_lost import FOUND_IS_LOST  # noqa: E402
from fleet_peers import PATIENCE, NatsCluster, free_port  # noqa: E402,F401
from peer_servers import s3_servers  # noqa: E402,F401
from service_harness import ASSAY, MASTER, MEMBER, Service, wait_until  # noqa: E402,F401

KB, MB = 1024, 1024 * 1024


class Member:
    """A process of the fleet, in a directory of its own or one that it shares."""

    def __init__(self, kind, directory, log, environment, arguments, within=(), address="127.0.0.1", program=ASSAY):
        """`within`: what the command begins with; `address`: where it answers."""
        self.kind, self.log, self.address = kind, log, address
        with open(log, "ab") as output:
            self.process = subprocess.Popen([*within, str(program), kind, "--dir", str(directory), *arguments], stdout=output,
                                            stderr=output, env=environment)

    def signal(self, how):
        self.process.send_signal(how)

    def kill(self):
        if self.alive():
            self.process.kill()
            self.process.wait(30)

    def alive(self):
        return self.process.poll() is None

    def stop(self, seconds=60):
        if self.alive():
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode

    def text(self):
        return self.log.read_text()

    @property
    def port(self):
        """Where a worker answers, as it says itself."""
        line = wait_until("the worker to say its port", lambda: [
            line for line in self.text().splitlines() if "health and metrics at" in line], 60)[-1]
        return int(line.rsplit(":", 1)[1])

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.address}:{self.port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def metric(self, name):
        """What /metrics says of it."""
        line = [line for line in self.get("/metrics").splitlines() if line.startswith(name + " ")]
        return int(line[0].split()[1])


class FleetServe(Service):
    """A Service that can be told of object events."""

    def post_event(self, bucket, *keys):
        """All in one notification: they are handed out together."""
        body = json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": {
            "bucket": {"name": bucket}, "object": {"key": key}}} for key in keys]}).encode()
        request = urllib.request.Request(f"{self.url}/api/v1/events/{self.master}", body, {
            "Authorization": "Bearer a-token-of-the-tests", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer) == {"accepted": len(keys)}


class Fleet:
    """The service as a fleet. `first` is the Service whose directory all others are copies of."""

    def __init__(self, folder, store_url, nats_url, *init_arguments, replicas=1, settings=None, store_keys=None,
                 environment=None):
        self.folder, self.store_url = folder, store_url
        keys = {**PATIENCE, "queue.url": nats_url, "queue.replicas": str(replicas), **(settings or {})}
        self.first = FleetServe(folder / "serve0", folder / "home", *init_arguments, store_url=store_url,
                             store_keys=store_keys, environment=environment)
        text = (folder / "serve0" / "assay.toml").read_text()
        for key, value in keys.items():
            section, name = key.split(".")
            assert f"# {name} = " in text.split(f"[{section}]")[1].split("\n[")[0], key
            head, tail = text.split(f"[{section}]")
            text = head + f"[{section}]" + tail.replace(f"# {name} = ", f'{name} = "{value}"  # ', 1)
        (folder / "serve0" / "assay.toml").write_text(text)
        self.serves, self.workers, self.members = [self.first], [], []

    def serve(self):
        """Starts another serve, in a copy of the first one's directory."""
        if self.first.process is None:
            self.first.start()
            return self.first
        number = len(self.serves)
        copy = object.__new__(FleetServe)
        copy.__dict__.update(self.first.__dict__)
        copy.directory = self.folder / f"serve{number}"
        copy.directory.mkdir(mode=0o700)
        for name in ("assay.toml", "assay.key"):
            shutil.copy2(self.first.directory / name, copy.directory / name)
        copy.process = None
        copy.start()
        self.serves.append(copy)
        return copy

    def worker(self, *arguments, jobs=1, program_environment=None, within=(), directory=None, address="127.0.0.1",
               program=ASSAY):
        number = len(self.workers)
        member = Member("worker", directory or self.first.directory, self.folder / f"worker{number}.log",
                        {**self.first.environment, **(program_environment or {})},
                        ["--listen", f"{address}:0", "--jobs", str(jobs), *arguments], within, address, program)
        self.workers.append(member)
        return member

    def leader(self):
        """The serve that leads now."""
        def find():
            for serve in self.serves:
                if serve.process and serve.process.poll() is None:
                    try:
                        if serve.json("queue status", code=None)["leadsHere"]:
                            return serve
                    except ValueError:
                        pass  # it is being stopped, or the answer was an error
            return None
        return wait_until("a leader", find, 60)

    def done(self, serve=None, seconds=120):
        """Waits until nothing is left to be done."""
        serve = serve or next(s for s in self.serves if s.process and s.process.poll() is None)

        def idle():
            done = serve.run("status", "--format", "json", code=None)
            if done.returncode != 0:
                return False
            status = json.loads(done.stdout)
            busy = [walk for walk in status["walks"] if walk["kind"] == "one-time"]
            return not busy and status.get("eventBacklog", 0) == 0
        try:
            wait_until("the fleet to be done", idle, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.first.run('status', code=None).stdout}\n{self.logs()}") from error

    def logs(self):
        return "\n".join(f"--- worker {n}\n{w.text()[-2000:]}" for n, w in enumerate(self.workers))

    def stop(self):
        for worker in self.workers:
            worker.kill()
        for serve in self.serves:
            if serve.process:
                serve.process.send_signal(signal.SIGCONT)
                serve.stop(9)


def answer_of(url):
    """Status code and body."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_for_unit(*workers):
    wait_until("each worker to have a unit", lambda: all("assay_worker_units 0" not in worker.get("/metrics")
                                                         for worker in workers), 60)


def processed_bytes(size):
    """Rule C3, written down once more."""
    return KB if size < KB else min(size, 20 * MB)


def database_of(store_url):
    """The name of the database."""
    return store_url.split("@/")[1].split("?")[0]


def query(postgres, store_url, sql):
    out = postgres._psql(sql, database=database_of(store_url)).stdout
    return [line.split("|") for line in out.splitlines() if line]


def check_outcomes(postgres, store_url, account, sizes, extra_charged=0):
    """Every object has exactly one outcome, a record and its charge, and the account's charge is the sum.
    Knows nothing of the program but its tables. `sizes`: (bucket, key) -> size."""
    rows = query(postgres, store_url,
                 "SELECT b.name, encode(o.object_key, 'hex'), l.name, o.charged_bytes, o.record LIKE '{%}'"
                 f" AND NOT {FOUND_IS_LOST}"
                 f" FROM object o JOIN bucket b ON b.id = o.bucket_id AND b.account_id = '{account}'"
                 " JOIN label l ON l.id = o.outcome_id AND l.kind = 'outcome'")
    outcomes = {}
    for bucket, key, name, charged, has_record in rows:
        outcomes.setdefault((bucket, bytes.fromhex(key).decode()), []).append((name, int(charged), has_record))
    assert outcomes.keys() == sizes.keys(), (len(outcomes), len(sizes))
    wrong = {name: outcomes[name] for name, size in sizes.items()
             if outcomes[name] != [("classified", processed_bytes(size), "t")]}
    assert not wrong, dict(list(wrong.items())[:5])
    charged = int(query(postgres, store_url, f"SELECT charged_bytes FROM account WHERE account_id = '{account}'")[0][0])
    assert charged == sum(map(processed_bytes, sizes.values())) + extra_charged
    counted = int(query(postgres, store_url, "SELECT sum(c.objects) FROM label_count c JOIN bucket b ON b.id = c.bucket_id"
                        f" AND b.account_id = '{account}' JOIN label l ON l.id = c.label_id"
                        " WHERE l.kind = 'outcome'")[0][0])
    assert counted == len(sizes)
    assert query(postgres, store_url, "SELECT count(*) FROM walk_page p JOIN walk w ON w.id = p.walk_id"
                 " WHERE w.kind = 'one-time'") == [["0"]]
