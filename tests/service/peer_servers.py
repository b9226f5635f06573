"""Programs of other people that the service is tested with: S3 servers, an AWS emulator, PostgreSQL."""
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

_TESTS = Path(__file__).resolve().parents[1]


def _load(name, path):
    """The conftest of another folder, as a module of its own name."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


s3_servers = _load("s3_servers", _TESTS / "s3" / "conftest.py")
accounts_emulator = _load("accounts_emulator", _TESTS / "accounts" / "conftest.py")
new_account = sys.modules["accounts_helpers"].new_account
FaultProxy = sys.modules["fault_proxy"].FaultProxy
Moto = accounts_emulator.Moto


class Postgres:
    """A PostgreSQL server of the tests' own, reached through a socket in its folder; `settings` as in postgresql.conf."""

    def __init__(self, folder, settings=None):
        self.folder = folder
        self.settings = {"listen_addresses": "", "max_connections": 400, **(settings or {})}
        self.databases = 0
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        assert programs, "PostgreSQL is missing: run scripts/setup.sh"
        self.programs = programs[-1]
        # PostgreSQL refuses to run as root; the package made a user for it.
        self.user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        folder.mkdir(mode=0o755, parents=True)
        if self.user:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)
        done = self._start("initdb", "-D", folder / "data", "-U", "assay", "-A", "trust", "--no-sync", "-E", "UTF8",
                           "--locale=C.UTF-8")
        assert done.wait(120) == 0, "initdb failed"
        self.serve()

    def serve(self):
        options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        self.process = self._start("postgres", "-D", self.folder / "data", "-k", self.folder, *options)
        deadline = time.monotonic() + 120
        while self._psql("SELECT 1", check=False).returncode != 0:
            assert time.monotonic() < deadline and self.process.poll() is None, "PostgreSQL does not answer"
            time.sleep(0.1)

    def _start(self, program, *arguments):
        identity = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        return subprocess.Popen([str(word) for word in (self.programs / program, *arguments)], cwd=self.folder,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **identity)

    def _psql(self, sql, check=True, database="postgres"):
        words = [self.programs / "psql", "-X", "-A", "-t", "-h", self.folder, "-p", self.settings.get("port", 5432),
                 "-U", "assay", "-d", database, "-c", sql]
        return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=check, timeout=60)

    def new_database(self):
        self.databases += 1
        name = f"service{self.databases}"
        self._psql(f"CREATE DATABASE {name}")
        return f"postgresql://assay@/{name}?host={self.folder}"

    def drop_databases(self):
        """All that new_database made, whoever is connected; what is in memory is written down."""
        for name in self._psql("SELECT datname FROM pg_database WHERE datname LIKE 'service%'").stdout.split():
            self._psql(f"DROP DATABASE {name} WITH (FORCE)")
        self._psql("CHECKPOINT")

    def crash(self):
        """Ends at once, without writing down what is in memory; serve() recovers."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(60)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def clean_environment():
    """Neither the user's AWS settings nor a proxy for the web come between boto3 and the servers."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(s3_servers.CLEAN_ENVIRONMENT)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def postgres():
    # Short: the path of a socket has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="assay-pg-") as folder:
        os.chmod(folder, 0o755)
        server = Postgres(Path(folder) / "s")
        yield server
        server.stop()
