"""S3 over loopback: assay scan against the rate at which the same client merely downloads.

Runs in a network namespace of its own, first as fast as it goes, then with its loopback limited to
200 MB/s, so that two cores suffice for server, client and classifiers. The limit needs root; without
it only the unlimited figures are measured.
"""

import os
import pathlib
import random
import shutil
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
        self.process.wait()


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


def _limit(prefix, rate):
    subprocess.run([*prefix, "tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", rate,
                    "burst", "4mb", "latency", "50ms"], check=True)


def _server_seconds(server):
    """Processor seconds that the server has used."""
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _run(command, server):
    """Wall seconds; processor seconds of the command, and of the server meanwhile."""
    before, start = _server_seconds(server), time.monotonic()
    process = subprocess.Popen(command, env={**os.environ, **ENVIRONMENT}, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"bench: exit code {process.returncode} from {' '.join(command)}")
    return (time.monotonic() - start, usage.ru_utime + usage.ru_stime, _server_seconds(server) - before)


def _compare(build, server, bucket, objects, megabytes, label, limited, rows):
    prefix = server.prefix
    download = [*prefix, str(build / "bench/s3_download"), ENDPOINT, bucket, "16"]
    scan = [*prefix, str(build / "assay"), "scan", f"s3://{bucket}", "--endpoint-url", ENDPOINT,
            "--format", "jsonl", "-o", "/dev/null", "--progress", "never", "-q"]
    _run(download, server)
    downloads, scans = [], []
    for _ in range(3):
        downloads.append(_run(download, server))
        scans.append(_run(scan, server))
    down, scanned = sorted(downloads)[1], sorted(scans)[1]
    ratio = down[0] / scanned[0]
    busy = (scanned[1] + scanned[2]) / scanned[0]
    rows.append([label, f"{objects / down[0]:,.0f}", f"{objects / scanned[0]:,.0f}",
                 f"{megabytes / down[0]:,.0f}", f"{megabytes / scanned[0]:,.0f}", f"{ratio:.2f}",
                 "0.8" if limited else "-", ("yes" if ratio >= 0.8 else "no") if limited else "-",
                 f"{down[1]:.1f} + {down[2]:.1f}", f"{scanned[1]:.1f} + {scanned[2]:.1f}",
                 f"{busy:.1f} of {os.cpu_count()}"])


def run(build, work, args):
    from bench import table
    if not (ROOT / ".deps/bin/versitygw").exists():
        raise SystemExit("bench: no S3 server: run make setup-test first")
    root = os.geteuid() == 0 and shutil.which("ip") and shutil.which("tc")
    objects = work / "objects"
    _make_objects(objects)
    rows = []
    prefix = _namespace() if root else []
    try:
        with Server(work, prefix) as server:
            subprocess.run([*prefix, str(ROOT / ".deps/venv/bin/python"), "-c", FILL, ENDPOINT, str(objects)],
                           check=True, env={**os.environ, **ENVIRONMENT})
            for rate, label in [(None, "unlimited")] + ([("1600mbit", "server limited to 200 MB/s")] if root else []):
                if rate:
                    _limit(prefix, rate)
                _compare(build, server, "small", 10_000, 10_000 * 4096 / 1e6, f"10,000 x 4 KB, {label}", rate, rows)
                _compare(build, server, "large", 200, 200 * 10.486, f"200 x 10 MB, {label}", rate, rows)
    finally:
        if root:
            subprocess.run(["ip", "netns", "del", NAMESPACE], check=False)
    table("S3 over loopback (server, client and classifiers share the cores; median of 3)",
          ["what", "download objects/s", "scan objects/s", "download MB/s", "scan MB/s", "scan/download",
           "target", "met", "download: processor s of client + server", "scan: the same", "cores busy in scan"], rows)
    print("\nThe bottleneck is the processor where the last column comes near the number of cores, and the"
          "\nlimit on the network (or waiting for answers) where it does not.")
    if not root:
        print("Not root, or no ip and tc: the limited figures are missing.")
    shutil.rmtree(objects)
    shutil.rmtree(work / "s3")
