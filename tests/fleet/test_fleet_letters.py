"""Units that were given up: what becomes of object events, and how long letters about them stay."""
import signal
import time

from fleet_harness import MASTER, query, wait_for_unit, wait_until


def events_left(postgres, fleet):
    return {bytes.fromhex(key[0]).decode(): int(key[1]) for key in query(
        postgres, fleet.store_url, "SELECT encode(object_key, 'hex'), attempts FROM object_event")}


def classified(postgres, fleet):
    rows = query(postgres, fleet.store_url, "SELECT encode(object_key, 'hex') FROM object")
    return {bytes.fromhex(key[0]).decode() for key in rows}


def test_one_bad_event_costs_the_others_nothing(make_nats, make_fleet, postgres, directory_account, tmp_path,
                                                hanging_program):
    """Events that took a worker down are tried alone. The bad one gets a letter, which goes when it is done after all."""
    arguments, _ = directory_account({"a": 1})
    fleet = make_fleet(make_nats(), *arguments, settings={
        "classification.comparison_interval": "1h", "api.events_token": "a-token-of-the-tests",
        "queue.ack_wait": "2s", "queue.max_attempts": "1"})
    serve = fleet.serve()
    worker = fleet.worker()
    serve.select("a")
    fleet.done()
    wait_until("the only comparison", lambda: query(
        postgres, fleet.store_url, "SELECT 1 FROM resource WHERE last_compared_ms > 0"), 60)
    worker.stop()
    keys = {f"new{number}" for number in range(9)} | {"sleep"}
    for key in keys:
        (tmp_path / "estate" / "a" / key).write_text("call 555-0100")
    serve.post_event("a", *keys)
    first = fleet.worker(program=hanging_program)
    wait_for_unit(first)
    time.sleep(1)  # it is with its classifier
    first.kill()
    second = fleet.worker(jobs=2, program=hanging_program)
    wait_until("the others", lambda: classified(postgres, fleet) >= keys - {"sleep"}, 120)
    assert events_left(postgres, fleet) == {"sleep": 0}
    assert serve.json("queue status")["deadLetters"] == 0
    second.kill()
    fleet.worker()
    (letter,) = wait_until("the letter", lambda: serve.json("queue dead-letters")["deadLetters"], 60)
    assert (letter["lane"], letter["accountId"]) == ("events", MASTER)
    assert (letter["bucket"], letter["key"], letter["objects"]) == ("a", "sleep", 1)
    assert " a/sleep " in serve.run("queue dead-letters").stdout
    fleet.done()  # it comes again by itself
    assert "sleep" in classified(postgres, fleet)
    wait_until("the letter to go", lambda: serve.json("queue status")["deadLetters"] == 0, 60)


def test_events_that_are_done_do_not_wait_for_one_that_takes_long(make_nats, make_fleet, postgres, directory_account,
                                                                   tmp_path, hanging_program):
    """They came in one unit; what is finished of it is recorded within seconds, while the rest is in hand."""
    arguments, _ = directory_account({"a": 1})
    fleet = make_fleet(make_nats(), *arguments, settings={
        "classification.comparison_interval": "1h", "api.events_token": "a-token-of-the-tests"})
    serve = fleet.serve()
    worker = fleet.worker(program=hanging_program, jobs=2)
    serve.select("a")
    fleet.done()
    wait_until("the only comparison", lambda: query(
        postgres, fleet.store_url, "SELECT 1 FROM resource WHERE last_compared_ms > 0"), 60)
    worker.signal(signal.SIGSTOP)
    keys = [f"new{number}" for number in range(9)] + ["sleep"]
    for key in keys:
        (tmp_path / "estate" / "a" / key).write_text("call 555-0100")
    serve.post_event("a", *keys)
    wait_until("the unit", lambda: serve.json("queue status")["events"] == 1, 30)
    worker.signal(signal.SIGCONT)
    wait_until("the others", lambda: classified(postgres, fleet) >= set(keys) - {"sleep"}, 30)
    assert events_left(postgres, fleet) == {"sleep": 0}
    assert "assay_worker_units 1" in worker.get("/metrics")


def test_letters_are_listed_page_by_page(make_nats, make_fleet, directory_account):
    """However many there are; what nobody can read stays until somebody looks at it."""
    arguments, _ = directory_account({"a": 1})
    nats = make_nats()
    fleet = make_fleet(nats, *arguments)
    serve = fleet.serve()
    fleet.leader()
    wait_until("the streams", lambda: serve.json("queue status")["lastError"] == "", 60)
    for number in range(1234):
        nats.send(f"assay.dead.pages.{MASTER}", f"hello {number}")
    wait_until("all letters", lambda: serve.json("queue status")["deadLetters"] == 1234, 30)

    def listed(*arguments):
        return [letter["sequence"] for letter in serve.json("queue dead-letters", *arguments)["deadLetters"]]
    assert listed() == list(range(1, 101))
    assert listed("--limit", "1100") == list(range(1, 1101))
    assert listed("--all") == list(range(1, 1235))
    assert listed("--limit", "1234") == listed("--all")
    assert "and more: --limit N, or --all" in serve.run("queue dead-letters").stdout
    assert "and more" not in serve.run("queue dead-letters", "--all").stdout
