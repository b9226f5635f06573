"""Scans that are interrupted, killed, gone on with, watched, or cut off by their reader."""
import json
import os
import pty
import random
import re
import resource
import select
import signal
import subprocess
import threading
import time

import pytest

OBJECTS = 20000
# How long something that must happen may take, on a machine that has other things to do.
PATIENCE = 300


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


def state_of(pid):
    """The letter of the process's state, such as S, T (stopped) or Z (ended); "" when it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return ""


def in_signal_set(process, name, number):
    """Whether a set of signals in the process's status has that signal."""
    with open(f"/proc/{process.pid}/status") as file:
        signals = int(re.search(rf"^{name}:\s*([0-9a-f]+)$", file.read(), re.M).group(1), 16)
    return bool(signals >> (number - 1) & 1)


def catches(process, number):
    return in_signal_set(process, "SigCgt", number)


def is_pending(process, number):
    return in_signal_set(process, "ShdPnd", number) or in_signal_set(process, "SigPnd", number)


def scan(crowd, out, state, form="jsonl"):
    return ("scan", crowd, "--format", form, "-o", out, "--resume", state, "-j", "1")


def keys_of(path):
    return [json.loads(line)["key"] for line in path.read_bytes().splitlines()]


def size_of(path):
    return path.stat().st_size if path.exists() else 0


def wait_for(process, condition):
    """Waits until condition() holds or the process has ended; says whether it held."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None:
        if condition():
            return True
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)
    return False


def interrupt_in_the_middle(assay, arguments, out, state, number):
    """Starts the scan and sends it the signal once its report has begun; it must then end with 130.

    When the machine has no time for us until the scan has ended by itself, the scan is started afresh."""
    for _ in range(20):
        process = assay.start(*arguments, "-q")
        wait_for(process, lambda: size_of(out) > 40000)
        process.send_signal(number)
        code = process.wait(timeout=PATIENCE)
        if code == 130:
            return
        assert code == 0
        out.unlink()
        state.unlink()
    pytest.fail("the scan always ended before it could be interrupted: give it more objects")


@pytest.mark.parametrize("seed", range(3))
def test_resume_after_kill_at_any_moment(assay, crowd, tmp_path, seed):
    """The moment is a time while nothing is written yet, then a number of bytes further into the report."""
    rng = random.Random(seed)
    out, state = tmp_path / "out.jsonl", tmp_path / "state"
    kills, finished = 0, False
    while kills < 12 and not (finished and kills):
        process = assay.start(*scan(crowd, out, state), "-q")
        if kills % 4 == 0:
            time.sleep(rng.uniform(0, 0.1))
        else:
            end = size_of(out) + rng.randrange(1, 3_000_000)
            wait_for(process, lambda: size_of(out) >= end)
        process.kill()
        finished = process.wait() == 0
        if finished:
            if kills == 0:  # nothing was caught: from the start again
                out.unlink()
                state.unlink()
            continue
        kills += 1
        if state.exists():  # what the state counts is whole lines
            offset = int(re.search(rb"^output_offset (\d+)$", state.read_bytes(), re.M).group(1))
            data = out.read_bytes()
            assert len(data) >= offset and (offset == 0 or data[:offset].endswith(b"\n"))
    assay.run(*scan(crowd, out, state))
    keys = keys_of(out)
    assert len(keys) == len(set(keys)) == OBJECTS
    assert keys == sorted(keys)


def test_interrupt_then_resume_gives_the_report_of_one_run(assay, crowd, tmp_path):
    whole, parts, state = tmp_path / "whole.csv", tmp_path / "parts.csv", tmp_path / "state"
    assay.run("scan", crowd, "--format", "csv", "-o", whole)
    interrupt_in_the_middle(assay, scan(crowd, parts, state, "csv"), parts, state, signal.SIGINT)
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
    interrupt_in_the_middle(assay, scan(crowd, out, state, form), out, state, signal.SIGTERM)
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
    assert process.wait(timeout=PATIENCE) == 130
    assert 0 < len(json.loads(first + rest)) <= OBJECTS


def test_ctrl_c_at_a_terminal_blames_no_object(assay, crowd):
    """A terminal sends the signal to every process of the group; the classifiers must not take it."""
    process = assay.start("scan", crowd, "--format", "jsonl", "-q", "-j", "2", stdout=-1, start_new_session=True)
    first = process.stdout.read1()
    os.killpg(process.pid, signal.SIGINT)
    records = [json.loads(line) for line in (first + process.stdout.read()).splitlines()]
    assert process.wait(timeout=PATIENCE) == 130
    assert records and all(record["outcome"] == "classified" for record in records)


def test_the_second_interrupt_ends_at_once(assay, crowd):
    """The scan cannot end by itself: it waits for its report to be read."""
    process = assay.start("scan", crowd, "--format", "json", "-j", "1", stdout=-1, stderr=-1)
    begin = process.stdout.read1()
    process.send_signal(signal.SIGINT)
    assert wait_for(process, lambda: not is_pending(process, signal.SIGINT)), "two that wait are one"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=PATIENCE) == 130
    # An orderly end would have ended the report, and said so.
    assert begin.startswith(b"[") and not (begin + process.stdout.read()).rstrip().endswith(b"]")
    assert process.stderr.read() == b""


def test_one_interrupt_gives_up_an_object_that_does_not_finish(assay, crowd):
    process = assay.start("scan", crowd, "--format", "json", "-j", "1", stdout=-1, stderr=-1)
    begin = process.stdout.read1()
    classifiers = children_of(process)
    for pid in classifiers:
        os.kill(pid, signal.SIGSTOP)
    assert classifiers and wait_for(process, lambda: all(state_of(pid) == "T" for pid in classifiers))
    process.send_signal(signal.SIGINT)
    records = json.loads(begin + process.stdout.read())
    assert process.wait(timeout=PATIENCE) == 130
    assert records and all(record["outcome"] == "classified" for record in records)
    assert b"interrupted" in process.stderr.read()


def test_interrupt_while_waiting_for_standard_input(assay):
    process = assay.start("scan", "-", stdin=-1, stdout=-1, stderr=-1)
    assert wait_for(process, lambda: catches(process, signal.SIGINT))
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=PATIENCE) == 130
    assert process.stderr.read() == b""


def test_broken_pipe_ends_the_scan_quietly(assay, crowd):
    process = assay.start("scan", crowd, "--format", "jsonl", "-q", stdout=-1, stderr=-1)
    process.stdout.read(100)
    process.stdout.close()
    assert process.wait(timeout=PATIENCE) == 1
    assert process.stderr.read() == b""


def test_a_full_disk_is_an_error_with_a_message(assay, crowd):
    done = assay.run("scan", crowd, "--format", "jsonl", "-o", "/dev/full", code=1)
    assert b"cannot write /dev/full" in done.stderr


class Terminal:
    """A program whose standard error is a terminal, and what has appeared there."""

    def __init__(self, command, environment, width):
        import fcntl
        import struct
        import termios
        try:
            self.master, slave = pty.openpty()
        except OSError as error:
            pytest.skip(f"this machine has no pseudo-terminals: {error}")
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=slave)
        os.close(slave)
        self.seen = ""

    def read_until(self, condition=lambda: False):
        """Reads until condition() holds or the program has closed the terminal."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, self.seen[-2000:]
            if not select.select([self.master], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:  # Linux says EIO when the other end is closed
                return
            if not data:
                return
            self.seen += data.decode(errors="replace")

    def finish(self):
        """Takes the report from the program, which waits for that, and returns the exit code."""
        drain = threading.Thread(target=self.process.stdout.read)
        drain.start()
        self.read_until()
        drain.join()
        os.close(self.master)
        return self.process.wait(timeout=PATIENCE)


def test_progress_on_a_terminal(assay, crowd):
    terminal = Terminal(assay.command("scan", crowd, "--format", "jsonl", "-j", "1"), assay.environment, 100)

    def frames():
        return [frame for frame in terminal.seen.split("\r") if "objects" in frame and "GB/s" in frame
                and "classified" not in frame]

    def counted(frame):
        return f"of {OBJECTS:,} objects" in frame and "%" in frame

    # The scan waits for its report to be read, and draws meanwhile.
    terminal.read_until(lambda: len(frames()) >= 2 and any(map(counted, frames())))
    assert any(map(counted, frames()))
    assert terminal.finish() == 0
    assert all(len(re.sub(r"\x1b\[K", "", frame).strip("\n")) < 100 for frame in frames())
    assert f"{OBJECTS:,} objects: {OBJECTS:,} classified" in "".join(terminal.seen.split("\r")[-2:])


def test_progress_can_be_forced_and_forbidden(assay, crowd):
    command = assay.command("scan", crowd, "--format", "jsonl", "--progress", "never")
    terminal = Terminal(command, assay.environment, 100)
    assert terminal.finish() == 0
    assert "classified" in terminal.seen and "%" not in terminal.seen and "\r\x1b" not in terminal.seen
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
    assert children
    end = time.monotonic() + PATIENCE
    while any(state_of(pid) not in ("", "Z") for pid in children):
        assert time.monotonic() < end, "a classifier outlived its scan"
        time.sleep(0.02)


@pytest.mark.timing
def test_start_is_quick(assay, tmp_path):
    """In processor time, which a busy machine does not change much."""
    small = tmp_path / "small.txt"
    small.write_text("hello\n")
    times = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assay.run("scan", small, "-q", "-j", "1")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(times) < 0.25, times  # the bench holds the wall time to 0.1 s on a quiet machine


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
