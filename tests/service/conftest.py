"""Fixtures of the service's end-to-end tests."""
import contextlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from service_harness import ASSAY, MASTER, MEMBER, Service  # noqa: E402


@pytest.fixture
def estate(tmp_path):
    """Two accounts as folders of buckets."""
    files = {
        f"{MASTER}/exports/hr/staff.txt": "Employee Mary Johnson, social security number 512-44-7731\n" * 20,
        f"{MASTER}/exports/notes.md": "# Notes\n\nNothing in here is about anybody.\n",
        f"{MASTER}/exports/empty": "",
        f"{MASTER}/logs/2024/app.log": "".join(f"2024-01-01 started {i}\n" for i in range(200)),
        f"{MASTER}/logs/2025/app.log": "2025-01-01 started\n",
        f"{MEMBER}/backups/people.csv": "name,ssn\nMary Johnson,509-74-2893\n",
    }
    for name, text in files.items():
        path = tmp_path / "estate" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "estate"


@pytest.fixture
def make_service(tmp_path, estate):
    """Makes services over the estate; all of them end with the test."""
    if not ASSAY.exists():
        pytest.fail(f"{ASSAY} is not there: run make build, or set ASSAY_BIN")
    with contextlib.ExitStack() as stack:
        def make(*init_arguments, name="service", **keywords):
            service = Service(tmp_path / name, tmp_path / "home", "--directory", f"{MASTER}={estate / MASTER}",
                              "--directory", f"{MEMBER}={estate / MEMBER}", *init_arguments, **keywords)
            stack.callback(lambda: service.process and service.process.kill())
            return service
        yield make


@pytest.fixture
def service(make_service):
    """A running service with the member integrated."""
    service = make_service().start()
    service.run("accounts add", MEMBER)
    return service
