"""Measures a fleet: two workers against one, the cost of queue and PostgreSQL against one process that does
everything, and what goes through the queue. Processes are held to cores with taskset."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

import corpus

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "fleet"))

FILES, FILE_BYTES = 20_000, 2048
ROUNDS = 2


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

    def classify(self, bucket):
        """Seconds from the command that associates the bucket until all of it is on record."""
        begin = time.time()
        self.serve.select(bucket)
        while True:
            status = self.serve.json("status")
            if not [walk for walk in status["walks"] if walk["kind"] == "one-time"]:
                break
            time.sleep(0.1)
        seconds = time.time() - begin
        count = sum(row["objects"] for row in status["outcomes"])
        if count != FILES:
            raise SystemExit(f"bench: {count} of {FILES} objects are on record")
        return seconds

    def close(self):
        self.stack.close()


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


def run(build, work, args):
    from bench import table
    os.environ["ASSAY_BIN"] = str(build / "assay")
    import fleet_harness as harness
    work = pathlib.Path(work)
    estate = work / "estate"
    corpus.write_small_files(estate / "many", FILES, FILE_BYTES)
    kinds = {
        "one process, SQLite, core 0": dict(workers=["0"], others="0", fleet=False),
        "one process, PostgreSQL, all on core 0": dict(workers=["0"], others="0", fleet=False, store=True),
        "fleet of one worker, all on core 0": dict(workers=["0"], others="0"),
        "one worker on core 0, the rest on core 1": dict(workers=["0"], others="1"),
        "two workers on cores 0 and 1, the rest on both": dict(workers=["0", "1"], others="0,1"),
    }
    best, facts = {}, {}
    with tempfile.TemporaryDirectory(prefix="assay-pg-") as folder:
        os.chmod(folder, 0o755)
        postgres = harness.Postgres(pathlib.Path(folder) / "s")
        try:
            for turn in range(ROUNDS):
                for name, kind in kinds.items():
                    kind = dict(kind)
                    if kind.pop("store", None):
                        kind["store"] = postgres.new_database()
                    at = work / f"run{turn}-{len(facts)}-{abs(hash(name)) % 10000}"
                    with contextlib.closing(Parts(harness, at, postgres, estate, **kind)) as parts:
                        seconds = parts.classify("many")
                        if parts.nats:
                            facts = {**parts.queue_facts(), "seconds": seconds}
                    best[name] = min(seconds, best.get(name, seconds))
        finally:
            postgres.stop()
    base = best["one process, PostgreSQL, all on core 0"]
    table(f"{FILES:,} files of 2 KB, from the association to the last outcome on record (in turn, best of {ROUNDS})",
          ["how", "objects/s", "against one process with PostgreSQL"],
          [[name, f"{FILES / seconds:,.0f}", f"{base / seconds:.2f}"] for name, seconds in best.items()])
    one = best["one worker on core 0, the rest on core 1"]
    two = best["two workers on cores 0 and 1, the rest on both"]
    table("Two workers against one", ["ratio", "target"], [[f"{one / two:.2f}", "1.90"]])
    million = 1_000_000 / FILES
    table("Through the queue (two workers)", ["", "this run", "for a million objects"],
          [["units of work", f"{facts['units']:,}", f"{facts['units'] * million:,.0f}"],
           ["messages of NATS, both ways", f"{facts['messages']:,}", f"{facts['messages'] * million:,.0f}"],
           ["bytes of NATS, both ways", f"{facts['bytes']:,}", f"{facts['bytes'] * million:,.0f}"]])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as temporary:
        run(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve(), temporary, None)
