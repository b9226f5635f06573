"""S3 over loopback: assay scan against the rate at which the same client merely downloads.

Runs in a network namespace of its own whose loopback is limited to 200 MB/s (so that two cores
suffice for server, client and classifiers), and once more without the limit. Needs root; without it
only the unlimited figures are measured.
"""

import os
import pathlib
import random
import shutil
import statistics
import subprocess
import time

import corpus

ROOT = pathlib.Path(__file__).resolve().parent.parent
PORT = 17070
ENDPOINT = f"http://127.0.0.1:{PORT}"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "assaybench", "AWS_SECRET_ACCESS_KEY": "assaybenchsecret",
               "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
NAMESPACE = "assay-bench"


class Server:
    """versitygw over a folder, inside the namespace when there is one."""

    def __init__(self, work, prefix):
        self.root = work / "s3"
        self.root.mkdir(exist_ok=True)
        self.prefix = prefix
        self.process = None

    def __enter__(self):
        binary = ROOT / ".deps/bin/versitygw"
        self.process = subprocess.Popen(
            [*self.prefix, str(binary), "--port", f"127.0.0.1:{PORT}", "--quiet", "posix", str(self.root)],
            env={**os.environ, "ROOT_ACCESS_KEY_ID": ENVIRONMENT["AWS_ACCESS_KEY_ID"],
                 "ROOT_SECRET_ACCESS_KEY": ENVIRONMENT["AWS_SECRET_ACCESS_KEY"]},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(2)
        assert self.process.poll() is None, "the S3 server did not start"
        return self

    def __exit__(self, *unused):
        self.process.terminate()
        self.process.wait(10)


FILL = """
import sys, boto3, concurrent.futures, pathlib
from botocore.config import Config
endpoint, folder = sys.argv[1], pathlib.Path(sys.argv[2])
s3 = boto3.client("s3", endpoint_url=endpoint, config=Config(max_pool_connections=8))
for bucket in ("small", "large"):
    s3.create_bucket(Bucket=bucket)
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    for result in [pool.submit(s3.upload_file, str(p), p.parent.name, p.name) for p in sorted(folder.rglob("*.txt"))]:
        result.result()
"""


def _make_objects(folder):
    rng = random.Random(9)
    text = " ".join(corpus.sentence(rng) for _ in range(20000))
    (folder / "small").mkdir(parents=True)
    (folder / "large").mkdir()
    for number in range(10_000):
        start = rng.randrange(len(text) - 4096)
        (folder / "small" / f"{number:05}.txt").write_text(text[start:start + 4096])
    master = folder / "master"
    corpus.write_logs(master, 10 << 20)
    for number in range(200):
        os.link(master, folder / "large" / f"{number:03}.txt")


def _namespace():
    """Makes a network namespace with its own loopback; the command prefix that runs in it."""
    subprocess.run(["ip", "netns", "del", NAMESPACE], stderr=subprocess.DEVNULL)
    subprocess.run(["ip", "netns", "add", NAMESPACE], check=True)
    prefix = ["ip", "netns", "exec", NAMESPACE]
    subprocess.run([*prefix, "ip", "link", "set", "lo", "up"], check=True)
    return prefix


def _run(command):
    start = time.monotonic()
    subprocess.run(command, check=True, env={**os.environ, **ENVIRONMENT}, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def _compare(build, prefix, bucket, objects, megabytes, label, rows):
    download = [*prefix, str(build / "bench/s3_download"), ENDPOINT, bucket, "4"]
    scan = [*prefix, str(build / "assay"), "scan", f"s3://{bucket}", "--endpoint-url", ENDPOINT,
            "--format", "jsonl", "-o", "/dev/null", "--progress", "never", "-q"]
    _run(download)
    downloads, scans = [], []
    for _ in range(3):
        downloads.append(_run(download))
        scans.append(_run(scan))
    down, scanned = statistics.median(downloads), statistics.median(scans)
    rows.append([label, f"{objects / down:,.0f}", f"{objects / scanned:,.0f}",
                 f"{megabytes / down:,.0f}", f"{megabytes / scanned:,.0f}", f"{down / scanned:.2f}"])


def run(build, work, args):
    from bench import table
    if not (ROOT / ".deps/bin/versitygw").exists():
        raise SystemExit("bench: no S3 server: run make setup-test first")
    root = os.geteuid() == 0 and shutil.which("ip") and shutil.which("tc")
    objects = work / "objects"
    _make_objects(objects)
    rows = []
    for limit, label in ([("1600mbit", "server limited to 200 MB/s")] if root else []) + [(None, "unlimited")]:
        prefix = _namespace() if root else []
        shutil.rmtree(work / "s3", ignore_errors=True)
        with Server(work, prefix):
            subprocess.run([*prefix, str(ROOT / ".deps/venv/bin/python"), "-c", FILL, ENDPOINT, str(objects)],
                           check=True, env={**os.environ, **ENVIRONMENT})
            if limit:
                subprocess.run([*prefix, "tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", limit,
                                "burst", "4mb", "latency", "50ms"], check=True)
            _compare(build, prefix, "small", 10_000, 10_000 * 4096 / 1e6, f"10,000 × 4 KB, {label}", rows)
            _compare(build, prefix, "large", 200, 200 * 10.486, f"200 × 10 MB, {label}", rows)
    if root:
        subprocess.run(["ip", "netns", "del", NAMESPACE])
    table("S3 over loopback (server, client and classifiers share two cores)",
          ["what", "download objects/s", "scan objects/s", "download MB/s", "scan MB/s",
           "scan/download (target 0.8 limited)"], rows)
