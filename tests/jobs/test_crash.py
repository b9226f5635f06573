"""kill -9 at random instants loses nothing and counts nothing twice (rules O1, O2, R5)."""

import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import time

import pytest

from found_is_lost import FOUND_IS_LOST

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


def check_outcomes(database: pathlib.Path, root: pathlib.Path) -> None:
    """Compares the database with the files, knowing nothing of the program but its tables."""
    connection = sqlite3.connect(database)
    rows = connection.execute(
        "SELECT b.name, o.object_key, l.name, l.detail, o.charged_bytes, o.record LIKE '{%}'"
        f" AND NOT {FOUND_IS_LOST} FROM object o"
        " JOIN bucket b ON b.id = o.bucket_id"
        " JOIN label l ON l.id = o.outcome_id AND l.kind = 'outcome'"
    ).fetchall()
    outcomes: dict[str, list] = {}
    for bucket, key, *outcome in rows:
        outcomes.setdefault(f"{bucket}/{os.fsdecode(key)}", []).append(outcome)
    files = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_symlink() or path.is_file()}
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


def recorded(database: pathlib.Path) -> int:
    connection = sqlite3.connect(database)
    count = connection.execute("SELECT count(*) FROM object").fetchone()[0]
    connection.close()
    return count


class Killer:
    """Starts runs and kills them at random instants; knows which kills hit a run at work."""

    def __init__(self, run, database, seed):
        self.run, self.database = list(map(str, run)), database
        self.random = random.Random(seed)
        self.longest = 0.3  # seconds; follows the speed of the machine
        self.landed = 0  # kills that ended a run
        self.moved = 0  # of these, after the run had recorded something

    def enough(self, kills: int) -> bool:
        return self.landed >= kills and self.moved >= 2

    def kill_one(self, at_most: float = 10) -> bool:
        """Kills a new run within `at_most` seconds. False when it was over before that."""
        before = recorded(self.database)
        process = subprocess.Popen(self.run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "started\n"
        time.sleep(self.random.uniform(0, min(self.longest, at_most)))
        process.send_signal(signal.SIGKILL)
        _, errors = process.communicate(timeout=60)
        if process.returncode == 0:
            self.longest = max(0.05, self.longest * 0.5)
            return False
        assert process.returncode == -signal.SIGKILL, errors
        self.landed += 1
        moved = recorded(self.database) > before
        self.moved += moved
        # About as many kills within the first page as after it.
        self.longest = max(0.05, self.longest * 0.8) if moved else self.longest * 1.25
        return True


def crash_and_check(jobs_tool, classifier, make_bucket, tmp_path, objects: int, kills: int) -> None:
    """Kills `kills` runs over buckets of so many objects, as many buckets as a fast machine needs for that."""
    root = tmp_path / "account"
    root.mkdir()
    database = tmp_path / "assay.db"
    connection = f"{ACCOUNT}={root}"
    tool(jobs_tool, "init", database, connection)
    run = [jobs_tool, "run", database, classifier, connection]
    killer = Killer(run, database, seed=kills)
    bucket = 0
    while not killer.enough(kills):
        bucket += 1
        assert bucket <= 20, f"after {bucket} buckets {killer.landed} kills hit a run, {killer.moved} one at work"
        make_bucket(root / f"b{bucket:03}", objects, seed=objects + bucket)
        tool(jobs_tool, "associate", database, connection, f"b{bucket:03}", "FULL", "NONE")
        while not killer.enough(kills) and "walk" in tool(jobs_tool, "status", database, ACCOUNT):
            if not killer.kill_one():
                break
    tool(jobs_tool, *run[1:])
    check_outcomes(database, root)


def test_killed_six_times(jobs_tool, classifier, make_bucket, tmp_path):
    crash_and_check(jobs_tool, classifier, make_bucket, tmp_path, 6000, 6)


@pytest.mark.slow
def test_killed_fifty_times(jobs_tool, classifier, make_bucket, tmp_path):
    crash_and_check(jobs_tool, classifier, make_bucket, tmp_path, 40_000, 50)


def test_killed_at_the_quota(jobs_tool, classifier, make_bucket, tmp_path):
    """Kills on the way to the quota, at it, and after it was raised: never is more charged than it
    allows, what is over it waits until it is raised, and then nothing is missing."""
    root = tmp_path / "account"
    make_bucket(root / "b", 5000, seed=7)
    database = tmp_path / "assay.db"
    connection = f"{ACCOUNT}={root}"

    def charged() -> int:
        return int(tool(jobs_tool, "status", database, ACCOUNT).split()[1])

    tool(jobs_tool, "init", database, connection)
    tool(jobs_tool, "associate", database, connection, "b", "FULL", "NONE")
    run = [jobs_tool, "run", database, classifier, connection]
    killer = Killer(run, database, seed=7)
    # A run at the quota waits for two seconds, so that these kills all land. To each quota at least one killed run moves,
    # however fast the machine is.
    for quota in (1500 * KB, 3000 * KB):
        tool(jobs_tool, "quota", database, ACCOUNT, quota)
        at_quota = 0
        while at_quota < 2:
            at_quota += charged() > quota - 20 * KB
            assert killer.kill_one()
            assert charged() <= quota
    assert killer.landed >= 4 and killer.moved >= 2
    tool(jobs_tool, *run[1:])
    assert quota - 20 * KB < charged() <= quota
    tool(jobs_tool, "quota", database, ACCOUNT, 1 << 40)
    killer.kill_one(at_most=0.02)  # a fast machine may have done the rest by then
    tool(jobs_tool, *run[1:])
    check_outcomes(database, root)
