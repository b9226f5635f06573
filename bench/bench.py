#!/usr/bin/env python3
"""Runs the benchmarks of Assay and prints a table a subject.

Every figure that is judged is a ratio of two things measured in the same run, in turn, so that a
noisy machine disturbs both. Absolute figures are printed for orientation only.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import corpus  # noqa: E402  (bench/corpus.py)
import console_bench  # noqa: E402
import s3_bench  # noqa: E402
import fleet_bench  # noqa: E402
import service_bench  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
MIB = 1 << 20


def table(title, header, rows):
    print(f"\n## {title}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    sys.stdout.flush()


def met(good):
    return "yes" if good else "no"


def run(command, good_codes=(0,)):
    """Wall seconds, and processor seconds of the command with all the processes it waited for."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in good_codes:
        raise SystemExit(f"bench: exit code {process.returncode} from {' '.join(command)}")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime


def timed(command):
    """Wall seconds of a command that must succeed."""
    return run(command)[0]


def scan_command(build, target, *options):
    return [str(build / "assay"), "scan", str(target), "--format", "jsonl", "-o", "/dev/null",
            "--progress", "never", "-q", *options]


def bench_engine(build, work, args):
    subprocess.run([str(build / "bench" / "engine_bench")], check=True)


def bench_gzip(build, work, args):
    subprocess.run([str(build / "bench" / "gzip_bench")], check=True)


def bench_formats(build, work, args):
    samples = work / "samples"
    corpus.write_format_samples(samples)
    program = str(build / "bench" / "classify_bench")
    subprocess.run([program, *map(str, sorted(samples.iterdir()))], check=True)
    subprocess.run([program, str(ROOT / "tests/extract/golden"), str(ROOT / "tests/extract/documents")], check=True)
    shutil.rmtree(samples)


def bench_snapshot(build, work, args):
    subprocess.run([str(build / "bench" / "snapshot_bench")], check=True)


def bench_small_files(build, work, args):
    count = 100_000
    folder = work / "small"
    corpus.write_small_files(folder, count, 2048)
    listing = ["find", str(folder), "-type", "f", "-exec", "cat", "{}", "+"]
    runs, reads = [], []
    for _ in range(5):
        reads.append(timed(listing))
        runs.append(run(scan_command(build, folder, "--jobs", "2")))
    walls = [wall for wall, _ in runs]
    seconds, read = statistics.median(walls), statistics.median(reads)
    table("100,000 files of 2 KB, both cores",
          ["objects/s, median", "best", "target", "met", "seconds (min-max)", "processor us an object",
           "find+cat of the same files, s", "ratio to it"],
          [[f"{count / seconds:,.0f}", f"{count / min(walls):,.0f}", "15,000", met(count / seconds >= 15_000),
            f"{min(walls):.2f}-{max(walls):.2f}", f"{min(cpu for _, cpu in runs) / count * 1e6:.0f}",
            f"{read:.2f}", f"{seconds / read:.1f}x"]])
    shutil.rmtree(folder)


def bench_start(build, work, args):
    small = work / "one.txt"
    small.write_text("Nothing to see here but a card: 4556 7375 8689 9855\n")
    command = scan_command(build, small)
    runs, empties = [], []
    timed(command)
    for _ in range(20):
        runs.append(timed(command) * 1000)
        empties.append(timed(["/bin/true"]) * 1000)
    table("Start: assay scan of one small file",
          ["median ms", "min-max ms", "target ms", "met", "/bin/true ms"],
          [[f"{statistics.median(runs):.0f}", f"{min(runs):.0f}-{max(runs):.0f}", 100,
            met(statistics.median(runs) <= 100), f"{statistics.median(empties):.1f}"]])


class TreeMemory(threading.Thread):
    """Peak of the memory of a process and its children, in bytes: resident pages, those that several
    of them share counted once where the system lets us see it (proportional set size)."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak = pid, 0

    def children(self, pid):
        pids = [pid]
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
            for child in task.read_text().split():
                pids += self.children(int(child))
        return pids

    @staticmethod
    def of_process(pid):
        try:
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
            return 0
        except PermissionError:  # a classifier is closed to all but root
            pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
            return pages * os.sysconf("SC_PAGESIZE")

    def run(self):
        while pathlib.Path(f"/proc/{self.pid}").exists():
            try:
                self.peak = max(self.peak, sum(map(self.of_process, self.children(self.pid))))
            except OSError:  # one of them ended while we looked
                continue
            time.sleep(0.1)


def peak_memory(command):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    memory = TreeMemory(process.pid)
    memory.start()
    code = process.wait()
    memory.join(5)
    if code != 0:
        raise SystemExit(f"bench: exit code {code} from {' '.join(command)}")
    return memory.peak / MIB


def bench_memory(build, work, args):
    rows, peaks = [], {}

    def measure(name, jobs, *arguments):
        peak = peak_memory(scan_command(build, *arguments, "--jobs", str(jobs)))
        target = 64 + 40 * jobs
        rows.append([name, jobs, f"{peak:.0f}", target, met(peak <= target)])
        return peak

    folder = work / "many"
    for count in (10_000, 100_000, 1_000_000):
        corpus.write_many_links(folder, count, 200)
        peaks[count] = measure(f"{count:,} objects of 200 bytes", 2, folder)
        shutil.rmtree(folder)
    # Queues and buffers are full after a few thousand objects; from then on nothing should grow.
    growth = peaks[1_000_000] - peaks[100_000]
    rows.append(["growth from 100,000 to 1,000,000 objects", 2, f"{growth:.0f}", "flat: 8 at most", met(growth <= 8)])
    big = work / "big.csv"
    corpus.write_dense_csv(big, 128 * MIB)
    measure("one object of 128 MB, first 20 MB", 1, big)
    measure("one object of 128 MB, all of it", 1, big, "--max-object-size", "0")
    big.unlink()
    table("Memory of all processes together (peak)", ["what", "jobs", "MiB", "target MiB", "met"], rows)


PEER_NOTE = """
Not the same question. ripgrep counts lines that match any of a few shapes, without checksum, context or
location, and is done with a line at its first hit; clamscan counts card numbers (with checksum) and
social security numbers only, its signature database is empty here, and it does not say where they are.
Assay runs its whole ruleset, checks and locates every value, and does so through its sandboxed process.
Comparable: bytes read once, one thread, from start to end of the program."""


def peers_for(build, work, path):
    peers = {"assay scan": scan_command(build, path, "--jobs", "1", "--max-object-size", "0")}
    if shutil.which("rg"):
        patterns = work / "patterns.txt"
        patterns.write_text("\n".join(corpus.PEER_PATTERNS) + "\n")
        peers["ripgrep -c, the same literal and number shapes"] = [
            "rg", "--no-unicode", "-j1", "-a", "-c", "-f", str(patterns), str(path)]
    if shutil.which("clamscan"):
        database = work / "empty.ndb"
        database.write_text("Assay.Bench.Nothing:0:*:deadbeefdeadbeefdeadbeefdeadbeef\n")
        peers["clamscan --detect-structured (cards and SSNs only)"] = [
            "clamscan", "-d", str(database), "--detect-structured=yes", "--structured-ssn-count=10000000",
            "--structured-cc-count=10000000", "--max-filesize=100M", "--max-scansize=200M", str(path)]
    return peers


def bench_peers(build, work, args):
    """Other programs on the same data. They answer a smaller question: see the note printed."""
    rows = []
    for name, write in (("prose", corpus.write_prose), ("logs", corpus.write_logs),
                        ("csv", corpus.write_dense_csv)):
        path = work / f"{name}.txt"
        write(path, 32 * MIB)
        megabytes = path.stat().st_size / 1e6
        peers = peers_for(build, work, path)
        runs = {peer: [] for peer in peers}
        for _ in range(3):
            for peer, command in peers.items():
                # rg exits 1 without a match, clamscan 1 with one: both did their work.
                runs[peer].append(run(command, (0, 1) if peer != "assay scan" else (0,)))
        base = min(cpu for _, cpu in runs["assay scan"])
        for peer, measured in runs.items():
            cpu = min(cpu for _, cpu in measured)
            rows.append([name, peer, f"{megabytes / min(wall for wall, _ in measured):.0f}",
                         f"{megabytes / cpu:.0f}", f"{cpu / base:.2f}x"])
        path.unlink()
    table("Peers on the same files (whole program, 32 MiB, one thread, best of 3)",
          ["data", "program", "MB/s, wall", "MB/s, processor time", "processor time against assay"], rows)
    print(PEER_NOTE)


def bench_store(build, work, args):
    rows = 10_000_000 if args.million else 1_000_000
    subprocess.run([str(build / "bench" / "store_bench"), f"sqlite:{work}/store.db", str(rows)], check=True)


BENCHES = {"engine": bench_engine, "gzip": bench_gzip, "formats": bench_formats,
           "small-files": bench_small_files, "s3": s3_bench.run, "snapshot": bench_snapshot, "start": bench_start,
           "memory": bench_memory, "peers": bench_peers,
           "store": bench_store, "service": service_bench.run, "fleet": fleet_bench.run,
           "console": console_bench.run}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build-bench", help="the build folder to measure")
    parser.add_argument("--million", action="store_true", help="store and console over ten million rows (slow)")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; all by default")
    args = parser.parse_args()
    unknown = set(args.names) - set(BENCHES)
    if unknown:
        parser.error(f"unknown benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    build = (ROOT / args.build).resolve()
    commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True).stdout.strip()
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo")
                if line.startswith("model name")), "unknown")
    print(f"# Assay benchmarks, {time.strftime('%Y-%m-%d')}, commit {commit}, {cpu}, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f} at the start")
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as work:
        for name in args.names or BENCHES:
            start = time.monotonic()
            BENCHES[name](build, pathlib.Path(work), args)
            print(f"\n({name}: {time.monotonic() - start:.0f} s)")


if __name__ == "__main__":
    main()
