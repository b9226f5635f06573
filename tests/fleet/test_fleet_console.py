"""The console's Fleet page in a real browser, over a real fleet."""
import os
import subprocess
from pathlib import Path

from fleet_harness import MASTER, wait_until
from network_turns import my_turn

CONSOLE = Path(__file__).resolve().parents[2] / "console"


def test_the_fleet_page(make_nats, make_fleet, directory_account):
    assert (CONSOLE / "node_modules/.bin/playwright").exists(), "run make setup-test"
    arguments, _ = directory_account({"a": 50})
    nats = make_nats()
    fleet = make_fleet(nats, *arguments)
    serve = fleet.serve()
    fleet.worker()
    wait_until("the worker", lambda: serve.json("queue status")["workers"], 30)
    nats.send(f"assay.pages.{MASTER}", "hello")
    wait_until("the dead letter", lambda: serve.json("queue status")["deadLetters"] == 1, 30)
    with my_turn():
        run = subprocess.run(
            ["npx", "--no-install", "playwright", "test", "fleet.ts", "--output", str(fleet.folder / "playwright")],
            cwd=CONSOLE, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
            env={**os.environ, "ASSAY_SPECS": "fleet.ts", "ASSAY_ADDRESS": serve.url,
                 "ASSAY_USER": serve.access["console_user"], "ASSAY_PASSWORD": serve.access["console_password"]})
    assert run.returncode == 0, run.stdout[-12000:]
