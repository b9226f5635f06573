"""Measures a fleet: two workers against one, the cost of queue and PostgreSQL against one process that does
everything, and what goes through the queue. Processes are held to cores with taskset."""

import contextlib
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import corpus

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "fleet"))

# name: (objects, how they are made). So many that starting and the last unit, for which one worker waits, count little.
# 100 KB is the average of docs/scale-out.md's worked example, 1 PB in 10 billion objects; 2 KB is the dearest per byte.
ESTATES = {
    "2 KB": (400_000, lambda folder, count: corpus.write_small_files(folder, count, 2048)),
    "8 KB on average": (100_000, lambda folder, count: corpus.write_mixed_files(folder, count, 8 << 10)),
    "100 KB on average": (20_000, lambda folder, count: corpus.write_mixed_files(folder, count, 100 << 10)),
    "10 MB on average": (500, lambda folder, count: corpus.write_mixed_files(folder, count, 10 << 20, distinct=50)),
}
ROUNDS = 3
# What docs/scale-out.md tells who runs PostgreSQL to set. Its own defaults are for a very small machine: the tables of
# 400,000 objects do not fit into 128 MB, and every checkpoint is followed by images of whole pages.
POSTGRES_SETTINGS = {"shared_buffers": "2GB", "max_wal_size": "8GB"}
TICKS = os.sysconf("SC_CLK_TCK")


def pin(cores, processes):
    for process in processes:
        for task in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
            subprocess.run(["taskset", "-p", "-c", cores, task.name], check=True, stdout=subprocess.DEVNULL)


def pin_server(cores, postgres):
    """The postmaster hands its cores on to the processes it starts."""
    pin(cores, [postgres.process])


class Parts:
    """One fleet, or one process, over a new PostgreSQL database."""

    def __init__(self, harness, folder, postgres, estate, workers, others, fleet=True, store=None):
        self.postgres = postgres
        self.stack = contextlib.ExitStack()
        pin_server(others, postgres)
        arguments = ["--directory", f"{harness.MASTER}={estate}"]
        self.nats = None
        if fleet:
            self.nats = harness.NatsCluster(folder / "nats", 1, f"http: 127.0.0.1:{self.monitor_port(harness)}\n")
            self.stack.callback(self.nats.stop)
            pin(others, self.nats.processes)
            settings = {"queue.lease": "15s", "queue.ack_wait": "30s", "classification.comparison_interval": "24h"}
            self.fleet = harness.Fleet(folder, postgres.new_database(), self.nats.url, *arguments, settings=settings)
            self.stack.callback(self.fleet.stop)
            self.serve = self.fleet.serve()
            pin(others, [self.serve.process])
            for cores in workers:
                worker = self.fleet.worker()
                assert worker.port
                pin(cores, [worker.process, *children(worker.process)])
            harness.wait_until("the workers", lambda: len(self.serve.json("queue status")["workers"]) == len(workers), 30)
        else:
            self.serve = harness.Service(folder / "serve", folder / "home", *arguments, store_url=store)
            self.stack.callback(lambda: self.serve.stop(9))
            self.serve.start("--jobs", "1", "--comparison-interval", "24h")
            pin(workers[0], [self.serve.process, *children(self.serve.process)])

    def monitor_port(self, harness):
        self.port = harness.free_port()
        return self.port

    def queue_facts(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/jsz?streams=1", timeout=10) as answer:
            streams = json.load(answer)["account_details"][0]["stream_detail"]
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/varz", timeout=10) as answer:
            varz = json.load(answer)
        units = sum(s["state"]["last_seq"] for s in streams if s["name"].endswith(("_pages", "_events")))
        return {"units": units, "messages": varz["in_msgs"] + varz["out_msgs"],
                "bytes": varz["in_bytes"] + varz["out_bytes"]}

    def cpu(self):
        """CPU seconds of each part so far."""
        parts = {"serve": self.serve.process, "PostgreSQL": self.postgres.process}
        if self.nats:
            parts["NATS"] = self.nats.processes[0]
            parts.update({f"worker {n}": worker.process for n, worker in enumerate(self.fleet.workers)})
        return {name: cpu_of(process.pid) for name, process in parts.items()}

    def classify(self, bucket, objects):
        """Seconds from the command that associates the bucket until all of it is on record, and of CPU."""
        before, begin = self.cpu(), time.time()
        self.serve.run("resources add", bucket, "--classify-all")
        while "oneTimeDoneAt" not in (resource := self.serve.json("resources list")["resources"][0]):
            time.sleep(2)  # the moment is the service's own: asking often would take from its cores
        seconds = datetime.datetime.fromisoformat(resource["oneTimeDoneAt"]).timestamp() - begin
        after = self.cpu()
        count = sum(row["objects"] for row in self.serve.json("status")["outcomes"])
        if count != objects:
            raise SystemExit(f"bench: {count} of {objects} objects are on record")
        return seconds, sum(after[name] - before[name] for name in after)

    def close(self):
        self.stack.close()
        # What PostgreSQL would do later for this run (vacuum, write pages) must not fall into the next.
        self.postgres.drop_databases()


def children(process):
    """The classifier processes of a worker or serve."""
    class Child:
        def __init__(self, pid):
            self.pid = pid
    pids = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    found = []
    for pid in map(int, pids):
        child = Child(pid)
        found += [child, *children(child)]
    return found


def cpu_of(pid):
    """CPU seconds of a process, its ended children and all below it."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        below = [child for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
                 for child in (task / "children").read_text().split()]
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS + sum(cpu_of(int(child)) for child in below)


SQLITE = "one process, SQLite, core 0"
POSTGRESQL = "one process, PostgreSQL, all on core 0"
FLEET = "fleet of one worker, all on core 0"
APART = "one worker on core 0, the rest on core 1"
TWO = "fleet of two workers, all on cores 0 and 1"
FOUR = "fleet of four workers, all on cores 0 and 1"
# In this order: what is compared runs one behind the other, because machines change their speed.
KINDS = {
    POSTGRESQL: dict(workers=["0"], others="0", fleet=False, store=True),
    SQLITE: dict(workers=["0"], others="0", fleet=False),
    FLEET: dict(workers=["0"], others="0"),
    TWO: dict(workers=["0", "1"], others="0,1"),
    APART: dict(workers=["0"], others="1"),
    FOUR: dict(workers=["0", "1", "0", "1"], others="0,1"),
}
REPORTED = {APART, FOUR}  # that have no target, and run once


def scan_together(build, folder, cores):
    """Seconds until a scan of the folder on each of the cores has ended, all at the same time."""
    begin = time.time()
    scans = [subprocess.Popen(["taskset", "-c", core, str(build / "assay"), "scan", str(folder), "--format", "jsonl",
                               "--progress", "never", "-q", "--jobs", "1"], stdout=subprocess.DEVNULL)
             for core in cores]
    if any([scan.wait() for scan in scans]):
        raise SystemExit("bench: a scan failed")
    return time.time() - begin


# Scans that know nothing of each other share nothing but the machine: what its two cores do together against one.
ONE_SCAN = "one scan on core 0"
TWO_SCANS = "two scans on cores 0 and 1"


def measure(harness, build, postgres, work, estate, objects):
    """Seconds and CPU seconds of each kind in each round, and what went through the queue of the last."""
    seconds, cpu, facts = {}, {}, {}
    for turn in range(ROUNDS):
        for name, cores in ((ONE_SCAN, ["0"]), (TWO_SCANS, ["0", "1"])):
            seconds.setdefault(name, []).append(scan_together(build, estate / "many", cores))
        for number, (name, kind) in enumerate(KINDS.items()):
            if turn > 0 and name in REPORTED:
                continue
            kind = dict(kind)
            if kind.pop("store", None):
                kind["store"] = postgres.new_database()
            with contextlib.closing(Parts(harness, work / f"{turn}-{number}", postgres, estate, **kind)) as parts:
                took, used = parts.classify("many", objects)
                if name == TWO:
                    facts = {**parts.queue_facts(), "seconds": took}
            print(f"{name}: {took:.1f} s, CPU {used:.1f} s", file=sys.stderr)
            seconds.setdefault(name, []).append(took)
            cpu.setdefault(name, []).append(used)
    return seconds, cpu, facts


def ratio(values, a, b, factor=1):
    """The median of the rounds, and all of them."""
    rounds = sorted(factor * x / y for x, y in zip(values[a], values[b]))
    return f"{statistics.median(rounds):.2f} ({', '.join(f'{one:.2f}' for one in rounds)})"


def show(table, size, objects, seconds, cpu, facts):
    table(f"{objects:,} objects of {size}, from the association to the last outcome on record (best of {ROUNDS})",
          ["how", "objects/s", "CPU an object"],
          [[name, f"{objects / min(seconds[name]):,.0f}", f"{min(cpu[name]) / objects * 1e6:,.0f} us"] for name in KINDS])
    table(f"Ratios, objects of {size}: median (rounds)", ["", "measured", "target"], [
        ["fleet against one process with SQLite, same core", ratio(seconds, SQLITE, FLEET), "0.85"],
        ["the same in CPU", ratio(cpu, SQLITE, FLEET), "0.85"],
        ["fleet against one process with PostgreSQL, same core", ratio(seconds, POSTGRESQL, FLEET), "0.85"],
        ["two workers and two cores against one and one", ratio(seconds, FLEET, TWO), "1.90"],
        ["the same in CPU: what two cores could do", ratio(cpu, FLEET, TWO, 2), "1.90"],
        ["limit: two scans on two cores against one on one", ratio(seconds, ONE_SCAN, TWO_SCANS, 2), "none"],
        ["four workers and two cores against one and one", ratio(seconds, FLEET, FOUR), "none"]])
    million = 1_000_000 / objects
    print(f"Messages of NATS, objects of {size}, two workers: {facts['messages'] / facts['seconds']:,.0f} a second")
    table(f"Through the queue, objects of {size} (two workers)", ["", "this run", "for a million objects"],
          [[what, f"{facts[key]:,}", f"{facts[key] * million:,.0f}"] for what, key in (
              ("units of work", "units"), ("messages of NATS, both ways", "messages"),
              ("bytes of NATS, both ways", "bytes"))])


def run(build, work, args):
    from bench import table
    os.environ["ASSAY_BIN"] = str(build / "assay")
    import fleet_harness as harness
    work = pathlib.Path(work)
    with tempfile.TemporaryDirectory(prefix="assay-pg-") as folder:
        os.chmod(folder, 0o755)
        postgres = harness.peer_servers.Postgres(pathlib.Path(folder) / "s", POSTGRES_SETTINGS)
        try:
            for number, (size, (objects, make)) in enumerate(ESTATES.items()):
                make(work / f"estate{number}" / "many", objects)
                show(table, size, objects, *measure(harness, build, postgres, work / str(number), work / f"estate{number}", objects))
        finally:
            postgres.stop()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as temporary:
        run(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve(), temporary, None)
