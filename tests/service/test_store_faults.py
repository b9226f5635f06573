"""A store that fails, goes away and comes back, and a service that is killed: nothing is lost, nothing counts twice."""
import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote

import pytest

from peer_servers import s3_servers
from service_harness import ASSAY, MASTER, wait_until

KB, MB = 1024, 1024 * 1024
BUSY = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
BROKEN = b"<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>"


def fill(server, objects, seed):
    """A bucket of small texts of many sizes; returns it with {key: size}."""
    rng = random.Random(seed)
    bucket, client = s3_servers.new_bucket(server), server.client()
    words = "invoice order jane.roe@corp-mail.net total 4111111111111111 paid note".split()
    bodies = {f"d{n % 37:02}/o{n:06}.txt": " ".join(rng.choices(words, k=rng.choice([0, 3, 40, 400]))).encode()
              for n in range(objects)}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda item: client.put_object(Bucket=bucket, Key=item[0], Body=item[1]), bodies.items()))
    return bucket, {key: len(body) for key, body in bodies.items()}


def independent_sum(sizes):
    """What classifying objects of these sizes is charged (rule C3), knowing nothing of the program."""
    return sum(KB if size < KB else min(size, 20 * MB) for size in sizes)


class Weather:
    """What happens to a share of all requests of the store; nothing lasts."""

    def __init__(self, proxy, bucket, share, seed=1):
        self.rng = random.Random(seed)
        self.share = share
        self.away = False
        self.refused = {}  # key: the answer to every request about this object
        self.fetched, self.faults = set(), 0
        self.bucket, self.lock = bucket, proxy.lock
        proxy.take = self.take

    def take(self, method, path, headers):
        with self.lock:
            key = unquote(path.split("?")[0]).removeprefix(f"/{self.bucket}/")
            if self.away:
                return {"reset": True}
            if key in self.refused:
                return self.refused[key]
            if self.rng.random() < self.share:
                self.faults += 1
                return self.rng.choice([
                    {"reset": True}, {"status": 500, "body": BROKEN}, {"status": 503, "body": BUSY},
                    {"status": 503, "headers": {"Retry-After": "1"}, "body": BUSY}, {"cut": 10}, {"rst": 10},
                    {"length": 7}, {"slow": 0.01}])  # fmt: skip
            self.fetched.add(key)
            return {}


def check(service, bucket, sizes, refused=()):
    """Every object has one outcome, the right one, and the quota is what an independent sum says."""
    found = {key: record for (_, _, key), record in service.objects().items()}
    assert found.keys() == sizes.keys()
    wrong = {key: (record["outcome"], record.get("reason")) for key, record in found.items()
             if record["outcome"] != "classified" and key not in refused}
    assert not wrong
    assert service.charged() == independent_sum(size for key, size in sizes.items() if key not in refused)
    (counted,) = [row for row in service.json("status")["outcomes"] if row["outcome"] == "classified"] or [None]
    assert counted["objects"] == len(sizes) - len(refused)


def all_classified(service, sizes, refused=()):
    def done():
        outcomes = service.json("status")["outcomes"]
        return sum(row["objects"] for row in outcomes if row["outcome"] == "classified") == len(sizes) - len(refused)
    return done


def test_o1_a_store_with_faults(running, proxy, make_s3_service):
    """Resets, errors, busy answers, cut and wrong lengths: 15 % of all requests."""
    server = running("versitygw")
    bucket, sizes = fill(server, 300, seed=3)
    weather = Weather(proxy, bucket, 0.15)
    denied = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    refused = next(key for key, size in sizes.items() if size > 0)  # nothing is asked for of an empty object
    weather.refused = {refused: {"status": 403, "body": denied}}
    share, weather.share = weather.share, 0  # the set-up is not what is tested here
    service = make_s3_service(server, url=proxy.url).start("--comparison-interval", "1s")
    service.select(bucket)
    weather.share = share
    wait_until("all objects", all_classified(service, sizes, weather.refused), 240)
    assert weather.faults > 20
    weather.share = 0
    wait_until("the refused one", lambda: len(service.objects()) == len(sizes))
    record = service.objects()[MASTER, bucket, refused]
    assert (record["outcome"], record["reason"]) == ("skipped", "access-denied")
    check(service, bucket, sizes, weather.refused)


@pytest.mark.fleet
def test_a_store_that_goes_away_and_comes_back(running, proxy, make_s3_service):
    """While it is away its walk says so, and nothing is recorded as failed that was not tried."""
    server = running("versitygw")
    bucket, sizes = fill(server, 400, seed=4)
    weather = Weather(proxy, bucket, 0)
    service = make_s3_service(server, url=proxy.url).start()
    service.select(bucket)
    wait_until("some objects", lambda: len(weather.fetched) > 50)
    weather.away = True
    walk = wait_until("the walk to be blocked", lambda: next(
        (walk for walk in service.json("status")["walks"] if walk["state"] == "blocked"), None))
    assert walk["lastError"]
    assert {record["outcome"] for record in service.objects().values()} <= {"classified"}
    assert requests_ok(service)
    time.sleep(2)
    weather.away = False
    wait_until("all objects", all_classified(service, sizes), 240)
    check(service, bucket, sizes)


def requests_ok(service):
    """The service itself is well while one of its stores is not."""
    return service.macie().list_member_accounts()["memberAccounts"] and service.json("status")["enabled"]


def kill_and_check(service, weather, bucket, sizes, kills):
    """Kills it at random instants, half of them while it is starting; every start goes on where the last one ended."""
    rng = random.Random(kills)
    service.start()
    service.select(bucket)
    for number in range(kills):
        if number % 2 == 0:
            time.sleep(rng.uniform(0, 0.8))
            service.stop(9)
            service.start() if number + 1 == kills else None
        else:
            with open(service.directory / "serve.log", "ab") as log:
                service.process = subprocess.Popen(
                    [ASSAY, "serve", "--dir", service.directory, "--listen", "127.0.0.1:0"],
                    env=service.environment, stderr=log, stdout=log)
            time.sleep(rng.uniform(0, 1.0))
            assert service.process.poll() is None, (service.directory / "serve.log").read_text()
            service.stop(9)
            service.start()
    if service.process is None:
        service.start()
    assert len(weather.fetched & sizes.keys()) < len(sizes), "it was through before the last kill"
    assert service.json("status")["lastStopWasClean"] is False
    wait_until("all objects", all_classified(service, sizes), 1800)
    check(service, bucket, sizes)


def test_o2_killed_five_times_behind_a_faulty_store(running, proxy, make_s3_service):
    server = running("versitygw")
    bucket, sizes = fill(server, 1000, seed=5)
    weather = Weather(proxy, bucket, 0.02)
    kill_and_check(make_s3_service(server, url=proxy.url), weather, bucket, sizes, 5)


@pytest.mark.slow
def test_o2_killed_fifty_times_behind_a_faulty_store(running, proxy, make_s3_service):
    server = running("versitygw")
    bucket, sizes = fill(server, 20_000, seed=6)
    weather = Weather(proxy, bucket, 0.02)
    kill_and_check(make_s3_service(server, url=proxy.url), weather, bucket, sizes, 50)
