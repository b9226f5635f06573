"""A worker whose network is cut, in a network namespace of its own."""
import socket
import subprocess
import time

import pytest
from fleet_harness import ASSAY, MASTER, check_outcomes, query, wait_until
from fleet_network import far_environment, start_far_worker

CUT_SECONDS = 60  # longer than queue.ack_wait, and than PostgreSQL leaves a silent transaction open


def test_a_cut_cable_is_noticed_by_nobody(host):
    """What the test below rests on: there is a way, cutting it ends no connection, and mending it goes on with it."""
    server = socket.create_server((host.address, 0))
    server.settimeout(20)
    program = ("import socket, sys; s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10); "
               "s.sendall(b'one'); sys.stdin.readline(); s.sendall(b'two'); s.recv(1)")
    client = subprocess.Popen([*host.within(), "python3", "-c", program, host.address, str(server.getsockname()[1])],
                              stdin=subprocess.PIPE)
    connection, _ = server.accept()
    connection.settimeout(2)
    assert connection.recv(3) == b"one"
    host.cut()
    client.stdin.write(b"\n")
    client.stdin.flush()
    with pytest.raises(TimeoutError):
        connection.recv(3)
    assert client.poll() is None
    host.mend()
    connection.settimeout(30)
    assert connection.recv(3) == b"two"
    connection.close()
    assert client.wait(20) == 0


@pytest.mark.slow
def test_a_worker_without_network_for_a_minute(make_nats, make_fleet, postgres, directory_account, host):
    """It is cut off with units in hand. Others do them; what it still has when it is back counts nothing twice, and it
    goes on working."""
    arguments, sizes = directory_account({"a": 15000, "b": 1500})
    nats = make_nats()
    fleet = make_fleet(nats, *arguments)
    serve = fleet.serve()
    far = start_far_worker(fleet, host, postgres, nats, "--units", "3")
    serve.select("a")
    wait_until("the far worker to record", lambda: query(postgres, fleet.store_url, "SELECT 1 FROM object LIMIT 1"), 60)
    host.cut()
    cut = time.monotonic()
    seen = query(postgres, fleet.store_url, "SELECT worker_id, seen_ms FROM worker")
    assert len(seen) == 1
    assert query(postgres, fleet.store_url, "SELECT 1 FROM walk WHERE kind = 'one-time' AND state <> 'done'"), \
        "it was through before it was cut off"
    near = fleet.worker()
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, {key: size for key, size in sizes.items() if key[0] == "a"})
    time.sleep(max(0, CUT_SECONDS - (time.monotonic() - cut)))
    assert query(postgres, fleet.store_url, f"SELECT seen_ms FROM worker WHERE worker_id = '{seen[0][0]}'") \
        == [[seen[0][1]]], "it was not cut off"
    assert near.stop() == 0
    host.mend()
    serve.select("b")
    fleet.done(seconds=240)
    assert far.alive()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)


def test_a_database_that_falls_silent_is_given_up(make_nats, make_fleet, postgres, directory_account, host):
    """Its machine is gone, and no connection was ended: requests get an answer, and once it is back all goes on."""
    arguments, sizes = directory_account({"a": 300})
    nats = make_nats()
    fleet = make_fleet(nats, *arguments)
    far = far_environment(fleet, host, postgres, nats)
    serve = fleet.first
    serve.launch(environment=far, within=host.within())
    worker = fleet.worker(within=host.within(), program_environment=far)

    def status(code):
        words = [*host.within(), str(ASSAY), "status", "--dir", str(serve.directory)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, env=serve.environment)
        return done if (done.returncode == 0) == code else None
    wait_until("the serve to answer", lambda: (serve.directory / "address").exists() and status(True), 60)
    host.cut()
    gone = time.monotonic()
    refused = wait_until("the database to be given up", lambda: status(False), 120)
    assert "PostgreSQL" in refused.stderr, refused
    assert time.monotonic() - gone < 100, "TCP alone takes a quarter of an hour"
    assert serve.process.poll() is None and worker.alive()
    host.mend()
    wait_until("the serve to answer again", lambda: status(True), 90)
    resources = [*host.within(), str(ASSAY), "resources", "add", "a", "--classify-all", "--dir", str(serve.directory)]
    subprocess.run(resources, check=True, capture_output=True, timeout=60, env=serve.environment)
    wait_until("the objects", lambda: query(postgres, fleet.store_url, "SELECT count(*) FROM object")
               == [[str(len(sizes))]], 120)
