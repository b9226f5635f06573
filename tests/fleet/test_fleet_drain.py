"""A worker that is asked to stop: when it ends, what it gives back, and what is seen of it meanwhile."""
import contextlib
import signal
import time

import pytest
from fleet_harness import MASTER, check_outcomes, database_of, peer_servers, query, s3_servers, wait_until
from fleet_network import Forwarder

DRAIN_SECONDS = 3
# Nobody gets a unit because another's time is over, and one who did not finish a unit would be one too many.
ONE_ATTEMPT = {"queue.ack_wait": "10m", "queue.max_attempts": "1"}
SOON = 20  # after the drain, on a loaded machine; what it waits for would last far longer


@pytest.fixture
def stalling_store(running, clean_environment):
    """An S3 server whose objects stall in the middle for as long as `stalls` is true. Returns its proxy, and the server."""
    server = running("versitygw")
    proxy = peer_servers.FaultProxy(server.port)
    proxy.stalls, proxy.stalled = True, 0

    def take(method, path, headers):
        if not proxy.stalls or method != "GET" or "/o" not in path:
            return {}
        proxy.stalled += 1
        return {"stall": True}
    proxy.take = take
    yield proxy, server
    proxy.close()


def drain(fleet, worker):
    """Asks it to stop, sees it draining, and waits for its end, which comes soon after the drain."""
    serve = fleet.first
    begun = time.monotonic()
    worker.signal(signal.SIGTERM)
    wait_until("it to be draining", lambda: [row["state"] for row in serve.json("queue status")["workers"]] == ["draining"],
               DRAIN_SECONDS)
    assert worker.get("/healthz") == '{"status":"ok"}'
    assert "assay_worker_draining 1" in worker.get("/metrics")
    assert worker.process.wait(DRAIN_SECONDS + SOON) == 0, worker.text()
    assert time.monotonic() - begun >= DRAIN_SECONDS, "it was through before"
    assert serve.json("queue status")["workers"] == []


def test_a_store_that_stalls_does_not_keep_a_worker(make_nats, make_fleet, postgres, stalling_store):
    """What it waits for is cancelled when the drain is over, and another worker has it at once."""
    proxy, server = stalling_store
    bucket, client = s3_servers.new_bucket(server), server.client()
    sizes = {}
    for number in range(30):
        body = b"write to jane.roe@corp-mail.net please " * (number + 1)
        client.put_object(Bucket=bucket, Key=f"o{number:02}.txt", Body=body)
        sizes[bucket, f"o{number:02}.txt"] = len(body)
    fleet = make_fleet(make_nats(), "--s3", f"{MASTER}={proxy.url}", settings=ONE_ATTEMPT,
                       store_keys=(server.access_key, server.secret_key))
    serve = fleet.serve()
    leaving = fleet.worker("--drain", f"{DRAIN_SECONDS}s")
    serve.select(bucket)
    wait_until("it to wait for the store", lambda: proxy.stalled, 60)
    drain(fleet, leaving)
    proxy.stalls = False
    fleet.worker()
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)
    assert serve.json("queue status")["deadLetters"] == 0


def test_an_object_that_takes_long_does_not_keep_a_worker(make_nats, make_fleet, postgres, directory_account, tmp_path,
                                                          hanging_program):
    """The classifier that is at it is ended, and the unit is given back."""
    arguments, sizes = directory_account({"a": 2000})
    (tmp_path / "estate" / "a" / "sleep").write_text("call 555-0100")
    sizes["a", "sleep"] = 13
    fleet = make_fleet(make_nats(), *arguments, settings=ONE_ATTEMPT)
    serve = fleet.serve()
    leaving = fleet.worker("--drain", f"{DRAIN_SECONDS}s", "--units", "5", program=hanging_program)
    serve.select("a")

    def hangs():
        """It is the last in the order of keys: all but those of its batch are on record, and nothing more comes."""
        before = len(serve.objects())
        time.sleep(2)
        return before > 1900 and len(serve.objects()) == before
    wait_until("it to be at the object", hangs, 60)
    drain(fleet, leaving)
    recorded = query(postgres, fleet.store_url, "SELECT object_key FROM object WHERE object_key = 'sleep'")
    assert recorded == [], "it has no outcome yet"
    fleet.worker()
    fleet.done()
    assert {key for _, _, key in serve.objects()} == {key for _, key in sizes}
    assert serve.json("queue status")["deadLetters"] == 0


class SilentWay(Forwarder):
    """Passes nothing on while it is silent; no connection ends."""
    silent = False

    def copy(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                while self.silent:
                    time.sleep(0.1)
                sink.sendall(data)


def test_a_database_that_says_nothing_does_not_keep_a_worker(make_nats, make_fleet, postgres, directory_account,
                                                             tmp_path, hanging_program):
    """Nothing can be recorded or given back in good order: others get it when its time is over."""
    arguments, sizes = directory_account({"a": 5})
    (tmp_path / "estate" / "a" / "sleep").write_text("call 555-0100")
    sizes["a", "sleep"] = 13
    fleet = make_fleet(make_nats(), *arguments)
    serve = fleet.serve()
    name = database_of(fleet.store_url)
    way = SilentWay("127.0.0.1", f"{postgres.folder}/.s.PGSQL.5432")
    leaving = fleet.worker("--drain", f"{DRAIN_SECONDS}s", program=hanging_program, program_environment={
        "ASSAY_STORE_URL": f"postgresql://assay@127.0.0.1:{way.port}/{name}"})
    serve.select("a")
    wait_until("it to have a unit", lambda: "assay_worker_units 1" in leaving.get("/metrics"), 60)
    way.silent = True
    leaving.signal(signal.SIGTERM)
    leaving.process.wait(DRAIN_SECONDS + 10 + SOON)
    fleet.worker()
    fleet.done()
    way.silent = False
    way.close()
    assert {key for _, _, key in serve.objects()} == {key for _, key in sizes}


def test_a_second_signal_ends_a_worker_at_once(make_nats, make_fleet, postgres, directory_account, tmp_path,
                                               hanging_program):
    """What it had in hand goes to another when queue.ack_wait is over."""
    arguments, sizes = directory_account({"a": 5})
    (tmp_path / "estate" / "a" / "sleep").write_text("call 555-0100")
    sizes["a", "sleep"] = 13
    fleet = make_fleet(make_nats(), *arguments)
    serve = fleet.serve()
    leaving = fleet.worker("--drain", "10m", program=hanging_program)
    serve.select("a")
    wait_until("it to have a unit", lambda: "assay_worker_units 1" in leaving.get("/metrics"), 60)
    leaving.signal(signal.SIGTERM)
    wait_until("it to be draining", lambda: "assay_worker_draining 1" in leaving.get("/metrics"), 30)
    leaving.signal(signal.SIGTERM)
    assert leaving.process.wait(SOON) == -signal.SIGTERM
    fleet.worker()
    fleet.done()
    assert {key for _, _, key in serve.objects()} == {key for _, key in sizes}
