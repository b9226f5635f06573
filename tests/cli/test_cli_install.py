"""What `make install` puts in place runs from there, with nothing of the build tree."""
import os
import shutil
import subprocess

import pytest

from conftest import ASSAY, ROOT, Assay

PARQUET = ROOT / "tests" / "extract" / "golden" / "people.parquet.in"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The root below which everything was installed for the prefix /usr."""
    root = tmp_path_factory.mktemp("root")
    build = os.environ.get("ASSAY_BUILD_DIR", ASSAY.parent)
    done = subprocess.run(["cmake", "--install", build, "--prefix", "/usr"], capture_output=True, timeout=300,
                          env={**os.environ, "DESTDIR": str(root)})
    assert done.returncode == 0, done.stderr.decode()
    # Another place than it was installed to: nothing may remember where that was.
    return root.rename(root.with_name("moved")) / "usr"


@pytest.fixture
def installed_assay(installed, tmp_path):
    return Assay(tmp_path, installed / "bin" / "assay")


def test_an_installed_assay_scans(installed_assay, estate):
    records = installed_assay.records(estate)
    assert {record["outcome"] for record in records.values()} == {"classified"}
    assert records["hr/staff.txt"]["detections"]


def test_it_finds_its_columnar_reader(installed_assay, tmp_path):
    shutil.copy(PARQUET, tmp_path / "people.parquet")
    record = installed_assay.records(tmp_path / "people.parquet", "--report-examples")["people.parquet"]
    assert record["outcome"] == "classified" and record["detections"]


def test_manual_and_completions_are_there(installed, installed_assay):
    share = installed / "share"
    assert (share / "man/man1/assay.1").read_text() == (ROOT / "docs" / "assay.1").read_text()
    for shell, name in (("bash", "bash-completion/completions/assay"), ("zsh", "zsh/vendor-completions/_assay"),
                        ("fish", "fish/vendor_completions.d/assay.fish")):
        assert (share / name).read_bytes() == installed_assay.run("completion", shell).stdout


def test_nothing_points_to_the_build_tree(installed):
    programs = [path for path in installed.rglob("*") if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"]
    assert {"assay", "assay-classifier"} <= {path.name for path in programs}
    for path in programs:
        dynamic = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True).stdout
        for line in dynamic.splitlines():
            if "RUNPATH" in line or "RPATH" in line:
                assert "[$ORIGIN" in line and str(ROOT) not in line, (path, line)


def test_systemd_takes_the_units(installed, tmp_path):
    units = sorted(installed.rglob("*.service"))
    assert {unit.name for unit in units} >= {"assay.service"}
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
