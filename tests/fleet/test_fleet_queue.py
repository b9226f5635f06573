"""What the queue of a fleet refuses, gives up and hands out again; how it is secured; what happens while it, or
the database, is away."""
import json
import re
import shutil
import signal
import ssl
import time
import urllib.request
from pathlib import Path

import pytest
from fleet_harness import MASTER, answer_of, check_outcomes, query, wait_until
from nats_credentials import Operator


@pytest.mark.slow
def test_a_unit_that_takes_its_workers_down_is_given_up_and_can_be_retried(
        make_nats, make_fleet, postgres, directory_account):
    arguments, sizes = directory_account({"a": 5000})
    fleet = make_fleet(make_nats(), *arguments, settings={"queue.max_attempts": "1", "queue.ack_wait": "1s"})
    serve = fleet.serve()
    serve.select("a")
    wait_until("all pages to be handed out", lambda: serve.json("queue status")["pages"] >= 4, 30)
    sleeper = fleet.worker("--units", "5")
    wait_until("the worker to have units", lambda: sleeper.metric("assay_worker_units") >= 2, 30)
    sleeper.signal(signal.SIGSTOP)
    other = fleet.worker()
    wait_until("units to be given up", lambda: serve.json("queue status")["deadLetters"] >= 1, 60)
    wait_until("the rest", lambda: serve.json("queue status")["pages"] == 0, 60)
    sleeper.kill()
    letters = serve.json("queue dead-letters")["deadLetters"]
    assert {letter["accountId"] for letter in letters} == {MASTER}
    assert all("did not finish it" in letter["reason"] for letter in letters)
    assert all(letter["bucket"] == "a" and letter["objects"] > 0 and letter["lastKey"] for letter in letters)
    assert " objects up to d" in serve.run("queue dead-letters").stdout
    assert other.metric("assay_worker_units_given_up_total") == len(letters)
    assert [walk["kind"] for walk in serve.json("status")["walks"]] == ["one-time"], "its walk is not over"
    wait_until("the problem", lambda: "given up" in serve.json("status")["lastError"], 30)
    waited = serve.run("status", "--wait", code=None)
    assert waited.returncode == 1 and "assay queue dead-letters" in waited.stderr, waited
    for words, code, said in ((["999999"], 1, "no dead letter"), ([], 2, "required"), (["1", "--all"], 2, "option")):
        refused = serve.run("queue retry", *words, code=code)
        assert said in refused.stderr, refused
    assert serve.json("queue retry", "--all") == {"retried": len(letters)}
    assert serve.json("queue dead-letters")["deadLetters"] == []
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)
    assert "RetryDeadLetters" in serve.run("audit").stdout


def test_messages_that_are_no_units(make_nats, make_fleet, postgres, directory_account):
    """What nobody can read becomes a dead letter; what a newer version wrote waits for one."""
    arguments, sizes = directory_account({"a": 50})
    nats = make_nats()
    fleet = make_fleet(nats, *arguments)
    serve = fleet.serve()
    worker = fleet.worker()
    serve.select("a")
    fleet.done()
    nats.send(f"assay.pages.{MASTER}", "hello")
    wait_until("the dead letter", lambda: serve.json("queue status")["deadLetters"] == 1, 30)
    assert "is damaged" in serve.json("queue dead-letters")["deadLetters"][0]["reason"]
    nats.send(f"assay.events.{MASTER}", '{"v":1000,"what":"ever"}')
    wait_until("the refusal", lambda: worker.metric("assay_worker_units_refused_total") == 1, 30)
    status = wait_until("its count", lambda: [
        status for status in [serve.json("queue status")] if status["events"] == 1], 30)[0]
    assert status["deadLetters"] == 1
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)


def test_a_worker_says_how_large_it_is(make_nats, make_fleet, directory_account):
    """In its log, at /status, and through what the service knows of it."""
    arguments, _ = directory_account({"a": 1})
    fleet = make_fleet(make_nats(), *arguments)
    serve = fleet.serve()
    worker = fleet.worker()
    status = json.loads(worker.get("/status"))
    assert (status["state"], status["classifiers"]) == ("working", 1)
    assert status["size"].startswith("1 classifier (as set), ")
    assert f"size: {status['size']}\n" in worker.text()
    assert worker.metric("assay_worker_units_limit") == status["units"]
    (row,) = wait_until("its row", lambda: serve.json("queue status")["workers"], 30)
    assert (row["workerId"], row["units"]) == (status["workerId"], status["units"])


@pytest.mark.slow
def test_a_worker_drains(make_nats, make_fleet, postgres, directory_account):
    """SIGTERM: it ends by itself, gives back what it did not finish, and is not missed."""
    arguments, sizes = directory_account({"a": 3000})
    fleet = make_fleet(make_nats(), *arguments)
    serve = fleet.serve()
    leaving = fleet.worker()
    serve.select("a")
    wait_until("the worker to have a unit", lambda: leaving.metric("assay_worker_units") > 0, 30)
    assert leaving.stop(30) == 0
    assert "stopped" in leaving.text()
    assert serve.json("queue status")["workers"] == []
    problem_with(serve, "no worker is there")
    fleet.worker()
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)


@pytest.mark.slow
def test_events_pass_a_long_walk(make_nats, make_fleet, postgres, directory_account, tmp_path):
    """Live events are worked off while a bulk walk is under way, and the walk goes on meanwhile."""
    arguments, sizes = directory_account({"bulk": 20_000, "live": 5})
    fleet = make_fleet(make_nats(), *arguments, settings={"classification.comparison_interval": "1h",
                                                          "api.events_token": "a-token-of-the-tests"})
    serve = fleet.serve()
    fleet.worker()
    serve.select("live")
    fleet.done()
    serve.select("bulk")
    wait_until("the walk to move", lambda: query(postgres, fleet.store_url, "SELECT 1 FROM object o JOIN bucket b"
               " ON b.id = o.bucket_id WHERE b.name = 'bulk'"), 30)
    (tmp_path / "estate" / "live" / "new.txt").write_text("call 555-0100")
    sizes["live", "new.txt"] = 13
    serve.post_event("live", "new.txt")
    wait_until("the new object", lambda: query(postgres, fleet.store_url, "SELECT 1 FROM object WHERE object_key ="
               " 'new.txt'"), 30)
    left = query(postgres, fleet.store_url, "SELECT count(*) FROM walk WHERE kind = 'one-time' AND state <> 'done'")
    assert left == [["1"]], "the walk was over before the event was worked off"
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)


def problem_with(serve, text, seconds=60):
    """Waits until the status complains with this text; returns all it says."""
    return wait_until(f"the status to name {text!r}", lambda: [
        problem for problem in [serve.json("status")["lastError"]] if text in problem], seconds)[0]


def password(text):
    return f"authorization {{ user: fleet, password: {text} }}\n"


@pytest.mark.slow
def test_a_password_that_is_another_one_for_a_while(make_nats, make_fleet, postgres, directory_account):
    """However often NATS refuses who they are, all connect again when it does not, without a restart."""
    arguments, sizes = directory_account({"a": 200, "b": 200})
    nats = make_nats(1, password("s3cret"))
    fleet = make_fleet(nats, *arguments, url=f"nats://fleet:s3cret@127.0.0.1:{nats.ports[0]}")
    serve, other = fleet.serve(), fleet.serve()
    worker = fleet.worker()
    serve.select("a")
    fleet.done()
    nats.kill(0)
    nats.settings = password("0ther")
    nats.start(0)
    log = nats.folder / "nats0" / "log"
    wait_until("many refusals", lambda: log.read_text().count("authentication error") >= 15, 60)
    for member in (serve, other):
        problem = problem_with(member, "refuses the authentication")
        assert "queue.url" in problem and "s3cret" not in problem
        assert member.json("queue status")["lastError"] == problem
    serve.select("b")
    workers = wait_until("the worker's complaint", lambda: [
        row for row in serve.json("queue status")["workers"] if "authentication" in row["lastError"]], 30)
    assert len(workers) == 1
    nats.kill(0)
    nats.settings = password("s3cret")
    nats.start(0)
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)
    wait_until("no complaint", lambda: serve.json("status")["lastError"] == "", 30)
    assert worker.alive() and other.process.poll() is None
    logs = worker.text() + "".join((member.directory / "serve.log").read_text() for member in (serve, other))
    assert "s3cret" not in logs


def tls(folder, server="server", verify="false"):
    return (f"tls {{ cert_file: {folder}/{server}.pem, key_file: {folder}/{server}.key\n"
            f"ca_file: {folder}/ca.pem, verify: {verify} }}\n")


@pytest.mark.slow
def test_tls_with_certificates_and_a_password(make_nats, make_fleet, postgres, directory_account, certificates):
    arguments, sizes = directory_account({"a": 50})
    nats = make_nats(1, tls(certificates, verify="true") + password("s3cret"))
    settings = {"queue.tls_ca": f"{certificates}/ca.pem", "queue.tls_certificate": f"{certificates}/client.pem",
                "queue.tls_key": f"{certificates}/client.key"}
    url = f"tls://fleet:s3cret@127.0.0.1:{nats.ports[0]}"
    fleet = make_fleet(nats, *arguments, settings=settings, url=url)
    serve = fleet.serve()
    fleet.worker()
    serve.select("a")
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)

    wrong = make_fleet(nats, *arguments, settings=settings, url=url.replace("s3cret", "guessed"), name="wrong")
    serve = wrong.serve()  # it answers all the same
    problem = problem_with(serve, "refuses the authentication")
    text = (serve.directory / "serve.log").read_text() + problem
    assert "guessed" not in text and "s3cret" not in text


def test_workers_without_the_files_of_the_api(make_nats, make_fleet, postgres, directory_account, certificates):
    """All share one assay.toml, whose api.tls_certificate only hosts of serves have. A worker speaks TLS with its own."""
    arguments, sizes = directory_account({"a": 50})
    fleet = make_fleet(make_nats(), *arguments, settings={"api.tls_certificate": f"{certificates}/server.pem",
                                                          "api.tls_key": f"{certificates}/server.key"})
    serve = fleet.serve()
    assert serve.url.startswith("https://")
    away = certificates.rename(certificates.with_name("elsewhere"))
    plain = fleet.worker()
    assert plain.get("/healthz") == '{"status":"ok"}'
    secure = fleet.worker("--tls-certificate", f"{away}/client.pem", "--tls-key", f"{away}/client.key")
    trust = ssl.create_default_context(cafile=f"{away}/ca.pem")
    with urllib.request.urlopen(f"https://127.0.0.1:{secure.port}/healthz", timeout=10, context=trust) as answer:
        assert answer.read() == b'{"status":"ok"}'
    with pytest.raises(OSError):
        secure.get("/healthz")
    address = ("127.0.0.1", secure.port)
    first = ssl.get_server_certificate(address)
    for kind in ("pem", "key"):
        (away / f"server.{kind}").replace(away / f"client.{kind}")
    secure.signal(signal.SIGHUP)
    wait_until("the renewed certificate", lambda: ssl.get_server_certificate(address) != first, 30)
    (away / "client.pem").rename(away / "server.pem")  # what the command asks its serve with
    away.rename(certificates)
    serve.run("resources add", "a", "--classify-all")
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)


@pytest.mark.slow
def test_tls_is_not_trusted_until_it_can_be(make_nats, make_fleet, postgres, directory_account, certificates):
    """The status says what is wrong with the certificate; files that are made right are read without a restart."""
    arguments, sizes = directory_account({"a": 50})
    nats = make_nats(1, tls(certificates, "elsewhere", verify="true"))
    settings = {"queue.tls_ca": f"{certificates}/trusted.pem", "queue.tls_certificate": f"{certificates}/mine.pem",
                "queue.tls_key": f"{certificates}/mine.key"}
    shutil.copy(certificates / "other-ca.pem", certificates / "trusted.pem")
    for kind in ("pem", "key"):
        shutil.copy(certificates / f"other-ca.{kind}", certificates / f"mine.{kind}")
    fleet = make_fleet(nats, *arguments, settings=settings, url=f"tls://127.0.0.1:{nats.ports[0]}")
    serve = fleet.serve()
    worker = fleet.worker()
    serve.select("a")
    assert "queue.tls_ca" in problem_with(serve, "unable to get local issuer certificate")
    shutil.copy(certificates / "ca.pem", certificates / "trusted.pem")
    assert "queue.url" in problem_with(serve, "address mismatch")
    nats.kill(0)
    problem_with(serve, "cannot be reached")
    nats.settings = tls(certificates, verify="true")
    nats.start(0)
    problem_with(serve, "queue.tls_certificate")
    for kind in ("pem", "key"):
        shutil.copy(certificates / f"client.{kind}", certificates / f"mine.{kind}")
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)
    assert worker.alive()


@pytest.mark.slow
def test_a_credentials_file(make_nats, make_fleet, postgres, directory_account, tmp_path):
    """Also one that comes, or is replaced, while they run."""
    arguments, sizes = directory_account({"a": 50})
    operator, stranger = Operator(), Operator()
    file = tmp_path / "fleet.creds"
    file.write_text(stranger.credentials())
    nats = make_nats(1, operator.settings())
    fleet = make_fleet(nats, *arguments, settings={"queue.credentials": str(file)})
    serve = fleet.serve()
    worker = fleet.worker()
    serve.select("a")
    assert "queue.credentials" in problem_with(serve, "refuses the authentication")
    file.write_text("nothing of that kind\n")
    problem_with(serve, "no nkey user seed found")
    file.write_text(operator.credentials())
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)
    assert worker.alive()


def test_a_user_who_may_do_what_the_documentation_says(make_nats, make_fleet, postgres, directory_account):
    """docs/scale-out.md names the subjects; with these and no others a fleet works, and hears of its units."""
    text = (Path(__file__).parents[2] / "docs" / "scale-out.md").read_text()
    rights = re.search(r"permissions: (\{.*?\n *\})", text, re.DOTALL)[1]
    arguments, sizes = directory_account({"a": 50})
    nats = make_nats(1, f"authorization {{ users: [{{ user: fleet, password: s3cret, permissions: {rights} }}] }}\n")
    fleet = make_fleet(nats, *arguments, url=f"nats://fleet:s3cret@127.0.0.1:{nats.ports[0]}")
    serve = fleet.serve()
    worker = fleet.worker()
    assert worker.port
    serve.select("a")
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)
    log = (nats.folder / "nats0" / "log").read_text()
    assert "Violation" not in log, log


@pytest.mark.slow
def test_while_the_queue_or_the_database_is_away(make_nats, make_fleet, postgres, directory_account):
    """The API answers the reads it can and says why the rest does not move; both come back by themselves."""
    arguments, sizes = directory_account({"a": 4000})
    nats = make_nats()
    fleet = make_fleet(nats, *arguments)
    serve = fleet.serve()
    worker = fleet.worker()
    serve.select("a")
    wait_until("objects", lambda: query(postgres, fleet.store_url, "SELECT 1 FROM object LIMIT 1"), 30)
    nats.kill(0)
    wait_until("the problem", lambda: "queue" in serve.json("status")["lastError"], 30)
    wait_until("the worker to say it", lambda: "trouble: " in worker.text(), 30)
    assert serve.objects(), "reads need no queue"
    assert not serve.json("queue status")["connected"]
    nats.start(0)
    wait_until("the queue to be back", lambda: serve.json("status")["lastError"] == "", 60)
    wait_until("the worker to be well", lambda: "all is well again" in worker.text(), 30)
    postgres.crash()
    wait_until("the serve to be unready", lambda: answer_of(f"{serve.url}/readyz")[0] == 503, 30)
    begin = time.monotonic()
    code, text = answer_of(f"{serve.url}/metrics")
    assert code == 200 and "assay_database_up 0" in text and "assay_queue_connected 1" in text, text
    assert answer_of(f"{serve.url}/readyz")[0] == 503
    assert time.monotonic() - begin < 5, "transactions wait for ten seconds"
    assert "PostgreSQL" in serve.run("status", code=None).stderr
    postgres.serve()
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)
    assert worker.alive()


def page(serve, path):
    """What anybody can ask the service for, such as Kubernetes."""
    code, text = answer_of(serve.url + path)
    assert code == 200, text
    return text


@pytest.mark.slow
def test_nobody_waits_for_a_queue_without_quorum(make_nats, make_fleet, postgres, directory_account):
    """Two of three NATS servers are gone: the third takes connections and answers nothing. Probes and lists do not wait
    for it, the status says what is wrong, and how much waits is not said to be nothing."""
    arguments, sizes = directory_account({"a": 4000, "b": 200})
    nats = make_nats(3)
    fleet = make_fleet(nats, *arguments)
    serve = fleet.serve()
    worker = fleet.worker()
    serve.select("a")
    wait_until("objects", lambda: query(postgres, fleet.store_url, "SELECT 1 FROM object LIMIT 1"), 30)
    wait_until("the gauge", lambda: "\nassay_queue_units{" in page(serve, "/metrics"), 30)
    nats.kill(1)
    nats.kill(2)
    serve.select("b")
    calls = {path: lambda path=path: page(serve, path) for path in ("/healthz", "/readyz", "/metrics")}
    calls |= {"objects": lambda: serve.run("objects list", "--limit", "10"),
              "status": lambda: serve.json("status")["lastError"], "queue": lambda: serve.json("queue status")}
    slowest, answers = dict.fromkeys(calls, 0.0), {}
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for name, call in calls.items():
            begin = time.monotonic()
            answers[name] = call()
            slowest[name] = max(slowest[name], time.monotonic() - begin)
        time.sleep(0.2)
    assert max(slowest.values()) < 3, slowest
    assert "most servers of the cluster" in answers["status"]
    assert "\nassay_queue_units{" not in answers["/metrics"] and "\nassay_workers 1\n" in answers["/metrics"]
    assert not answers["queue"]["counted"] and answers["queue"]["countedAt"]
    nats.start(1)
    nats.start(2)
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)
    wait_until("the gauge", lambda: "\nassay_queue_units{" in page(serve, "/metrics"), 30)
    wait_until("no complaint", lambda: serve.json("status")["lastError"] == "", 30)
    assert worker.alive()


STREAMS = [f"STREAM.INFO.{name}" for name in ("KV_assay_lease", "assay_events", "assay_pages", "assay_dead")]
CONSUMERS = [f"CONSUMER.INFO.assay_{lane}.workers" for lane in ("events", "pages")]


@pytest.mark.slow
def test_what_was_on_one_server_is_on_three_when_that_is_set(make_nats, make_fleet, postgres, directory_account):
    """The bucket of the lease as well, which also lasts as long as is set now: any server may die then."""
    arguments, sizes = directory_account({"a": 50, "b": 50})
    nats = make_nats(3)
    fleet = make_fleet(nats, *arguments, settings={"queue.replicas": "1"})
    serve = fleet.serve()
    worker = fleet.worker()
    serve.select("a")
    fleet.done()
    assert {nats.info(what)["config"]["num_replicas"] for what in STREAMS} == {1}
    worker.stop()
    serve.stop()
    file = serve.directory / "assay.toml"
    text = file.read_text()
    for name, old, new in (("replicas", "1", "3"), ("lease", "3s", "20s")):
        assert f'\n{name} = "{old}"' in text
        text = text.replace(f'\n{name} = "{old}"', f'\n{name} = "{new}"')
    file.write_text(text)
    serve.start()
    fleet.leader()
    fleet.worker()

    def on_all(what):
        cluster = nats.info(what).get("cluster", {})
        return cluster.get("leader") and [peer["current"] for peer in cluster.get("replicas", [])] == [True, True]
    wait_until("the copies", lambda: all(on_all(what) for what in STREAMS + CONSUMERS), 60)
    bucket = nats.info(STREAMS[0])
    assert bucket["config"]["num_replicas"] == 3 and bucket["config"]["max_age"] == 20 * 10**9
    nats.kill(int(bucket["cluster"]["leader"].removeprefix("n")))
    serve.select("b")
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)
