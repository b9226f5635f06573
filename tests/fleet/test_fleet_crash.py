"""Processes and servers of a fleet die at any time: every object has exactly one outcome all the same,
and is charged once (rules O1, O2, R5)."""
import signal
import time

import pytest
from fleet_harness import MASTER, check_outcomes, processed_bytes, query, wait_for_unit, wait_until


def recorded(postgres, fleet):
    return int(query(postgres, fleet.store_url, "SELECT count(*) FROM object")[0][0])


def wait_for_share(postgres, fleet, share, total):
    wait_until(f"{share:.0%} of the objects", lambda: recorded(postgres, fleet) >= share * total, 120)


def test_a_worker_the_leader_and_a_nats_node_are_killed(make_nats, make_fleet, postgres, directory_account):
    """Three NATS nodes, two serves, three workers: one of each dies while work is under way."""
    nats = make_nats(3)
    arguments, sizes = directory_account({"a": 3200, "b": 1500})
    fleet = make_fleet(nats, *arguments)
    first, second = fleet.serve(), fleet.serve()
    leader = fleet.leader()
    other = second if leader is first else first
    victim = fleet.worker("--units", "2")
    for bucket in ("a", "b"):
        other.select(bucket)
    wait_for_unit(victim)
    victim.signal(signal.SIGSTOP)  # however fast the machine is: it dies with work in hand
    for _ in range(2):
        fleet.worker("--units", "2")
    wait_for_share(postgres, fleet, 0.02, len(sizes))
    victim.kill()
    leader.stop(signal.SIGKILL)
    nats.kill(1)
    assert recorded(postgres, fleet) < len(sizes), "all was done before anything was killed"
    fleet.done(other)
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)
    assert fleet.leader() is other
    epoch = query(postgres, fleet.store_url, "SELECT epoch FROM fleet_leader")
    assert int(epoch[0][0]) >= 2


def test_a_page_of_large_objects_is_work_for_several(make_nats, make_fleet, postgres, tmp_path):
    """One page of the listing is cut behind every 64 MB. Workers share the parts; one dies with a part in hand."""
    bucket = tmp_path / "estate" / "large"
    bucket.mkdir(parents=True)
    first = bucket / "o00.txt"
    first.write_text("write to jane.roe@corp-mail.net please\n" * (33 * 2**20 // 39))
    for number in range(1, 24):
        (bucket / f"o{number:02}.txt").hardlink_to(first)
    sizes = {("large", path.name): first.stat().st_size for path in bucket.iterdir()}
    fleet = make_fleet(make_nats(), "--directory", f"{MASTER}={tmp_path / 'estate'}")
    serve = fleet.serve()
    workers = [fleet.worker() for _ in range(2)]
    serve.select("large")
    wait_for_unit(*workers)
    parts = query(postgres, fleet.store_url, "SELECT number, listed_objects FROM walk_page ORDER BY number")
    assert len(parts) > 4 and all(int(objects) <= 2 for _, objects in parts), parts
    workers[0].kill()
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)
    pages = query(postgres, fleet.store_url, "SELECT pages, listed_objects FROM walk WHERE kind = 'one-time'")
    assert pages == [["12", "24"]]


def test_the_quota_is_exact_with_several_workers(make_nats, make_fleet, postgres, directory_account):
    """Workers that record at the same time never charge more than the quota; when it is raised the rest follows."""
    arguments, sizes = directory_account({"a": 2400, "b": 1300})
    total = sum(map(processed_bytes, sizes.values()))
    fleet = make_fleet(make_nats(), *arguments)
    serve = fleet.serve()
    quota = total // 2 + 100
    serve.run("accounts quota", MASTER, str(quota))
    for _ in range(3):
        fleet.worker("--units", "2")
    for bucket in ("a", "b"):
        serve.select(bucket)

    def stopped():
        states = query(postgres, fleet.store_url, "SELECT state FROM walk WHERE kind = 'one-time'")
        assert serve.charged() <= quota
        return states and all(state == ["quota-reached"] for state in states)
    wait_until("both walks to stand at the quota", stopped, 60)
    time.sleep(1)
    assert quota - 4 * 1024 < serve.charged() <= quota
    assert recorded(postgres, fleet) < len(sizes)
    serve.run("accounts quota", MASTER, str(total))
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)


@pytest.mark.slow
def test_a_leader_that_slept_writes_nothing(make_nats, make_fleet, postgres, directory_account):
    """A leader is stopped for longer than its lease. When it wakes another one leads, and it knows."""
    arguments, sizes = directory_account({"a": 2500})
    fleet = make_fleet(make_nats(), *arguments)
    first, second = fleet.serve(), fleet.serve()
    leader = fleet.leader()
    other = second if leader is first else first
    fleet.worker()
    other.select("a")
    wait_until("pages", lambda: query(postgres, fleet.store_url, "SELECT 1 FROM walk_page"), 30)
    leader.process.send_signal(signal.SIGSTOP)
    wait_until("the other to lead", lambda: other.json("queue status")["leadsHere"], 30)
    epoch = other.json("queue status")["leaderEpoch"]
    leader.process.send_signal(signal.SIGCONT)
    fleet.done(other)
    assert not leader.json("queue status")["leadsHere"]
    assert other.json("queue status")["leadsHere"] and other.json("queue status")["leaderEpoch"] == epoch
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)


@pytest.mark.slow
def test_a_worker_that_slept_counts_nothing_twice(make_nats, make_fleet, postgres, directory_account):
    """A worker is stopped with units in hand for longer than the queue waits. Others do its work; what it
    still records when it wakes is known."""
    arguments, sizes = directory_account({"a": 3000})
    fleet = make_fleet(make_nats(), *arguments)
    serve = fleet.serve()
    sleeper = fleet.worker("--units", "3")
    serve.select("a")
    wait_for_unit(sleeper)
    sleeper.signal(signal.SIGSTOP)
    fleet.worker()
    fleet.done()
    sleeper.signal(signal.SIGCONT)
    time.sleep(3)
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)
    assert sleeper.alive()
