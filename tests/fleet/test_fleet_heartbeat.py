"""Work that takes longer than the queue waits for a word of its worker."""
import contextlib

import pytest
from fleet_harness import MASTER, check_outcomes, peer_servers, query, s3_servers, wait_until

ACK_WAIT_SECONDS = 2


@pytest.fixture
def slow_store(running, clean_environment):
    """An S3 server, and a proxy before it through which an object named "slow" takes far longer than queue.ack_wait."""
    server = running("versitygw")
    with contextlib.closing(peer_servers.FaultProxy(server.port)) as proxy:
        proxy.reads = 0

        def take(method, path, headers):
            if method != "GET" or not path.split("?")[0].endswith("/slow"):
                return {}
            proxy.reads += 1
            return {"slow": ACK_WAIT_SECONDS / 4}  # in twenty pieces
        proxy.take = take
        yield proxy, server


def test_what_takes_long_is_delivered_once(make_nats, make_fleet, postgres, slow_store):
    """Its worker says all the time that it is at it: no other gets it, and it is no attempt that failed."""
    proxy, server = slow_store
    bucket, client = s3_servers.new_bucket(server), server.client()
    sizes = {}
    for key in ("quick", "slow"):
        body = f"write to jane.roe@corp-mail.net please, {key} ".encode() * 50
        client.put_object(Bucket=bucket, Key=key, Body=body)
        sizes[bucket, key] = len(body)
    fleet = make_fleet(make_nats(), "--s3", f"{MASTER}={proxy.url}", store_keys=(server.access_key, server.secret_key),
                       settings={"queue.ack_wait": f"{ACK_WAIT_SECONDS}s", "queue.max_attempts": "1"})
    serve = fleet.serve()
    workers = [fleet.worker() for _ in range(2)]
    wait_until("both workers", lambda: len(serve.json("queue status")["workers"]) == 2, 30)
    serve.select(bucket)
    wait_until("the slow object", lambda: proxy.reads, 30)
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)
    assert proxy.reads == 1
    assert query(postgres, fleet.store_url, "SELECT * FROM unit_claim") == [], "a unit was handed out again"
    assert serve.json("queue status")["deadLetters"] == 0
    assert all(worker.alive() for worker in workers)
