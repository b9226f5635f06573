"""Scans that are interrupted, killed, gone on with, watched, or cut off by their reader."""
import gzip
import json
import os
import pty
import random
import re
import select
import signal
import time

import pytest

OBJECTS = 20000


@pytest.fixture(scope="session")
def crowd(tmp_path_factory):
    """Enough objects that a scan can be caught in the middle. Nobody changes them."""
    root = tmp_path_factory.mktemp("crowd")
    for i in range(OBJECTS):
        folder = root / f"{i % 17:02}"
        folder.mkdir(exist_ok=True)
        path = folder / f"{i:05}.txt"
        if i < 17 * 4:
            path.write_text(f"line {i}: social security number 512-44-7731\n" * (1 + i % 50))
        else:
            os.link(root / f"{i % 17:02}" / f"{i % (17 * 4):05}.txt", path)
    return root


def children_of(process):
    pids = []
    for task in os.listdir(f"/proc/{process.pid}/task"):
        with open(f"/proc/{process.pid}/task/{task}/children") as file:
            pids += [int(pid) for pid in file.read().split()]
    return pids


def classifiers_seconds(process):
    """Processor time the classifiers have used so far."""
    ticks = 0
    for pid in children_of(process):
        with open(f"/proc/{pid}/stat") as file:
            ticks += sum(int(field) for field in file.read().rsplit(")", 1)[1].split()[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def scan(crowd, out, state, form="jsonl"):
    return ("scan", crowd, "--format", form, "-o", out, "--resume", state, "-j", "1")


def keys_of(path):
    return [json.loads(line)["key"] for line in path.read_bytes().splitlines()]


def wait_for(process, condition, timeout=60):
    """Waits until condition() holds or the process has ended; says whether it held."""
    end = time.monotonic() + timeout
    while time.monotonic() < end and process.poll() is None:
        if condition():
            return True
        time.sleep(0.005)
    return False


@pytest.mark.parametrize("seed", range(3))
def test_resume_after_kill_at_any_moment(assay, crowd, tmp_path, seed):
    rng = random.Random(seed)
    out, state = tmp_path / "out.jsonl", tmp_path / "state"
    kills = 0
    while kills < 12:
        process = assay.start(*scan(crowd, out, state), "-q")
        time.sleep(rng.uniform(0.05, 0.9))
        if process.poll() is not None:
            break
        process.kill()
        process.wait()
        kills += 1
        if state.exists():  # what the state counts is whole lines
            offset = int(re.search(rb"^output_offset (\d+)$", state.read_bytes(), re.M).group(1))
            data = out.read_bytes()
            assert len(data) >= offset and (offset == 0 or data[:offset].endswith(b"\n"))
    assay.run(*scan(crowd, out, state))
    keys = keys_of(out)
    assert len(keys) == len(set(keys)) == OBJECTS
    assert keys == sorted(keys)
    assert kills > 0, "too quick to be caught: give it more objects"


def test_interrupt_then_resume_gives_the_report_of_one_run(assay, crowd, tmp_path):
    whole, parts, state = tmp_path / "whole.csv", tmp_path / "parts.csv", tmp_path / "state"
    assay.run("scan", crowd, "--format", "csv", "-o", whole)
    process = assay.start(*scan(crowd, parts, state, "csv"), "-q")
    wait_for(process, lambda: parts.exists() and parts.stat().st_size > 40000)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    first = parts.read_bytes()
    assert first.endswith(b"\r\n") and 0 < first.count(b"\r\n") - 1 < OBJECTS
    done = assay.run(*scan(crowd, parts, state, "csv"))
    assert parts.read_bytes() == whole.read_bytes()
    assert f"{OBJECTS:,} objects".encode() in done.stderr, "the summary counts both runs"
    # A finished scan has nothing left to do, and its report stays as it is.
    assay.run(*scan(crowd, parts, state, "csv"))
    assert parts.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("form, read", [("json", json.loads), ("sarif", json.loads)])
def test_interrupted_reports_are_valid_and_can_be_gone_on_with(assay, crowd, tmp_path, form, read):
    out, state = tmp_path / "out", tmp_path / "state"
    process = assay.start(*scan(crowd, out, state, form), "-q")
    wait_for(process, lambda: out.exists() and out.stat().st_size > 40000)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 130
    read(out.read_text())
    assay.run(*scan(crowd, out, state, form))
    log = read(out.read_text())
    assert len(log if form == "json" else log["runs"][0]["results"]) == OBJECTS


def test_state_of_another_scan_is_refused(assay, estate, tmp_path):
    out, state = tmp_path / "out", tmp_path / "state"
    assay.run(*scan(estate, out, state))
    done = assay.run(*scan(estate, out, state), "--exclude", "*.txt", code=1)
    assert b"other targets or options" in done.stderr
    state.write_text("something else\n")
    assert b"no state file" in assay.run(*scan(estate, out, state), code=1).stderr
    assert state.read_text() == "something else\n"


def test_resume_notices_a_report_that_was_cut(assay, estate, tmp_path):
    out, state = tmp_path / "out", tmp_path / "state"
    assay.run(*scan(estate, out, state))
    out.write_text("")
    assert b"shorter" in assay.run(*scan(estate, out, state), code=1).stderr


def test_interrupt_keeps_what_was_found(assay, crowd):
    process = assay.start("scan", crowd, "--format", "json", "-q", "-j", "1", stdout=-1)
    first = process.stdout.read1()
    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()
    assert process.wait(timeout=60) == 130
    assert 0 < len(json.loads(first + rest)) <= OBJECTS


def test_ctrl_c_at_a_terminal_blames_no_object(assay, crowd):
    """A terminal sends the signal to every process of the group; the classifiers must not take it."""
    process = assay.start("scan", crowd, "--format", "jsonl", "-q", "-j", "2", stdout=-1, start_new_session=True)
    first = process.stdout.read1()
    os.killpg(process.pid, signal.SIGINT)
    records = [json.loads(line) for line in (first + process.stdout.read()).splitlines()]
    assert process.wait(timeout=60) == 130
    assert records and all(record["outcome"] == "classified" for record in records)


def test_the_second_interrupt_ends_at_once(assay, tmp_path):
    slow = tmp_path / "slow.gz"
    text = "".join(f"{i} lines of garden prose\n" for i in range(1_000_000)).encode()
    slow.write_bytes(gzip.compress(text, 1) * 120)
    process = assay.start("scan", slow, "-q", stdout=-1)
    assert wait_for(process, lambda: classifiers_seconds(process) > 0.3)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)  # two at once would count as one
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    assert process.wait(timeout=60) == 130
    assert time.monotonic() - begin < 1


def test_interrupt_while_waiting_for_standard_input(assay):
    process = assay.start("scan", "-", stdin=-1, stdout=-1, stderr=-1)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 130
    assert process.stderr.read() == b""


def test_broken_pipe_ends_the_scan_quietly(assay, crowd):
    process = assay.start("scan", crowd, "--format", "jsonl", "-q", stdout=-1, stderr=-1)
    process.stdout.read(100)
    process.stdout.close()
    assert process.wait(timeout=60) == 1
    assert process.stderr.read() == b""


def test_a_full_disk_is_an_error_with_a_message(assay, crowd):
    done = assay.run("scan", crowd, "--format", "jsonl", "-o", "/dev/full", code=1)
    assert b"cannot write /dev/full" in done.stderr


def on_terminal(assay, *arguments, width=100):
    """Runs with a terminal as standard error; returns what appeared there and the exit code."""
    import fcntl
    import struct
    import termios
    import subprocess
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    process = subprocess.Popen(assay.command(*arguments), env=assay.environment, stdout=subprocess.DEVNULL, stderr=slave)
    os.close(slave)
    seen = b""
    while True:
        if select.select([master], [], [], 0.1)[0]:
            try:
                data = os.read(master, 65536)
            except OSError:  # Linux says EIO when the other end is closed
                break
            if not data:
                break
            seen += data
        elif process.poll() is not None:
            break
    os.close(master)
    return seen.decode(), process.wait()


def test_progress_on_a_terminal(assay, crowd):
    seen, code = on_terminal(assay, "scan", crowd, "--format", "jsonl", "-j", "1")
    assert code == 0
    frames = [frame for frame in re.split(r"\r", seen) if "objects" in frame and "GB/s" in frame and "classified" not in frame]
    assert len(frames) >= 2
    assert any(f"of {OBJECTS:,} objects" in frame and "%" in frame for frame in frames)
    assert all(len(re.sub(r"\x1b\[K", "", frame).strip("\n")) < 100 for frame in frames)
    assert f"{OBJECTS:,} objects: {OBJECTS:,} classified" in seen.split("\r")[-2] + seen.split("\r")[-1]


def test_progress_can_be_forced_and_forbidden(assay, crowd):
    seen, _ = on_terminal(assay, "scan", crowd, "--format", "jsonl", "--progress", "never")
    assert "%" not in seen and "\r\x1b" not in seen
    done = assay.run("scan", crowd, "--format", "jsonl", "--progress", "always")
    assert b"\r" in done.stderr
    assert b"\r" not in assay.run("scan", crowd, "--format", "jsonl").stderr


def test_children_end_with_the_scan(assay, crowd):
    process = assay.start("scan", crowd, "--format", "jsonl", "-q", "-j", "2", stdout=-1)
    process.stdout.read(10)
    children = children_of(process)
    process.kill()
    process.wait()
    process.stdout.close()
    end = time.monotonic() + 10
    while time.monotonic() < end and any(os.path.exists(f"/proc/{pid}") for pid in children):
        time.sleep(0.05)
    assert children and not [pid for pid in children if os.path.exists(f"/proc/{pid}") and
                             "Z" not in open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0]]


@pytest.mark.timing
def test_start_is_quick(assay, tmp_path):
    small = tmp_path / "small.txt"
    small.write_text("hello\n")
    times = []
    for _ in range(5):
        begin = time.monotonic()
        assay.run("scan", small, "-q", "-j", "1")
        times.append(time.monotonic() - begin)
    assert min(times) < 0.25, times  # the bench holds it to 0.1 on a quiet machine


@pytest.mark.slow
def test_memory_is_flat_over_many_objects(assay, tmp_path):
    """The scanning process itself: as much for 60,000 objects as for 6,000."""
    def peak(count):
        root = tmp_path / f"many-{count}"
        for i in range(count):
            folder = root / f"{i // 1000:03}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{i}.txt").write_text("a few words\n")
        process = assay.start("scan", root, "--format", "html", "-q", "-o", os.devnull)
        high = 0
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status") as file:
                    match = re.search(r"VmHWM:\s+(\d+)", file.read())
                high = max(high, int(match.group(1)) if match else 0)
            except OSError:
                pass
            time.sleep(0.01)
        assert process.returncode == 0
        return high

    few, many = peak(6000), peak(60000)
    assert many < few + 12 * 1024, (few, many)  # KiB
