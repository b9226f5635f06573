"""The web console in a real browser, against a real service over the demo estate.

The tests themselves are console/e2e/*.spec.ts; each file gets a service of its own and is run with
Playwright in Debian's Chromium.
"""
import os
import shutil

import pytest

from console_service import CONSOLE, ConsoleService

SPECS = sorted(path.name for path in (CONSOLE / "e2e").glob("*.spec.ts"))
START_EMPTY = {"seed.spec.ts", "many.spec.ts"}  # these integrate and select by themselves
SERVE_ARGUMENTS = {"retry.spec.ts": ("--comparison-interval", "1s")}


def test_there_are_specs():
    assert START_EMPTY <= set(SPECS) and len(SPECS) >= 3


@pytest.mark.parametrize("spec", SPECS)
def test_console(spec, tmp_path):
    assert (CONSOLE / "node_modules/.bin/playwright").exists(), "run make setup-test"
    assert os.environ.get("CHROMIUM") or shutil.which("chromium"), "chromium is missing: run make setup-test"
    with ConsoleService(tmp_path, *SERVE_ARGUMENTS.get(spec, ())) as service:
        if spec not in START_EMPTY:
            service.classify_everything()
        run = service.playwright(spec, "--output", str(tmp_path / "playwright"))
    assert run.returncode == 0, run.stdout[-12000:]
