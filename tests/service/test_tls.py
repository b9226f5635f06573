"""The port speaks TLS with a certificate, for stock clients and the command line, and follows a renewed one."""
import signal
import socket
import ssl
import subprocess

import pytest
import requests
from botocore.exceptions import SSLError

from service_harness import MASTER, wait_until


@pytest.fixture
def certify(tmp_path):
    """Makes a self-signed certificate for this machine, in the same two files each time."""
    def make(name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                        "-keyout", tmp_path / "server.key", "-out", tmp_path / "server.pem"],
                       check=True, capture_output=True)
        return tmp_path / "server.pem", tmp_path / "server.key"
    return make


@pytest.mark.sqlite_only
def test_tls_and_a_renewed_certificate(make_service, certify):
    certificate, key = certify("first")
    service = make_service().start("--tls-certificate", certificate, "--tls-key", key)
    assert service.url.startswith("https://127.0.0.1:")
    address = ("127.0.0.1", int(service.url.rsplit(":", 1)[1]))
    macie = service.macie(verify=str(certificate))
    assert [row["accountId"] for row in macie.list_member_accounts()["memberAccounts"]] == [MASTER]
    service.run("resources add", "exports", "--classify-all")  # the command knows the certificate of its service
    service.idle()
    assert service.objects()
    with pytest.raises(SSLError):  # signed by nobody the client knows
        service.macie(verify=True).list_member_accounts()
    with pytest.raises(requests.ConnectionError):
        requests.get(service.url.replace("https", "http") + "/healthz", timeout=10)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError), socket.create_connection(address, 10) as plain:
        old.wrap_socket(plain)
    first = ssl.get_server_certificate(address)
    certify("second")
    service.process.send_signal(signal.SIGHUP)
    wait_until("the renewed certificate", lambda: ssl.get_server_certificate(address) != first, 30)
    assert service.macie(verify=str(certificate)).list_member_accounts()["memberAccounts"]
    # What is no certificate is told, and the one that works stays.
    certificate.write_text("no certificate")
    service.process.send_signal(signal.SIGHUP)
    log = service.directory / "serve.log"
    wait_until("the refusal", lambda: "certificate" in log.read_text(), 30)
    assert ssl.get_server_certificate(address)
