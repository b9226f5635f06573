"""The whole fleet at 50,000 objects in a real S3 server and a folder, while everything in it dies or sleeps at
random moments. The seed of a run can be given: ASSAY_CHAOS_SEEDS=7,8."""
import concurrent.futures
import os
import random
import signal
import time

import pytest
from fleet_harness import MASTER, MEMBER, check_outcomes, query, s3_servers, wait_until

SEEDS = [int(seed) for seed in os.environ.get("ASSAY_CHAOS_SEEDS", "1").split(",")]
BLOWS = 5  # at least
OBJECTS = int(os.environ.get("ASSAY_CHAOS_OBJECTS", "50000"))


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


class Chaos:
    """What can happen to a fleet, one thing at a time."""

    def __init__(self, fleet, nats, postgres, seed):
        self.fleet, self.nats, self.postgres = fleet, nats, postgres
        self.random = random.Random(seed)
        self.happened = {}

    def strike(self):
        what = self.random.choice([self.kill_worker, self.kill_worker, self.kill_leader, self.kill_nats,
                                   self.restart_postgres, self.freeze_worker, self.freeze_leader])
        what()
        self.happened[what.__name__] = self.happened.get(what.__name__, 0) + 1

    def kill_worker(self):
        self.random.choice([worker for worker in self.fleet.workers if worker.alive()]).kill()
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
        """As a network that is cut: it comes back with units that others have by then."""
        worker = self.random.choice([worker for worker in self.fleet.workers if worker.alive()])
        worker.signal(signal.SIGSTOP)
        time.sleep(self.random.uniform(5, 7))  # longer than queue.ack_wait
        worker.signal(signal.SIGCONT)

    def freeze_leader(self):
        leader = self.fleet.leader()
        leader.process.send_signal(signal.SIGSTOP)
        time.sleep(self.random.uniform(4, 6))  # longer than queue.lease
        leader.process.send_signal(signal.SIGCONT)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_every_object_has_one_outcome_whatever_dies(make_nats, make_fleet, postgres, directory_account, running,
                                                    clean_environment, seed):
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
    for _ in range(4):
        fleet.worker("--units", "2")
    for name in ("a", "b"):
        serve.select(name)
    serve.select(bucket, account=MEMBER)
    chaos = Chaos(fleet, nats, postgres, seed)

    def left():
        return query(postgres, fleet.store_url, "SELECT 1 FROM walk WHERE kind = 'one-time' AND state <> 'done'")
    while left() or sum(chaos.happened.values()) < BLOWS:
        if not left():  # a fast machine gets more to do
            name = f"more{len(local)}"
            local.update(directory_account({name: OBJECTS // 2}, seed)[1])
            chaos.fleet.first.select(name)
        time.sleep(chaos.random.uniform(0.2, 1.5))
        chaos.strike()
    print(f"seed {seed}: {len(local) + len(remote)} objects, {chaos.happened}")
    fleet.done(seconds=300)
    check_outcomes(postgres, fleet.store_url, MASTER, local)
    check_outcomes(postgres, fleet.store_url, MEMBER, remote)
