"""The whole fleet at 50,000 objects and more in a real S3 server and folders, while everything in it dies, sleeps or is
cut off at random moments, and one account reaches its quota. The seed of a run can be given: ASSAY_CHAOS_SEEDS=7,8."""
import concurrent.futures
import os
import random
import signal
import time

import pytest
from fleet_harness import KB, MASTER, MEMBER, check_outcomes, processed_bytes, query, s3_servers, wait_until
from fleet_network import start_far_worker

SEEDS = [int(seed) for seed in os.environ.get("ASSAY_CHAOS_SEEDS", "1").split(",")]
OBJECTS = int(os.environ.get("ASSAY_CHAOS_OBJECTS", "50000"))
CUT_SECONDS = float(os.environ.get("ASSAY_CHAOS_CUT_SECONDS", "60"))  # longer than queue.ack_wait and queue.lease
LONGEST = 600  # seconds of blows; a loaded machine needs a third


def fill(server, bucket, objects, seed):
    """Puts small objects; returns (bucket, key) -> size."""
    rng = random.Random(seed)
    client = server.client()
    texts = [f"invoice {n} jane.roe@corp-mail.net 4111111111111111 ".encode() * rng.choice([1, 5, 30]) for n in range(50)]
    plan = {f"d{n % 53:02}/o{n:06}": rng.choice(texts) for n in range(objects)}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(client.put_object, Bucket=bucket, Key=key, Body=body) for key, body in plan.items()]:
            done.result()
    return {(bucket, key): len(body) for key, body in plan.items()}


class Estate:
    """What there is to do: folders of the master, of which more are made while the fleet has nothing left."""

    def __init__(self, fleet, postgres, folder, sizes):
        self.fleet, self.postgres, self.folder, self.sizes = fleet, postgres, folder, sizes
        self.added = 0

    def walks(self, condition):
        return query(self.postgres, self.fleet.store_url, f"SELECT id FROM walk WHERE kind = 'one-time' AND {condition}")

    def keep_busy(self):
        if self.walks("state NOT IN ('done', 'quota-reached')"):
            return
        bucket = self.folder / f"more{self.added}"
        bucket.mkdir()
        self.added += 1
        line = "please pay 4111111111111111 to jane.roe@corp-mail.net by friday\n"
        for number in range(OBJECTS // 20):  # of a size that keeps classifiers busy; few files have so many names
            first = bucket / f"o{number % 20:05}"
            if number < 20:
                first.write_text(line * (1500 + 500 * number))
            else:
                (bucket / f"o{number:05}").hardlink_to(first)
            self.sizes[bucket.name, f"o{number:05}"] = first.stat().st_size
        self.fleet.first.select(bucket.name)


class Chaos:
    """What can happen to a fleet: each of it once, in any order, then one thing or the other. One worker, `far`, has a
    network of its own."""

    def __init__(self, fleet, nats, postgres, estate, host, far, seed):
        self.fleet, self.nats, self.postgres, self.estate, self.host, self.far = fleet, nats, postgres, estate, host, far
        self.random = random.Random(seed)
        self.often = [self.kill_worker, self.kill_worker, self.kill_leader, self.kill_nats, self.restart_postgres,
                      self.freeze_worker, self.freeze_leader]
        self.first = list(dict.fromkeys([*self.often, self.cut_worker]))  # cut once: it takes a minute
        self.random.shuffle(self.first)
        self.happened = {}
        self.cut_at = self.mended_at = None

    def strike(self):
        what = self.first.pop() if self.first else self.random.choice(self.often)
        what()
        self.happened[what.__name__] = self.happened.get(what.__name__, 0) + 1

    def all_happened(self):
        """Each kind, and who was cut off is back."""
        return not self.first and self.mended_at is not None and self.far_seen() > self.mended_at

    def near_worker(self):
        return self.random.choice([worker for worker in self.fleet.workers if worker is not self.far and worker.alive()])

    def kill_worker(self):
        self.near_worker().kill()
        self.fleet.worker("--units", "2")

    def kill_leader(self):
        leader = self.fleet.leader()
        leader.stop(signal.SIGKILL)
        leader.start()

    def kill_nats(self):
        number = self.random.randrange(len(self.nats.ports))
        self.nats.kill(number)
        time.sleep(self.random.uniform(0.5, 3))
        self.nats.start(number)
        wait_until("NATS to answer", lambda: self.nats.answers(number), 30)

    def restart_postgres(self):
        self.postgres.crash()
        time.sleep(self.random.uniform(0.2, 2))
        self.postgres.serve()

    def freeze_worker(self):
        """As a machine that sleeps: it comes back with units that others have by then."""
        worker = self.near_worker()
        worker.signal(signal.SIGSTOP)
        time.sleep(self.random.uniform(5, 7))  # longer than queue.ack_wait
        worker.signal(signal.SIGCONT)

    def freeze_leader(self):
        leader = self.fleet.leader()
        leader.process.send_signal(signal.SIGSTOP)
        time.sleep(self.random.uniform(4, 6))  # longer than queue.lease
        leader.process.send_signal(signal.SIGCONT)

    def cut_worker(self):
        """With units in hand. Other blows fall meanwhile; mend_when_due ends it."""
        def has_units():
            self.estate.keep_busy()
            return self.far.metric("assay_worker_units") > 0
        wait_until("the far worker to have a unit", has_units, 60)
        self.host.cut()
        self.cut_at = time.time()

    def mend_when_due(self):
        if self.cut_at is None or self.mended_at is not None or time.time() < self.cut_at + CUT_SECONDS:
            return
        assert self.far_seen() < self.cut_at + 5, "it was not cut off"
        assert self.far.alive()
        self.host.mend()
        self.mended_at = time.time()

    def far_seen(self):
        """When it last told the database of itself, in seconds; 0 when it is forgotten."""
        name = self.far.text().split(" works as ")[1].split(" ")[0]
        rows = query(self.postgres, self.fleet.store_url, f"SELECT seen_ms FROM worker WHERE worker_id = '{name}'")
        return int(rows[0][0]) / 1000 if rows else 0


class Quota:
    """Of an account that has more than it may process: never exceeded, used up, then raised to what there is."""

    def __init__(self, fleet, postgres, account, sizes):
        self.fleet, self.postgres, self.account = fleet, postgres, account
        self.total = sum(map(processed_bytes, sizes.values()))
        self.limit = self.total // 2 + 100
        self.set()

    def set(self):
        self.fleet.first.run("accounts quota", self.account, str(self.limit))

    def check(self):
        charged = int(query(self.postgres, self.fleet.store_url,
                            f"SELECT charged_bytes FROM account WHERE account_id = '{self.account}'")[0][0])
        assert charged <= self.limit
        return charged

    def raised(self):
        return self.limit == self.total

    def raise_when_reached(self, estate):
        self.check()
        if self.raised() or not estate.walks(f"state = 'quota-reached' AND account_id = '{self.account}'"):
            return
        wait_until("the quota to be used up", lambda: self.check() > self.limit - 4 * KB, 60)
        self.limit = self.total
        self.set()


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_every_object_has_one_outcome_whatever_dies(make_nats, make_fleet, postgres, directory_account, running, host,
                                                    tmp_path, clean_environment, seed):
    server = running("versitygw")
    bucket = s3_servers.new_bucket(server)
    remote = fill(server, bucket, OBJECTS // 5, seed)
    arguments, local = directory_account({"a": OBJECTS // 2, "b": OBJECTS * 3 // 10}, seed)
    nats = make_nats(3)
    fleet = make_fleet(nats, *arguments, "--s3", f"{MEMBER}={server.url}",
                       store_keys=(server.access_key, server.secret_key))
    serve = fleet.serve()
    fleet.serve()
    serve.run("accounts add", MEMBER)
    quota = Quota(fleet, postgres, MEMBER, remote)
    for _ in range(3):
        fleet.worker("--units", "2")
    far = start_far_worker(fleet, host, postgres, nats, "--units", "2", stores=[server.url])
    assert far.port
    begin = time.monotonic()
    for name in ("a", "b"):
        serve.select(name)
    serve.select(bucket, account=MEMBER)
    estate = Estate(fleet, postgres, tmp_path / "estate", local)
    chaos = Chaos(fleet, nats, postgres, estate, host, far, seed)
    while not (chaos.all_happened() and quota.raised()):
        assert time.monotonic() < begin + LONGEST, (chaos.happened, chaos.mended_at, quota.raised(), fleet.logs())
        estate.keep_busy()
        time.sleep(chaos.random.uniform(0.2, 1.5))
        chaos.strike()
        chaos.mend_when_due()
        quota.raise_when_reached(estate)
    fleet.done(seconds=300)
    seconds = time.monotonic() - begin
    check_outcomes(postgres, fleet.store_url, MASTER, local)
    check_outcomes(postgres, fleet.store_url, MEMBER, remote)
    assert quota.check() == quota.limit == quota.total
    assert far.alive()
    print(f"seed {seed}: {len(local) + len(remote)} objects, {seconds:.0f} s, {sum(chaos.happened.values())} blows: "
          f"{dict(sorted(chaos.happened.items()))}")
