"""Fixtures of the fleet's end-to-end tests."""
import contextlib
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from fleet_harness import ASSAY, MASTER, Fleet, NatsCluster, peer_servers, s3_servers  # noqa: E402
from fleet_network import Host  # noqa: E402
from network_turns import my_turn  # noqa: E402

# Fixtures.
running = s3_servers.running  # starts each S3 server once
clean_environment = peer_servers.clean_environment
postgres = peer_servers.postgres


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes minutes")


@pytest.fixture
def make_nats(tmp_path):
    with contextlib.ExitStack() as stack:
        def make(servers=1, settings="", name="nats"):
            cluster = NatsCluster(tmp_path / name, servers, settings)
            stack.callback(cluster.stop)
            return cluster
        yield make


@pytest.fixture
def make_fleet(tmp_path, postgres):
    with contextlib.ExitStack() as stack:
        def make(nats, *init_arguments, name="fleet", **keywords):
            fleet = Fleet(tmp_path / name, postgres.new_database(), keywords.pop("url", nats.url), *init_arguments,
                          replicas=nats.replicas, **keywords)
            stack.callback(fleet.stop)
            return fleet
        yield make


@pytest.fixture
def hanging_program(tmp_path):
    """The program beside a classifier that never ends with an object named "sleep"."""
    folder = tmp_path / "hanging"
    folder.mkdir()
    shutil.copy2(ASSAY, folder / "assay")
    shutil.copy2(ASSAY.parent / "src" / "classify" / "hostile-classifier", folder / "assay-classifier")
    return folder / "assay"


@pytest.fixture
def host():
    """A network namespace for a worker."""
    with my_turn(), contextlib.closing(Host(7)) as one:
        yield one


WORDS = "invoice order jane.roe@corp-mail.net total 4111111111111111 paid note".split()


def make_bucket(folder, objects, seed):
    """Small texts of many sizes, in folders. Returns key -> size."""
    rng = random.Random(seed)
    sizes = {}
    for number in range(objects):
        key = f"d{number % 37:02}/o{number:06}.txt"
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        text = " ".join(rng.choices(WORDS, k=rng.choice([0, 3, 40, 400])))
        path.write_text(text, encoding="utf-8")
        sizes[key] = len(text)
    return sizes


@pytest.fixture
def directory_account(tmp_path):
    """Makes the master account as a folder of buckets: bucket -> how many objects. Returns the arguments
    of `init`, and (bucket, key) -> size."""
    def make(buckets, seed=1):
        sizes = {}
        for bucket, objects in buckets.items():
            for key, size in make_bucket(tmp_path / "estate" / bucket, objects, seed).items():
                sizes[bucket, key] = size
        return ["--directory", f"{MASTER}={tmp_path / 'estate'}"], sizes
    return make


@pytest.fixture
def certificates(tmp_path):
    """Two CAs, and of the first a certificate of the server for 127.0.0.1, one for another host, and one of a client."""
    folder = tmp_path / "tls"
    folder.mkdir()

    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=folder)
    for name in ("ca", "other-ca"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days",
                "2", "-subj", f"/CN=test {name}")
    for name, host in (("server", "IP:127.0.0.1"), ("elsewhere", "DNS:elsewhere.example"), ("client", "IP:127.0.0.1")):
        (folder / "names").write_text(f"subjectAltName={host}")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
                f"/CN={name}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
                f"{name}.pem", "-days", "2", "-extfile", "names")
    return folder
