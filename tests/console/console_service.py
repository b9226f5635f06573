"""A real service over the demo estate, for the tests of the console and for its pictures."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from network_turns import my_turn  # noqa: E402

CONSOLE = ROOT / "console"
ASSAY = Path(os.environ.get("ASSAY_BINARY", ROOT / "build" / "assay"))
MASTER, MEMBER = "111122223333", "444455556666"


class ConsoleService:
    """`assay serve` in a folder. Ends when the with-block does."""

    def __init__(self, folder, *serve_arguments):
        """The service runs from a copy of its programs: a test may take one away."""
        self.serve_arguments = serve_arguments
        self.programs = folder / "bin"
        self.programs.mkdir()
        for name in ("assay", "assay-classifier"):
            shutil.copy2(ASSAY.with_name(name), self.programs / name)
        self.program = self.programs / "assay"
        self.log = folder / "serve.log"
        self.estate, self.directory = folder / "estate", folder / "service"
        subprocess.run([sys.executable, ROOT / "scripts/make_demo_data.py", self.estate], check=True,
                       capture_output=True)
        made = subprocess.run(
            [self.program, "init", "--dir", self.directory, "--master-account", MASTER, "--format", "json",
             "--directory", f"{MASTER}={self.estate / MASTER}",
             "--directory", f"{MEMBER}={self.estate / MEMBER}"],
            check=True, capture_output=True, text=True)
        self.access = json.loads(made.stdout)

    def __enter__(self):
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [self.program, "serve", "--dir", self.directory, "--listen", "127.0.0.1:0", *self.serve_arguments],
                stderr=log)
        address = self.directory / "address"
        deadline = time.monotonic() + 30
        while not address.exists() or not address.read_text().strip():
            assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)
        self.address = address.read_text().strip()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=30) == 0, self.log.read_text()

    def assay(self, *arguments):
        return subprocess.run([self.program, *arguments, "--dir", self.directory], check=True, capture_output=True,
                              text=True, timeout=300).stdout

    def classify_everything(self):
        self.assay("accounts", "add", MEMBER)
        for account in (MASTER, MEMBER):
            buckets = sorted(entry.name for entry in (self.estate / account).iterdir())
            self.assay("estimate", "--account", account)
            self.assay("resources", "add", "--account", account, "--classify-all", *buckets)
        self.assay("status", "--wait")

    def playwright(self, *arguments, **environment):
        """Runs Playwright over the service; its exit code and what it printed."""
        reader = json.loads(self.assay("users", "add", "reader", "--read-only", "--format", "json"))
        with my_turn():
            return subprocess.run(
                ["npx", "--no-install", "playwright", "test", *arguments], cwd=CONSOLE, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900,
                env={**os.environ, "ASSAY_ADDRESS": self.address, "ASSAY_USER": self.access["console_user"],
                     "ASSAY_PASSWORD": self.access["console_password"], "ASSAY_ESTATE": str(self.estate),
                     "ASSAY_READER_PASSWORD": reader["password"], "ASSAY_SERVICE_PID": str(self.process.pid),
                     "ASSAY_PROGRAMS": str(self.programs),
                     **environment})
