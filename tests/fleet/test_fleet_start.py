"""Processes that start, or run, while the database is away or is not the one they know."""
import json
import shutil
import subprocess

from fleet_harness import ASSAY, MASTER, answer_of, check_outcomes, query, wait_until
from test_fleet_thin import found_in

NEWEST = "(SELECT max(version) FROM schema_version)"


def test_started_before_the_database(make_nats, make_fleet, postgres, directory_account):
    """They live, say what they wait for, and begin by themselves; one that is stopped meanwhile stops."""
    arguments, sizes = directory_account({"a": 500})
    fleet = make_fleet(make_nats(), *arguments)
    postgres.crash()
    try:
        serve = fleet.first
        serve.launch()
        worker, leaving = fleet.worker(), fleet.worker()
        log = serve.directory / "serve.log"
        wait_until("the serve to say what it waits for", lambda: "waiting for the database: " in log.read_text(), 30)
        for member in (worker, leaving):
            wait_until("the worker to say it", lambda m=member: "waiting for the database: " in m.text(), 30)
        assert answer_of(f"{serve.url}/healthz") == (200, '{"status":"ok"}')
        for page in ("/readyz", "/metrics", "/api/v1/status"):
            code, body = answer_of(serve.url + page)
            assert code == 503 and "waits for its database" in body, (page, code, body)
        refused = serve.run("status", code=None)
        assert refused.returncode != 0 and "waits for its database" in refused.stderr, refused
        assert leaving.stop(20) == 0 and "asked to stop while waiting" in leaving.text()
    finally:
        postgres.serve()
    wait_until("the serve to answer", serve.answers, 60)
    serve.select("a")
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)


def test_a_worker_leaves_the_schema_to_the_service(make_nats, make_fleet, postgres, directory_account):
    """One that is newer than the schema waits; one under which it becomes newer takes no more work."""
    arguments, sizes = directory_account({"a": 300, "b": 300})
    fleet = make_fleet(make_nats(), *arguments)
    serve = fleet.serve()
    name = query(postgres, fleet.store_url, f"SELECT name FROM schema_version WHERE version = {NEWEST}")[0][0]
    version = int(name[:3])
    query(postgres, fleet.store_url, f"DELETE FROM schema_version WHERE version = {NEWEST}")
    worker = fleet.worker()
    wait_until("the worker to wait", lambda: f"this program needs {version}: start" in worker.text(), 30)
    query(postgres, fleet.store_url, f"INSERT INTO schema_version VALUES ({version}, '{name}')")
    serve.select("a")
    fleet.done()

    query(postgres, fleet.store_url, f"INSERT INTO schema_version VALUES ({version + 1}, 'of a newer version')")
    wait_until("the problem", lambda: f"to schema version {version + 1}" in serve.json("status")["lastError"], 30)
    wait_until("another to be free to lead", lambda: not serve.json("queue status")["leadsHere"], 30)
    wait_until("the worker to see it", lambda: answer_of(f"http://127.0.0.1:{worker.port}/readyz")[0] == 503, 30)
    serve.select("b")
    wait_until("the worker's problem", lambda: f"to schema version {version + 1}" in serve.json(
        "queue status")["workers"][0]["lastError"], 30)
    assert query(postgres, fleet.store_url, "SELECT count(*) FROM object") == [["300"]]
    query(postgres, fleet.store_url, f"DELETE FROM schema_version WHERE version = {version + 1}")
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)


def test_settings_that_a_worker_cannot_use(make_nats, make_fleet, postgres, directory_account, tmp_path):
    """It does not look for less than what is set: it takes no work, says so, and goes on once it can."""
    arguments, _ = directory_account({"b": 5})
    fleet = make_fleet(make_nats(), *arguments, settings={"api.events_token": "a-token-of-the-tests"})
    serve = fleet.serve()
    running = fleet.worker()
    serve.select("b")
    fleet.done()
    serve.api("/custom-identifiers", "PUT", {"definition": (
        'identifiers:\n  - id: EMPLOYEE_NUMBER\n    name: "Employee number"\n    pattern: "EMP-[0-9]{6}"\n')})
    kept = query(postgres, fleet.store_url, "SELECT value FROM setting WHERE name = 'ruleset'")[0][0]
    later = json.dumps({**json.loads(kept), "definition": "identifiers:\n  - id: X\n    of_a_later_version: yes\n"})
    query(postgres, fleet.store_url, f"UPDATE setting SET value = '{later}' WHERE name = 'ruleset'")
    started = fleet.worker()
    for worker in (running, started):
        wait_until("the worker to be unready", lambda w=worker: answer_of(
            f"http://127.0.0.1:{w.port}/readyz")[0] == 503, 30)
    (tmp_path / "estate" / "b" / "new.txt").write_text("EMP-123456\n")
    serve.post_event("b", "new.txt")
    wait_until("its unit", lambda: serve.json("queue status")["events"] == 1, 30)
    wait_until("both to say why", lambda: ["cannot look for what is set" in w["lastError"] for w in serve.json(
        "queue status")["workers"]] == [True, True], 30)
    assert query(postgres, fleet.store_url, "SELECT count(*) FROM object") == [["5"]]
    query(postgres, fleet.store_url, f"UPDATE setting SET value = '{kept}' WHERE name = 'ruleset'")
    assert found_in(serve, tmp_path / "estate" / "b") >= {"EMPLOYEE_NUMBER"}
    fleet.done()
    assert query(postgres, fleet.store_url, "SELECT count(*) FROM object") == [["7"]]


def test_another_key_is_refused(make_nats, make_fleet, tmp_path, directory_account):
    """With another key file equal values would get other hashes, and a second `init` another administrator."""
    arguments, _ = directory_account({"a": 1})
    fleet = make_fleet(make_nats(), *arguments)
    serve = fleet.serve()
    users = serve.run("users list").stdout
    stranger = tmp_path / "stranger"
    stranger.mkdir(mode=0o700)
    shutil.copy2(serve.directory / "assay.toml", stranger)

    def refused(command, *words):
        done = subprocess.run([str(ASSAY), *command.split(), "--dir", str(stranger), *words], capture_output=True,
                              text=True, timeout=60, env=serve.environment)
        assert done.returncode == 1, done
        return done.stderr
    assert "has no assay.key: copy it" in refused("worker", "--listen", "127.0.0.1:0")
    for command in ("serve", "worker"):
        assert "is not the key that the service in this database was made with" in refused(
            command, "--listen", "127.0.0.1:0")
    (stranger / "assay.toml").unlink()
    assert "is not the key" in refused("init", "--master-account", MASTER, "--store", fleet.store_url)
    assert not (stranger / "assay.toml").exists()
    assert serve.run("users list").stdout == users
