"""The units of systemd, the compose file, the configuration of NATS and the image, as far as they can be checked without
starting them."""
import contextlib
import json
import re
import shutil
import subprocess
import sys
import urllib.request

import pytest
import yaml

from conftest import ASSAY, ROOT, TOOLS, run

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "service")]

from free_port import free_port  # noqa: E402
from service_harness import wait_until  # noqa: E402

DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose" / "compose.yaml"


@pytest.mark.parametrize("unit", ["assay.service", "assay-worker.service"])
def test_systemd_takes_the_units(unit, helps, tmp_path):
    # As installed: a man page that is not there yet is no fault of the unit.
    done = run("systemd-analyze", "verify", "--man=no", DEPLOY / "systemd" / unit)
    assert done.stderr == "", done.stderr
    text = (DEPLOY / "systemd" / unit).read_text()
    command, arguments = re.search(r"^ExecStart=/usr/bin/env assay (\w+) (.*)$", text, re.M).groups()
    for option in re.findall(r"--[a-z-]+", arguments):
        assert re.search(rf"^ +{option}\b", helps[command], re.M), option
    broken = tmp_path / unit
    broken.write_text(text.replace("Restart=", "Restrat="))
    assert "Restrat" in run("systemd-analyze", "verify", "--man=no", broken, code=None).stderr


def compose(folder, environment):
    """The file as Docker Compose reads it. The reader has no environment: what is known is put in here."""
    text = COMPOSE.read_text()
    for name, value in environment.items():
        text = re.sub(r"\$\{" + name + r":\?[^}]*\}", value, text)
    (folder / "compose.yaml").write_text(text)
    return run(TOOLS / "compose-spec", "compose.yaml", cwd=folder, code=None)


def test_the_compose_file_is_one(tmp_path, helps):
    done = compose(tmp_path, {"POSTGRES_PASSWORD": "one", "NATS_PASSWORD": "two"})
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert services.keys() == {"postgres", "nats", "serve", "worker"}
    for name in ("serve", "worker"):
        service = services[name]
        assert service["command"][0] == name
        assert service["environment"]["ASSAY_STORE_URL"] == "postgresql://assay:one@postgres/assay"
        assert service["environment"]["ASSAY_QUEUE_URL"] == "nats://assay:two@nats:4222"
        for variable in service["environment"]:
            assert any(f"({variable})" in text for text in helps.values()), variable
        for option in re.findall(r"--[a-z-]+", " ".join(service["command"])):
            assert re.search(rf"^ +{option}\b", helps[name], re.M), option
        assert service["cap_drop"] == ["ALL"]
    assert services["serve"]["ports"][0]["host_ip"] == "127.0.0.1"


@pytest.mark.parametrize("missing", ["POSTGRES_PASSWORD", "NATS_PASSWORD"])
def test_no_password_is_made_up(tmp_path, missing):
    given = {"POSTGRES_PASSWORD": "one", "NATS_PASSWORD": "two"}
    del given[missing]
    done = compose(tmp_path, given)
    assert done.returncode != 0 and missing in done.stdout + done.stderr


SECRETS = {"NATS_PASSWORD": "p0", "NATS_ROUTE_PASSWORD": "p1",
           "NATS_ROUTES": "[nats-route://route:p1@host-1:6222, nats-route://route:p1@host-2:6222]"}


def certificates(folder, ca="ca", name="server"):
    """A CA and a certificate of it for this host."""
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / f"{ca}.key", "-out",
        folder / f"{ca}.pem", "-days", "2", "-subj", f"/CN={ca}")
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / f"{name}.key", "-out",
        folder / f"{name}.csr", "-subj", "/CN=nats")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1")
    run("openssl", "x509", "-req", "-in", folder / f"{name}.csr", "-CA", folder / f"{ca}.pem", "-CAkey",
        folder / f"{ca}.key", "-CAcreateserial", "-out", folder / f"{name}.pem", "-days", "2", "-extfile",
        folder / "names")


def nats_configuration(folder, data):
    text = (DEPLOY / "systemd" / "nats.conf").read_text()
    return text.replace("/etc/nats/", f"{folder}/").replace("/var/lib/nats", str(data))


NATS_SERVER = shutil.which("nats-server") or "/usr/sbin/nats-server"


def test_nats_takes_its_configuration(tmp_path):
    certificates(tmp_path)
    config = tmp_path / "nats.conf"
    config.write_text(nats_configuration(tmp_path, tmp_path / "data"))
    run(NATS_SERVER, "-t", "-c", config, env=SECRETS)
    for missing in SECRETS:
        rest = {name: value for name, value in SECRETS.items() if name != missing}
        run(NATS_SERVER, "-t", "-c", config, env=rest, code=1)
    config.write_text(config.read_text().replace("max_file_store", "max_file_storage_of"))
    run(NATS_SERVER, "-t", "-c", config, env=SECRETS, code=1)


class NatsHost:
    """One of the hosts that have nats.conf, all of them on this one."""

    def __init__(self, folder, name, ports, password, certificate="server"):
        """`ports`: of routes, of all hosts; the first is its own."""
        self.name, self.log, self.watch = name, folder / f"{name}.log", free_port()
        text = nats_configuration(folder, folder / name)
        for old, new in (("server_name: nats-1", f"server_name: {name}"), ("0.0.0.0:4222", f"127.0.0.1:{free_port()}"),
                         ("127.0.0.1:8222", f"127.0.0.1:{self.watch}"), ("0.0.0.0:6222", f"127.0.0.1:{ports[0]}"),
                         (f"{folder}/server.", f"{folder}/{certificate}.")):
            assert old in text, old
            text = text.replace(old, new)
        (folder / f"{name}.conf").write_text(text)
        routes = ", ".join(f"nats-route://route:{password}@127.0.0.1:{port}" for port in ports)
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [NATS_SERVER, "-c", folder / f"{name}.conf"], stdout=log, stderr=log,
                env={"NATS_PASSWORD": "p0", "NATS_ROUTE_PASSWORD": password, "NATS_ROUTES": f"[{routes}]"})

    def ask(self, page):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.watch}/{page}", timeout=5) as answer:
                return json.load(answer)
        except OSError:
            assert self.process.poll() is None, self.log.read_text()
            return {}

    def others(self):
        """The ids of those it has a route to."""
        return {route["remote_id"] for route in self.ask("routez").get("routes", [])}


def test_a_stranger_does_not_get_into_the_cluster(tmp_path):
    certificates(tmp_path)
    certificates(tmp_path, "other-ca", "other")
    ports = [free_port() for _ in range(4)]
    with contextlib.ExitStack() as stack:
        def start(name, own, password="p1", certificate="server"):
            host = NatsHost(tmp_path, name, [ports[own], *ports[:2]], password, certificate)
            stack.callback(host.process.wait)
            stack.callback(host.process.kill)
            return host
        one, two = start("nats-1", 0), start("nats-2", 1)
        wait_until("the two to meet", lambda: one.others() and one.others() == {two.ask("varz").get("server_id")}, 60)
        guesser = start("guesser", 2, password="p2")
        other = start("other", 3, certificate="other")
        wait_until("the refusals", lambda: all(text in one.log.read_text() for text in (
            "authentication error", "TLS route handshake error")), 60)
        assert one.others() == {two.ask("varz")["server_id"]}
        assert guesser.others() == other.others() == set()
    assert "p1" not in one.log.read_text()


def package_of(library):
    """The installed package a shared library comes from; "" for one that we install ourselves."""
    for line in run("/sbin/ldconfig", "-p").stdout.splitlines():
        name, *_, path = line.split()[:1] + line.split()[-1:] if line.startswith("\t") else ("", "")
        if name == library:
            # dpkg knows files by where they are, or by where they were before /lib was /usr/lib.
            real = run("readlink", "-f", path).stdout.strip()
            for place in (real, real.removeprefix("/usr")):
                found = subprocess.run(["dpkg", "-S", place], capture_output=True, text=True, check=False)
                if found.returncode == 0:
                    return found.stdout.split(":")[0]
    return ""


def test_the_image_has_what_the_programs_need(image):
    packages = set(re.findall(r"[a-z0-9][a-z0-9.+-]+", image.split("--no-install-recommends")[1].split("&&")[0]))
    needed = set()
    for program in (ASSAY, ASSAY.parent / "assay-classifier"):
        libraries = re.findall(r"NEEDED +(\S+)", run("objdump", "-p", program).stdout)
        assert "libc.so.6" in libraries
        needed |= {package_of(library) for library in libraries}
    # These are in every image.
    assert needed - packages <= {"libc6", "libgcc-s1"}
    text = (ROOT / "scripts" / "packages.txt").read_text()
    formats = text.split("# separate programs that read some formats\n")[1].split("# tests")[0]
    assert {line for line in formats.split("\n") if line and not line.startswith("#")} <= packages
