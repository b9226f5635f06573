"""One serve, one worker, one queue: everything is classified, once."""
import concurrent.futures
import os
import pathlib
import time

import requests

from fleet_harness import MASTER, check_outcomes, peer_servers, s3_servers, wait_until


def test_one_worker_classifies_a_bucket(make_nats, make_fleet, postgres, directory_account):
    arguments, sizes = directory_account({"b": 2500})
    fleet = make_fleet(make_nats(), *arguments)
    serve = fleet.serve()
    fleet.worker()
    serve.select("b")
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)


def test_what_people_change_holds_at_every_serve_and_worker(make_nats, make_fleet, postgres, directory_account,
                                                            tmp_path):
    """Custom identifiers reach the workers through the store; a session of the console holds at each serve."""
    arguments, _ = directory_account({"b": 5})
    fleet = make_fleet(make_nats(), *arguments, settings={"api.events_token": "a-token-of-the-tests"})
    one, other = fleet.serve(), fleet.serve()
    fleet.worker()
    one.select("b")
    fleet.done()
    one.api("/custom-identifiers", "PUT", {"definition": (
        'identifiers:\n  - id: EMPLOYEE_NUMBER\n    name: "Employee number"\n    pattern: "EMP-[0-9]{6}"\n')})
    assert [i["id"] for i in other.api("/custom-identifiers")["identifiers"]] == ["EMPLOYEE_NUMBER"]
    wait_until("the worker to use it", lambda: "EMPLOYEE_NUMBER" in found_in(one, tmp_path / "estate" / "b"), 60)

    session = requests.post(f"{one.url}/api/v1/session", timeout=30, json={
        "userName": one.access["console_user"], "password": one.access["console_password"]})
    assert session.status_code == 200, session.text
    for serve in (one, other):
        answer = requests.get(f"{serve.url}/api/v1/session", cookies=session.cookies.get_dict(), timeout=30)
        assert answer.json()["userName"] == one.access["console_user"]


def test_the_leader_says_how_objects_are_read(make_nats, make_fleet, postgres, directory_account, tmp_path):
    """Not the worker's own settings; and what the next leader says reaches a worker that runs."""
    arguments, _ = directory_account({"b": 5})
    fleet = make_fleet(make_nats(), *arguments, settings={
        "api.events_token": "a-token-of-the-tests", "classification.max_object_size": "2KB"})
    serve = fleet.serve()
    fleet.leader()
    worker = fleet.worker("--max-object-size", "1MB")
    serve.select("b")
    fleet.done()
    bucket, text = tmp_path / "estate" / "b", "word " * 2000 + "jane.roe@corp-mail.net\n"
    assert found_in(serve, bucket, text) == set(), "it lies behind the first 2 KB"
    assert "max_object_size" in worker.text()
    serve.stop()
    serve.start("--max-object-size", "100KB")
    wait_until("the worker to read more", lambda: found_in(serve, bucket, text), 60)


def test_whoever_does_not_lead_rests(make_nats, make_fleet, postgres, directory_account):
    """What wakes the leader reaches the others too, and must not keep them awake."""
    arguments, _ = directory_account({"b": 5, "c": 5})
    fleet = make_fleet(make_nats(), *arguments)
    serves = [fleet.serve(), fleet.serve()]
    for serve, bucket in zip(serves, "bc"):
        serve.select(bucket)
    before = [cpu_seconds(serve.process.pid) for serve in serves]
    time.sleep(3)
    assert max(cpu_seconds(serve.process.pid) - then for serve, then in zip(serves, before)) < 1


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def found_in(serve, bucket, text="EMP-123456\n"):
    """What is found in a new object of the bucket, announced to the service."""
    key = f"new-{time.monotonic_ns()}.txt"
    (bucket / key).write_text(text)
    serve.post_event("b", key)
    record = wait_until(f"the outcome of {key}", lambda: serve.objects().get((MASTER, "b", key)), 60)
    return {found["id"] for found in record["detections"]}


def test_a_page_is_listed_once(make_nats, make_fleet, postgres, running, clean_environment):
    """By the leader. The worker takes the objects from there; the store is asked again only in doubt."""
    server = running("versitygw")
    bucket = s3_servers.new_bucket(server)
    client = server.client()
    sizes = {(bucket, f"k{number:04}"): 5 for number in range(2300)}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: client.put_object(Bucket=bucket, Key=name[1], Body=b"hello"), sizes))
    proxy = peer_servers.FaultProxy(server.port)

    def pages():  # that were asked for
        return [path for _, path, _ in proxy.requests if "list-type=2" in path and "max-keys=1000" in path]
    try:
        fleet = make_fleet(make_nats(), "--s3", f"{MASTER}={proxy.url}",
                           store_keys=(server.access_key, server.secret_key),
                           settings={"classification.comparison_interval": "24h"})
        serve = fleet.serve()
        fleet.worker()
        serve.select(bucket)
        fleet.done()
        check_outcomes(postgres, fleet.store_url, MASTER, sizes)
        wait_until("the snapshot of the bucket's size to list it too", lambda: len(pages()) >= 6, 60)
        assert len(pages()) == 6, pages()
    finally:
        proxy.close()
