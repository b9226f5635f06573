"""A fleet whose PostgreSQL is reached over TLS, with a password and a certificate of the client."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fleet_harness import ASSAY, MASTER, Fleet, check_outcomes, database_of, peer_servers
from free_port import free_port

PASSWORD = "s3cret-of-the-database"


@pytest.fixture
def secure_postgres(certificates):
    """Takes nobody over TCP without TLS, a certificate of the CA and the password."""
    with tempfile.TemporaryDirectory(prefix="assay-pg-") as folder:
        os.chmod(folder, 0o755)
        hba = Path(folder) / "hba"
        hba.write_text("local all all trust\n"
                       "hostssl all assay 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n")
        files = {"ssl_cert_file": "server.pem", "ssl_key_file": "server.key", "ssl_ca_file": "ca.pem"}
        for name in files.values():
            shutil.copy(certificates / name, folder)
            os.chmod(f"{folder}/{name}", 0o600)
            if os.geteuid() == 0:
                shutil.chown(f"{folder}/{name}", "postgres", "postgres")
        server = peer_servers.Postgres(Path(folder) / "s", {
            "listen_addresses": "127.0.0.1", "port": free_port(), "ssl": "on", "hba_file": hba,
            **{setting: f"{folder}/{name}" for setting, name in files.items()}})
        server._psql(f"ALTER USER assay PASSWORD '{PASSWORD}'")
        yield server
        server.stop()


def test_tls_with_certificates_and_a_password(make_nats, secure_postgres, directory_account, certificates, tmp_path):
    arguments, sizes = directory_account({"a": 50})
    database = database_of(secure_postgres.new_database())

    def url(password=PASSWORD, ca="ca", client="client"):
        files = {"sslrootcert": certificates / f"{ca}.pem"}
        if client:
            files |= {"sslcert": certificates / f"{client}.pem", "sslkey": certificates / f"{client}.key"}
        return (f"postgresql://assay:{password}@127.0.0.1:{secure_postgres.settings['port']}/{database}?"
                + urlencode({"sslmode": "verify-full", **files}))
    for key in certificates.glob("*.key"):
        key.chmod(0o600)

    def refused(wrong):
        done = subprocess.run([str(ASSAY), "init", "--dir", str(tmp_path / "refused"), "--master-account", MASTER, "--store",
                               wrong], capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and "guessed" not in done.stderr and PASSWORD not in done.stderr, done
        return done.stderr
    assert "password authentication failed" in refused(url("guessed"))
    assert "certificate verify failed" in refused(url(ca="other-ca"))
    assert "certificate" in refused(url(client=None))
    fleet = Fleet(tmp_path / "fleet", url(), make_nats().url, *arguments)
    try:
        serve = fleet.serve()
        worker = fleet.worker()
        serve.select("a")
        fleet.done()
        # Over TLS, all of them.
        assert secure_postgres._psql(
            "SELECT count(*) > 1, bool_and(s.ssl) FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid)"
            f" WHERE a.datname = '{database}' AND a.pid <> pg_backend_pid()").stdout == "t|t\n"
        said = (serve.directory / "serve.log").read_text() + worker.text() + serve.run("status").stdout
        assert PASSWORD not in said, said
    finally:
        fleet.stop()
    check_outcomes(secure_postgres, f"postgresql://assay@/{database}?", MASTER, sizes)
