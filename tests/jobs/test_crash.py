"""kill -9 at random instants loses nothing and counts nothing twice (rules O1, O2, R5)."""

import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import time

import pytest

ACCOUNT = "111122223333"
KB = 1024
MB = 1024 * KB


def tool(jobs_tool, *words) -> str:
    done = subprocess.run([jobs_tool, *map(str, words)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def processed_bytes(size: int) -> int:
    """Rule C3, written down once more."""
    return KB if size < KB else min(size, 20 * MB)


def check_outcomes(database: pathlib.Path, bucket: pathlib.Path) -> None:
    """Compares the database with the files, knowing nothing of the program but its tables."""
    connection = sqlite3.connect(database)
    rows = connection.execute(
        "SELECT o.object_key, l.name, l.detail, o.charged_bytes, r.record IS NOT NULL FROM object o"
        " JOIN object_label ol ON ol.object_id = o.id JOIN label l ON l.id = ol.label_id AND l.kind = 'outcome'"
        " LEFT JOIN object_record r ON r.object_id = o.id"
    ).fetchall()
    outcomes: dict[str, list] = {}
    for key, *outcome in rows:
        outcomes.setdefault(os.fsdecode(key), []).append(outcome)
    files = {str(path.relative_to(bucket)): path for path in bucket.rglob("*") if path.is_symlink() or path.is_file()}
    assert outcomes.keys() == files.keys()
    expected = 0
    for key, path in files.items():
        assert len(outcomes[key]) == 1, key
        name, reason, charged, has_record = outcomes[key][0]
        wanted = ("skipped", "symlink", 0)
        if not path.is_symlink():
            wanted = ("classified", "", processed_bytes(path.stat().st_size))
        assert (name, reason, charged) == wanted, key
        assert has_record
        expected += charged
    charged = connection.execute("SELECT charged_bytes FROM account WHERE account_id = ?", [ACCOUNT]).fetchone()[0]
    assert charged == expected
    counted = connection.execute(
        "SELECT sum(c.objects) FROM label_count c JOIN label l ON l.id = c.label_id WHERE l.kind = 'outcome'"
    ).fetchone()[0]
    assert counted == len(files)


def crash_and_check(jobs_tool, classifier, make_bucket, tmp_path, objects: int, kills: int, longest: float) -> None:
    root = tmp_path / "account"
    make_bucket(root / "b", objects, seed=objects)
    database = tmp_path / "assay.db"
    connection = f"{ACCOUNT}={root}"
    tool(jobs_tool, "init", database, connection)
    tool(jobs_tool, "associate", database, connection, "b", "FULL", "NONE")
    rng = random.Random(kills)
    killed = 0
    run = [jobs_tool, "run", database, classifier, connection]
    while killed < kills:
        process = subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.stdout.readline()  # "started"
        time.sleep(rng.uniform(0, longest))
        if process.poll() is not None:
            process.communicate()
            break  # it was through
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += 1
    assert killed >= kills // 2, "the runs were too fast to be killed"
    done = subprocess.run(run, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    check_outcomes(database, root / "b")


def test_killed_five_times(jobs_tool, classifier, make_bucket, tmp_path):
    crash_and_check(jobs_tool, classifier, make_bucket, tmp_path, 2000, 5, 0.25)


@pytest.mark.slow
def test_killed_fifty_times(jobs_tool, classifier, make_bucket, tmp_path):
    crash_and_check(jobs_tool, classifier, make_bucket, tmp_path, 20_000, 50, 0.1)


def test_killed_at_the_quota(jobs_tool, classifier, make_bucket, tmp_path):
    """What is over the quota waits, through kills, until it is raised; then nothing is missing."""
    root = tmp_path / "account"
    make_bucket(root / "b", 1500, seed=7)
    database = tmp_path / "assay.db"
    connection = f"{ACCOUNT}={root}"
    tool(jobs_tool, "init", database, connection)
    tool(jobs_tool, "quota", database, ACCOUNT, 300 * KB)
    tool(jobs_tool, "associate", database, connection, "b", "FULL", "NONE")
    run = ["run", database, classifier, connection]
    for _ in range(2):
        tool(jobs_tool, *run)
        status = tool(jobs_tool, "status", database, ACCOUNT)
        charged = int(status.split()[1])
        assert 280 * KB < charged <= 300 * KB
    tool(jobs_tool, "quota", database, ACCOUNT, 1 << 40)
    tool(jobs_tool, *run)
    check_outcomes(database, root / "b")
