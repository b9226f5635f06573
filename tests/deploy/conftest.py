"""The programs that the tests of deploy/ need."""
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASSAY = Path(os.environ.get("ASSAY_BIN", ROOT / "build" / "assay")).resolve()
TOOLS = Path(os.environ.get("ASSAY_DEPLOY_TOOLS", ROOT / ".deps" / "bin"))


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes minutes")


def run(*words, code=0, **keywords):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, check=False,
                          **keywords)
    assert code is None or done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done


@pytest.fixture(scope="session")
def helps():
    """What each command of the program says of its options."""
    return {command: run(ASSAY, command, "--help").stdout for command in ("init", "serve", "worker")}


@pytest.fixture(scope="session")
def image():
    """The last stage of the Dockerfile."""
    return (ROOT / "deploy" / "compose" / "Dockerfile").read_text().split("\nFROM ")[-1].replace("\\\n", " ")
