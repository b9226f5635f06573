"""The web console in a real browser, against a real service over the demo estate.

The tests themselves are console/e2e/*.spec.ts; this starts what they need and runs them with
Playwright in Debian's Chromium.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONSOLE = ROOT / "console"
ASSAY = Path(os.environ.get("ASSAY_BINARY", ROOT / "build" / "assay"))
MASTER, MEMBER = "111122223333", "444455556666"


def start(folder):
    """A service over a fresh estate in folder: its process, its address and how to sign in."""
    estate, service = folder / "estate", folder / "service"
    subprocess.run([sys.executable, ROOT / "scripts/make_demo_data.py", estate], check=True, capture_output=True)
    made = subprocess.run(
        [ASSAY, "init", "--dir", service, "--master-account", MASTER, "--format", "json",
         "--directory", f"{MASTER}={estate / MASTER}", "--directory", f"{MEMBER}={estate / MEMBER}"],
        check=True, capture_output=True, text=True)
    access = json.loads(made.stdout)
    log = open(folder / "serve.log", "w")
    process = subprocess.Popen([ASSAY, "serve", "--dir", service, "--listen", "127.0.0.1:0"], stderr=log)
    deadline = time.monotonic() + 30
    while not (service / "address").exists():
        assert process.poll() is None and time.monotonic() < deadline, (folder / "serve.log").read_text()
        time.sleep(0.05)
    return process, (service / "address").read_text().strip(), access


@pytest.fixture
def service(tmp_path):
    process, address, access = start(tmp_path)
    yield {"ASSAY_ADDRESS": address, "ASSAY_USER": access["console_user"],
           "ASSAY_PASSWORD": access["console_password"], "ASSAY_ESTATE": str(tmp_path / "estate")}
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0, (tmp_path / "serve.log").read_text()


SPECS = sorted(path.name for path in (CONSOLE / "e2e").glob("*.spec.ts"))


@pytest.mark.parametrize("spec", SPECS)
def test_console(spec, service, tmp_path):
    assert (CONSOLE / "node_modules/.bin/playwright").exists(), "run make setup-test"
    assert os.environ.get("CHROMIUM") or shutil.which("chromium"), "chromium is missing: run make setup-test"
    run = subprocess.run(
        ["npx", "--no-install", "playwright", "test", spec, "--output", tmp_path / "playwright"],
        cwd=CONSOLE, env={**os.environ, **service}, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-4000:]
