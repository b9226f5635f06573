"""The service's own database locked, or gone and back: classification pauses, says so, and goes on by itself."""
import contextlib
import sqlite3
import subprocess
import time

import pytest
import requests

from service_harness import MASTER, wait_until

KB = 1024


@pytest.fixture
def many(estate):
    """A bucket of 1,500 objects, each charged 1 KB."""
    bucket = estate / MASTER / "many"
    bucket.mkdir()
    for number in range(1500):
        (bucket / f"o{number:04}.txt").write_text(f"note {number}\n")
    return bucket


def ready(service):
    return requests.get(service.url + "/readyz", timeout=60).status_code == 200


def finished(service):
    done = service.run("status", "--format", "json", code=None)
    return done.returncode == 0 and service.json("status")["outcomes"] and len(service.objects()) == 1500


def check(service):
    assert {record["outcome"] for record in service.objects().values()} == {"classified"}
    assert len(service.objects()) == 1500 and service.charged() == 1500 * KB


@pytest.mark.sqlite_only
def test_a_locked_database(make_service, many):
    """Another program holds the write lock for longer than anybody waits for it."""
    service = make_service().start()
    service.select("many")
    other = sqlite3.connect(service.directory / "assay.db", timeout=60, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    wait_until("the service to be unready", lambda: not ready(service), 60)
    assert requests.get(service.url + "/healthz", timeout=10).status_code == 200
    assert service.json("status")["lastError"]  # reading goes on
    log = service.directory / "serve.log"
    wait_until("the trouble in the log", lambda: "trouble: the database" in log.read_text(), 30)
    other.execute("ROLLBACK")
    other.close()
    wait_until("the service to be ready", lambda: ready(service))
    wait_until("all objects", lambda: finished(service))
    check(service)
    assert service.json("status")["lastError"] == ""
    wait_until("its end in the log", lambda: "all is well again" in log.read_text(), 30)


@pytest.mark.postgresql_only
def test_a_database_server_that_crashes_and_comes_back(make_service, postgres, many):
    service = make_service().start()
    service.select("many")
    postgres.crash()
    wait_until("the service to be unready", lambda: not ready(service), 60)
    time.sleep(1)
    postgres.serve()
    wait_until("the service to be ready", lambda: ready(service))
    wait_until("all objects", lambda: finished(service))
    check(service)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 32 MB for data directories."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", disk], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("file systems can only be mounted by root")
    yield disk
    # Services that a failed test left behind still hold it.
    subprocess.run(["umount", "-l", disk], check=True)


def fill(file, leave):
    """Writes until the disk is full, and takes back so much."""
    with open(file, "wb", buffering=0) as ballast:
        with contextlib.suppress(OSError):
            while ballast.write(bytes(4096)):
                pass
        ballast.truncate(ballast.tell() - leave)


@pytest.mark.sqlite_only
def test_a_full_disk(small_disk, make_service, many):
    """The disk fills up during a classification. The service says so, goes on answering, loses nothing, and goes on
    by itself when there is room again."""
    service = make_service(name=small_disk / "service").start()
    service.select("exports")
    before = service.idle().objects()
    fill(small_disk / "ballast", leave=512 * KB)
    service.select("many")
    wait_until("the service to be unready", lambda: not ready(service), 60)
    assert requests.get(service.url + "/healthz", timeout=10).status_code == 200
    assert "make room on the disk" in service.json("status")["lastError"]
    assert service.objects().items() >= before.items()  # reading goes on
    assert service.charged() == sum(max(KB, r["filesystem_metadata"]["size"]) for r in service.objects().values())
    (small_disk / "ballast").unlink()
    wait_until("the service to be ready", lambda: ready(service), 60)
    after = service.idle().objects()
    assert len(after) == len(before) + 1500 and {record["outcome"] for record in after.values()} == {"classified"}
    assert service.charged() == sum(max(KB, r["filesystem_metadata"]["size"]) for r in after.values())
    assert service.json("status")["lastError"] == ""
    assert service.stop() == 0
    with contextlib.closing(sqlite3.connect(service.directory / "assay.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
