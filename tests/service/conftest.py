"""Fixtures of the service's end-to-end tests.

Every test whose service is made here runs on both databases, and as a fleet: on SQLite always, on PostgreSQL
when it is marked both_stores, as a fleet when it is marked fleet, else only in the slow suite.
"""
import contextlib
import itertools
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

import peer_servers  # noqa: E402
from fleet_peers import FleetService, NatsCluster  # noqa: E402
from peer_servers import FaultProxy, Moto, new_account, s3_servers  # noqa: E402
from service_harness import ASSAY, MASTER, MEMBER, Service  # noqa: E402

# Fixtures.
running = s3_servers.running  # starts each S3 server once
clean_environment = peer_servers.clean_environment
postgres = peer_servers.postgres

PREFIXES = itertools.count(1)


def pytest_configure(config):
    config.addinivalue_line("markers", "both_stores: on PostgreSQL in the normal suite too")
    config.addinivalue_line("markers", "fleet: as a fleet (PostgreSQL, NATS, workers) in the normal suite too")
    config.addinivalue_line("markers", "fleet_too: as a fleet in the slow suite, although it is sqlite_only")
    config.addinivalue_line("markers", "postgresql_only: about a database server")
    config.addinivalue_line("markers", "sqlite_only: about the file of SQLite itself, or not about the database")


def pytest_generate_tests(metafunc):
    if "store" not in metafunc.fixturenames:
        return
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    in_normal_suite = marks & {"both_stores", "postgresql_only"}
    stores = [] if "postgresql_only" in marks else ["sqlite"]
    if "sqlite_only" not in marks:
        stores.append(pytest.param("postgresql", marks=() if in_normal_suite else pytest.mark.slow))
    if "sqlite_only" not in marks or "fleet_too" in marks:
        stores.append(pytest.param("fleet", marks=() if "fleet" in marks else pytest.mark.slow))
    metafunc.parametrize("store", stores, indirect=True)


@pytest.fixture
def store(request):
    """Makes the URLs of new databases; None is SQLite in the data directory."""
    if request.param == "sqlite":
        return lambda: None
    return request.getfixturevalue("postgres").new_database


@pytest.fixture(scope="session")
def nats(tmp_path_factory):
    """One NATS server; the services of tests have prefixes of their own."""
    cluster = NatsCluster(tmp_path_factory.mktemp("nats"))
    yield cluster
    cluster.stop()


@pytest.fixture
def service_class(request, store):
    """What makes a Service; the parameter of `store` says of which kind."""
    if request.node.callspec.params["store"] != "fleet":
        return Service
    nats = request.getfixturevalue("nats")
    return lambda *arguments, **keywords: FleetService(*arguments, nats=nats, prefix=f"t{next(PREFIXES)}", **keywords)


@pytest.fixture(scope="session")
def moto(clean_environment):
    """An AWS emulator. Accounts are never shared between tests, so that one serves all."""
    server = Moto()
    yield server
    server.close()


@pytest.fixture
def estate(tmp_path):
    """Two accounts as folders of buckets."""
    files = {
        f"{MASTER}/exports/hr/staff.txt": "Employee Mary Johnson, social security number 512-44-7731\n" * 20,
        f"{MASTER}/exports/notes.md": "# Notes\n\nNothing in here is about anybody.\n",
        f"{MASTER}/exports/empty": "",
        f"{MASTER}/logs/2024/app.log": "".join(f"2024-01-01 started {i}\n" for i in range(200)),
        f"{MASTER}/logs/2025/app.log": "2025-01-01 started\n",
        f"{MEMBER}/backups/people.csv": "name,ssn\nMary Johnson,509-74-2893\n",
    }
    for name, text in files.items():
        path = tmp_path / "estate" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "estate"


@pytest.fixture
def make_any_service(tmp_path, store, service_class):
    """Makes services without accounts but those asked for; all of them end with the test."""
    if not ASSAY.exists():
        pytest.fail(f"{ASSAY} is not there: run make build, or set ASSAY_BIN")
    with contextlib.ExitStack() as stack:
        def make(*init_arguments, name="service", **keywords):
            service = service_class(tmp_path / name, tmp_path / "home", *init_arguments, store_url=store(), **keywords)
            stack.callback(lambda: service.process and service.stop(9))
            return service
        yield make


@pytest.fixture
def make_service(make_any_service, estate):
    """Makes services over the estate."""
    def make(*init_arguments, **keywords):
        return make_any_service("--directory", f"{MASTER}={estate / MASTER}",
                                "--directory", f"{MEMBER}={estate / MEMBER}", *init_arguments, **keywords)
    return make


@pytest.fixture
def service(make_service):
    """A running service with the member integrated."""
    service = make_service().start()
    service.run("accounts add", MEMBER)
    return service


@pytest.fixture
def make_s3_service(make_any_service, clean_environment):
    """Makes services whose master account is an S3-compatible store; its keys are sealed by `init`."""
    def make(server, url=None, **keywords):
        return make_any_service("--s3", f"{MASTER}={url or server.url}",
                                store_keys=(server.access_key, server.secret_key), **keywords)
    return make


@pytest.fixture
def make_aws_service(make_any_service, moto):
    """Makes services in a new master account of the emulator, reached with the keys of its operator."""
    def make(settings="", **keywords):
        master = new_account()
        keys = moto.user_keys(master)
        return make_any_service(
            master=master, settings=f'\n[aws]\nendpoint_url = "{moto.url}"\n{settings}',
            environment={"AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1]}, **keywords)
    return make


@pytest.fixture
def proxy(request, running, clean_environment):
    """A proxy with faults, in front of the S3 server that the test names."""
    faulty = FaultProxy(running(getattr(request, "param", "versitygw")).port)
    yield faulty
    faulty.close()
