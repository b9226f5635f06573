#!/usr/bin/env python3
"""Runs the benchmarks of Assay and prints a table a subject.

Every figure that is judged is a ratio of two things measured in the same run, in turn, so that a
noisy machine disturbs both. Absolute figures are printed for orientation only.
"""

import argparse
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
import s3_bench  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
MIB = 1 << 20


def table(title, header, rows):
    print(f"\n## {title}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    sys.stdout.flush()


def timed(command, **kwargs):
    """Wall seconds of a command that must succeed."""
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **kwargs)
    return time.monotonic() - start


def scan_command(build, target, *options):
    return [str(build / "assay"), "scan", str(target), "--format", "jsonl", "-o", "/dev/null",
            "--progress", "never", "-q", *options]


def bench_engine(build, work, args):
    subprocess.run([str(build / "bench" / "engine_bench")], check=True)


def bench_gzip(build, work, args):
    subprocess.run([str(build / "bench" / "gzip_bench")], check=True)


def bench_snapshot(build, work, args):
    subprocess.run([str(build / "bench" / "snapshot_bench")], check=True)


def bench_small_files(build, work, args):
    count = 100_000
    folder = work / "small"
    corpus.write_small_files(folder, count, 2048)
    listing = ["find", str(folder), "-type", "f", "-exec", "cat", "{}", "+"]
    runs, reads = [], []
    for _ in range(3):
        reads.append(timed(listing))
        runs.append(timed(scan_command(build, folder, "--jobs", "2")))
    seconds, read = statistics.median(runs), statistics.median(reads)
    table("100,000 files of 2 KB, both cores",
          ["objects/s", "target", "seconds (min-max)", "find+cat of the same files, s", "ratio to it"],
          [[f"{count / seconds:,.0f}", "15,000", f"{min(runs):.2f}-{max(runs):.2f}", f"{read:.2f}",
            f"{seconds / read:.1f}x"]])
    shutil.rmtree(folder)


def bench_start(build, work, args):
    small = work / "one.txt"
    small.write_text("Nothing to see here but a card: 4556 7375 8689 9855\n")
    command = [str(build / "assay"), "scan", str(small), "--progress", "never", "-q", "--jobs", "1",
               "--format", "jsonl", "-o", "/dev/null"]
    true = ["/bin/true"]
    runs, empties = [], []
    timed(command)
    for _ in range(20):
        runs.append(timed(command) * 1000)
        empties.append(timed(true) * 1000)
    table("Start: assay scan of one small file",
          ["median ms", "min-max ms", "target ms", "/bin/true ms"],
          [[f"{statistics.median(runs):.0f}", f"{min(runs):.0f}-{max(runs):.0f}", 100,
            f"{statistics.median(empties):.1f}"]])


class TreeMemory(threading.Thread):
    """Peak of the proportional set size of a process and its children, in bytes."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.samples = pid, 0, []

    def children(self, pid):
        pids = [pid]
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
            for child in task.read_text().split():
                pids += self.children(int(child))
        return pids

    def run(self):
        while True:
            try:
                total = 0
                for pid in self.children(self.pid):
                    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                        if line.startswith("Pss:"):
                            total += int(line.split()[1]) * 1024
            except OSError:
                if not pathlib.Path(f"/proc/{self.pid}").exists():
                    return
                time.sleep(0.05)
                continue
            self.peak = max(self.peak, total)
            self.samples.append(total)
            time.sleep(0.1)


def peak_memory(command):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    memory = TreeMemory(process.pid)
    memory.start()
    code = process.wait()
    memory.join(5)
    assert code == 0, f"exit code {code}"
    return memory


def bench_memory(build, work, args):
    rows = []
    for count in (10_000, 100_000, args.million and 1_000_000 or 300_000):
        folder = work / "many"
        corpus.write_small_files(folder, count, 200)
        memory = peak_memory(scan_command(build, folder, "--jobs", "2"))
        half = len(memory.samples) // 2
        rows.append([f"{count:,} small objects, 2 jobs", f"{memory.peak / MIB:.0f}", 64 + 2 * 40,
                     f"{max(memory.samples[:half] or [0]) / MIB:.0f} / "
                     f"{max(memory.samples[half:] or [0]) / MIB:.0f}"])
        shutil.rmtree(folder)
    big = work / "big.csv"
    corpus.write_dense_csv(big, 200 * MIB)
    for name, options in (("one object of 200 MB, first 20 MB", []),
                          ("one object of 200 MB, all of it", ["--max-object-size", "0"])):
        memory = peak_memory(scan_command(build, big, "--jobs", "1", *options))
        rows.append([name + ", 1 job", f"{memory.peak / MIB:.0f}", 64 + 40, ""])
    big.unlink()
    table("Memory of all processes together (peak PSS)",
          ["what", "MiB", "target MiB", "peak of first / second half"], rows)


def bench_peers(build, work, args):
    """Other programs on the same data. They answer a smaller question: see the notes printed."""
    rows = []
    for name, write in (("prose", corpus.write_prose), ("logs", corpus.write_logs),
                        ("csv", corpus.write_dense_csv)):
        path = work / f"{name}.txt"
        write(path, 64 * MIB)
        gigabytes = path.stat().st_size / 1e9
        assay = scan_command(build, path, "--jobs", "1", "--max-object-size", "0")
        peers = {"assay scan": assay}
        if shutil.which("rg"):
            patterns = work / "patterns.txt"
            patterns.write_text("\n".join(corpus.PEER_PATTERNS) + "\n")
            peers["ripgrep -c, same literal and number shapes"] = [
                "rg", "--no-unicode", "-j1", "-a", "-c", "-f", str(patterns), str(path)]
        if shutil.which("clamscan"):
            database = work / "empty.ndb"
            database.write_text("Assay.Bench.Nothing:0:*:deadbeefdeadbeefdeadbeefdeadbeef\n")
            peers["clamscan --detect-structured (cards and SSNs only)"] = [
                "clamscan", "-d", str(database), "--detect-structured=yes", "--structured-ssn-count=1000000",
                "--structured-cc-count=1000000", "--max-filesize=100M", "--max-scansize=100M", str(path)]
        times = {peer: [] for peer in peers}
        for _ in range(3):
            for peer, command in peers.items():
                start = time.monotonic()
                # rg exits 1 without a match, clamscan 1 with one: both did their work.
                subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                times[peer].append(time.monotonic() - start)
        base = statistics.median(times["assay scan"])
        for peer in peers:
            seconds = statistics.median(times[peer])
            rows.append([name, peer, f"{gigabytes / seconds:.2f}", f"{seconds / base:.1f}x"])
        path.unlink()
    table("Peers on the same files (whole process, 64 MiB, one thread)",
          ["data", "program", "GB/s", "time against assay"], rows)
    print("\nNot the same question: ripgrep counts lines that match any of a few shapes, without checksum,"
          "\ncontext or location, and stops at a line's first hit; clamscan looks for card and SSN numbers"
          "\nonly (its signature database is empty here). Assay runs its full ruleset, locates every value,"
          "\nand does so through its sandboxed process.")


def bench_store(build, work, args):
    rows = 10_000_000 if args.million else 1_000_000
    subprocess.run([str(build / "bench" / "store_bench"), f"sqlite:{work}/store.db", str(rows)], check=True)


BENCHES = {"engine": bench_engine, "gzip": bench_gzip, "small-files": bench_small_files,
           "s3": s3_bench.run, "snapshot": bench_snapshot,
           "start": bench_start, "memory": bench_memory, "peers": bench_peers,
           "store": bench_store}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build-bench", help="the build folder to measure")
    parser.add_argument("--million", action="store_true",
                        help="memory over a million objects, store over ten million (slow)")
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
    print(f"# Assay benchmarks, {time.strftime('%Y-%m-%d')}, commit {commit}, {cpu}")
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as work:
        for name in args.names or BENCHES:
            BENCHES[name](build, pathlib.Path(work), args)


if __name__ == "__main__":
    main()
