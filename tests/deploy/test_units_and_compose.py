"""The units of systemd, the compose file, the configuration of NATS and the image, as far as they can be checked without
starting them."""
import re
import shutil
import subprocess

import pytest
import yaml

from conftest import ASSAY, ROOT, TOOLS, run

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


def test_nats_takes_its_configuration(tmp_path):
    for name, subject in (("ca", "/CN=ca"), ("server", "/CN=nats-1")):
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / f"{name}.key", "-out",
            tmp_path / f"{name}.pem", "-days", "2", "-subj", subject)
    text = (DEPLOY / "systemd" / "nats.conf").read_text()
    config = tmp_path / "nats.conf"
    config.write_text(text.replace("/etc/nats/", f"{tmp_path}/").replace("/var/lib/nats", str(tmp_path / "data")))
    server = shutil.which("nats-server") or "/usr/sbin/nats-server"
    run(server, "-t", "-c", config, env={"NATS_PASSWORD": "secret"})
    config.write_text(config.read_text().replace("max_file_store", "max_file_storage_of"))
    run(server, "-t", "-c", config, env={"NATS_PASSWORD": "secret"}, code=1)


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
