"""Measures `assay serve`: classifying a bucket against `assay scan` of it, the way of an event, the API."""

import contextlib
import hashlib
import hmac
import http.client
import json
import multiprocessing
import os
import pathlib
import resource
import shutil
import signal
import sqlite3
import statistics
import subprocess
import threading
import time

import corpus

ACCOUNT = "111122223333"
TOKEN = "the-token-of-the-benchmark"
FILE_BYTES = 2048
# Files, what they are, and how they are made: 2 KB is the worst case, for the least is classified for each row.
ESTATES = [
    (20_000, "2 KB each", lambda folder, count: corpus.write_small_files(folder, count, FILE_BYTES)),
    (100_000, "2 KB each", lambda folder, count: corpus.write_small_files(folder, count, FILE_BYTES)),
    (3_000, "256 KB on average: texts, logs, tables",
     lambda folder, count: corpus.write_mixed_files(folder, count, 256 << 10)),
    (150, "10 MB on average: texts, logs, tables",
     lambda folder, count: corpus.write_mixed_files(folder, count, 10 << 20, distinct=50)),
]
ROUNDS = 3
EVENTS = 200
CLIENT_PROCESSES, CLIENT_THREADS = 4, 16
API_SECONDS = 5
BUSY_FILES = 100_000  # more than are classified while the API is measured


class Service:
    """A new service over a folder of buckets, with a data directory of its own."""

    def __init__(self, build, directory, estate, prepare=None):
        self.directory = directory
        self.assay = str(build / "assay")
        init = [self.assay, "init", "--dir", str(directory), "--master-account", ACCOUNT,
                "--directory", f"{ACCOUNT}={estate}", "--format", "json"]
        self.access = json.loads(subprocess.run(init, check=True, capture_output=True).stdout)
        if prepare:
            prepare(directory)
        with open(directory / "serve.log", "ab") as log:
            self.process = subprocess.Popen(
                [self.assay, "serve", "--dir", str(directory), "--listen", "127.0.0.1:0", "--events-token", TOKEN,
                 "--comparison-interval", "24h"], stdout=log, stderr=log)
        while not (directory / "address").exists():
            if self.process.poll() is not None:
                raise SystemExit(f"bench: the service ended: {(directory / 'serve.log').read_text()}")
            time.sleep(0.02)
        self.host = (directory / "address").read_text().strip().removeprefix("http://")
        self.database = sqlite3.connect(f"file:{directory / 'assay.db'}?mode=ro", uri=True)

    def close(self):
        self.database.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        shutil.rmtree(self.directory)

    def value(self, query, *values):
        row = self.database.execute(query, values).fetchone()
        return row[0] if row else None

    def associate(self, bucket):
        subprocess.run([self.assay, "resources", "add", bucket, "--classify-all", "--dir", str(self.directory)],
                       check=True, stdout=subprocess.DEVNULL)

    def wait(self, query, *values, seconds=300.0, pause=0.05):
        """Waits until a query of the database gives something; returns that."""
        end = time.monotonic() + seconds
        while not (got := self.value(query, *values)):
            if time.monotonic() > end:
                raise SystemExit(f"bench: waited in vain for: {query}")
            time.sleep(pause)
        return got

    def cpu_seconds(self):
        """Of the service and its classifiers, up to now."""
        of = subprocess.run(["ps", "-o", "pid=", "--pid", str(self.process.pid), "--ppid", str(self.process.pid)],
                            check=True, capture_output=True, text=True).stdout.split()
        times = [pathlib.Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[11:13] for pid in of]
        return sum(int(ticks) for pair in times for ticks in pair) / os.sysconf("SC_CLK_TCK")

    def classify(self, bucket):
        """Seconds from the command that associates the bucket until all of it is on record, and of CPU."""
        cpu = self.cpu_seconds()
        begin = time.time()
        self.associate(bucket)
        done_ms = self.wait("SELECT one_time_done_ms FROM resource WHERE bucket = ? AND one_time_done_ms > 0", bucket)
        return done_ms / 1000 - begin, self.cpu_seconds() - cpu


def hmac_sha256(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signed_headers(access, host, path, number):
    """Signature Version 4. The number makes each request one of its own: a repeated one is refused."""
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = f"{moment[:8]}/us-east-1/assay/aws4_request"
    empty = hashlib.sha256(b"").hexdigest()
    path, _, query = path.partition("?")
    names = "host;x-amz-content-sha256;x-amz-date;x-number"
    canonical = (f"GET\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{empty}\nx-amz-date:{moment}\n"
                 f"x-number:{number}\n\n{names}\n{empty}")
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{access['secret_access_key']}".encode()
    for part in scope.split("/"):
        key = hmac_sha256(key, part)
    signature = hmac_sha256(key, text).hex()
    credential = f"{access['access_key_id']}/{scope}"
    return {"Host": host, "X-Amz-Content-Sha256": empty, "X-Amz-Date": moment, "X-Number": str(number),
            "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"}


def one_client(access, host, path, name, end, times):
    connection = http.client.HTTPConnection(host, timeout=60)
    number = 0
    while time.monotonic() < end:
        number += 1
        headers = signed_headers(access, host, path, f"{name}-{number}")
        begin = time.perf_counter()
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        body = reply.read()
        times.append(time.perf_counter() - begin)
        if reply.status != 200:
            raise SystemExit(f"bench: {path}: {reply.status} {body[:300]}")
    connection.close()


def client_process(access, host, path, process, seconds, results):
    times = []
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=one_client, args=(access, host, path, f"{process}-{i}", end, times))
               for i in range(CLIENT_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put(times)


def ask_api(service, path, seconds):
    """Times of the requests that 64 clients made, each on a connection of its own."""
    results = multiprocessing.Queue()
    processes = [multiprocessing.Process(target=client_process,
                                         args=(service.access, service.host, path, i, seconds, results))
                 for i in range(CLIENT_PROCESSES)]
    for process in processes:
        process.start()
    times = [one for _ in processes for one in results.get(timeout=seconds + 120)]
    for process in processes:
        process.join()
    return sorted(times)


def announce(connection, bucket, key):
    document = {"Records": [{"eventSource": "minio:s3", "eventName": "s3:ObjectCreated:Put",
                             "s3": {"bucket": {"name": bucket}, "object": {"key": key}}}]}
    connection.request("POST", f"/api/v1/events/{ACCOUNT}", json.dumps(document),
                       {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
    reply = connection.getresponse()
    body = reply.read()
    if reply.status // 100 != 2:
        raise SystemExit(f"bench: the webhook said {reply.status} {body[:300]}")


def event_times(service, bucket):
    """Seconds from the request that announces an object until its outcome is in the database."""
    service.associate(bucket.name)
    service.wait("SELECT one_time_done_ms FROM resource WHERE bucket = ? AND one_time_done_ms > 0", bucket.name)
    service.wait("SELECT last_compared_ms FROM resource WHERE bucket = ? AND last_compared_ms > 0", bucket.name)
    connection = http.client.HTTPConnection(service.host, timeout=60)
    times = []
    for i in range(EVENTS):
        key = f"event-{i}.txt"
        (bucket / key).write_text(f"Employee Mary Johnson, social security number 512-44-{7000 + i}\n")
        begin = time.perf_counter()
        announce(connection, bucket.name, key)
        service.wait("SELECT 1 FROM object WHERE object_key = ?", key.encode(), seconds=60.0, pause=0.001)
        times.append(time.perf_counter() - begin)
    connection.close()
    return sorted(times)


def percentile(times, part):
    return times[min(len(times) - 1, int(len(times) * part))]


def children_cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def scan_seconds(build, folder, records):
    """Seconds of the clock, and of CPU, until all of the folder is on record in a file, as it is in a service."""
    begin, cpu = time.time(), children_cpu_seconds()
    subprocess.run([str(build / "assay"), "scan", str(folder), "--format", "jsonl", "-o", str(records),
                    "--progress", "never", "-q"], check=True)
    taken = time.time() - begin, children_cpu_seconds() - cpu
    records.unlink()
    return taken


def against_scan(build, work, estate, files, label, make):
    """A row: a bucket of so many files, classified by `assay scan` and by the service in turn."""
    from bench import met
    bucket = f"files-{files}"
    make(estate / bucket, files)
    scans, serves = [], []
    for i in range(ROUNDS):
        scans.append(scan_seconds(build, estate / bucket, work / "records.jsonl"))
        with contextlib.closing(Service(build, work / f"service-{files}-{i}", estate)) as service:
            serves.append(service.classify(bucket))
            recorded = service.value("SELECT count(*) FROM object")
        if recorded != files:
            raise SystemExit(f"bench: {recorded} of {files} objects are on record")
    shutil.rmtree(estate / bucket)
    scan, scan_cpu = map(min, zip(*scans))
    serve, serve_cpu = map(min, zip(*serves))
    return [f"{files:,}, {label}", f"{files / scan:,.0f}", f"{files / serve:,.0f}", f"{scan / serve:.2f}", "0.90",
            met(scan / serve >= 0.9), f"{scan_cpu / files * 1e6:.0f}", f"{serve_cpu / files * 1e6:.0f}",
            f"{scan_cpu / serve_cpu:.2f}"]


def run(build, work, args):
    from bench import table
    estate = pathlib.Path(work) / "estate"
    estate.mkdir()
    table(f"From the association to the last outcome on record (in turn, best of {ROUNDS})",
          ["files", "assay scan, objects/s", "assay serve, objects/s", "ratio", "target", "met",
           "scan, µs of CPU an object", "serve", "ratio"],
          [against_scan(build, pathlib.Path(work), estate, *one) for one in ESTATES])
    (estate / "few").mkdir()
    (estate / "few" / "first.txt").write_text("Nothing is in here.\n")
    with contextlib.closing(Service(build, pathlib.Path(work) / "service-events", estate)) as service:
        times = event_times(service, estate / "few")
        table(f"From the announcement of an object (webhook) to its outcome on record, {EVENTS} events one by one",
              ["median ms", "p99 ms", "longest ms"],
              [[f"{t * 1000:.0f}" for t in (statistics.median(times), percentile(times, 0.99), times[-1])]])
        rows = []
        for path in ("/api/v1/accounts", "/api/v1/objects?limit=25"):
            rows.append(api_row(service, path, "idle"))
        corpus.write_many_links(estate / "busy", BUSY_FILES, FILE_BYTES)
        before = service.value("SELECT count(*) FROM object")
        service.associate("busy")
        rows.append(api_row(service, "/api/v1/objects?limit=25", "classifying"))
        classified = service.value("SELECT count(*) FROM object") - before
        rows[-1][1] += f" ({classified:,} of {BUSY_FILES:,} objects meanwhile)"
    table(f"API: {CLIENT_PROCESSES * CLIENT_THREADS} clients with connections kept alive, every request signed, "
          f"clients on the same {os.cpu_count()} cores", ["request", "service", "requests/s", "median ms", "p99 ms"],
          rows)
    shutil.rmtree(estate)


def api_row(service, path, state):
    begin = time.monotonic()
    times = ask_api(service, path, API_SECONDS)
    return [path, state, f"{len(times) / (time.monotonic() - begin):,.0f}",
            f"{statistics.median(times) * 1000:.1f}", f"{percentile(times, 0.99) * 1000:.1f}"]
