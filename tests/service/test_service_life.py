"""Starting, stopping, dying and settings of the service."""
import signal
import subprocess

import pytest
import requests

from service_harness import ASSAY, MASTER, wait_until


@pytest.mark.sqlite_only
def test_init_shows_credentials_once_and_refuses_to_overwrite(make_service):
    service = make_service()
    assert set(service.access) >= {"access_key_id", "secret_access_key", "console_user", "console_password"}
    assert oct((service.directory / "assay.key").stat().st_mode & 0o777) == "0o600"
    assert service.access["secret_access_key"].encode() not in (service.directory / "assay.db").read_bytes()
    again = service.run("init", "--master-account", MASTER, code=1)
    assert "there already" in again.stderr


def test_health_and_metrics_need_no_signature(service):
    assert requests.get(service.url + "/healthz", timeout=10).status_code == 200
    assert requests.get(service.url + "/readyz", timeout=10).status_code == 200
    metrics = requests.get(service.url + "/metrics", timeout=10).text
    assert "assay_objects_total" in metrics and "assay_quota_bytes" in metrics
    values = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if not line.startswith("#"))
    for transaction in ("read", "write"):
        label = f'transaction="{transaction}"'
        count = int(values[f"assay_database_seconds_count{{{label}}}"])
        within = [int(value) for name, value in values.items()
                  if name.startswith(f"assay_database_seconds_bucket{{{label},")]
        assert count > 0 and within == sorted(within) and within[-1] == count
        assert float(values[f"assay_database_seconds_sum{{{label}}}"]) > 0


def test_sigterm_drains_and_says_it_was_clean(make_service):
    service = make_service().start()
    assert service.stop() == 0
    service.start()
    assert service.json("status")["lastStopWasClean"] is True


@pytest.mark.fleet
@pytest.mark.both_stores
def test_kill_dash_9_is_told_and_harmless(make_service):
    service = make_service().start()
    service.macie().associate_s3_resources(s3Resources=[
        {"bucketName": "exports", "classificationType": {"oneTime": "FULL", "continuous": "FULL"}}])
    service.stop(signal.SIGKILL)
    service.start()
    assert service.json("status")["lastStopWasClean"] is False
    service.idle()
    assert len(service.objects()) == 3


def test_a_second_service_is_kept_out(service):
    second = subprocess.run([str(ASSAY), "serve", "--dir", str(service.directory)], capture_output=True, text=True,
                            timeout=60, env=service.environment)
    assert second.returncode == 1 and "already runs" in second.stderr


@pytest.mark.sqlite_only
def test_config_mistakes_are_explained_with_their_line(make_service):
    service = make_service()
    toml = service.directory / "assay.toml"
    good = toml.read_text()
    toml.write_text(good.replace("[inventory]\n", "[inventory]\nprice_per_gigabyte = 5\n"))
    line = toml.read_text().splitlines().index("price_per_gigabyte = 5") + 1
    told = service.run("config check", code=1).stderr
    assert f"assay.toml:{line}: " in told and "'inventory.price_per_gb'" in told
    assert service.run("serve", code=1).stderr.startswith("assay: ")
    toml.write_text(good)
    assert "No mistakes" in service.run("config check").stdout


@pytest.mark.sqlite_only
def test_a_folder_that_is_not_there_is_found_by_the_check_and_does_not_keep_the_service_from_starting(
        make_service, estate):
    service = make_service().start()
    assert service.stop() == 0
    (estate / MASTER).rename(estate / "unmounted")
    told = service.run("config check", code=1).stderr
    lines = (service.directory / "assay.toml").read_text().splitlines()
    line = lines.index(f'directory = "{estate / MASTER}"') + 1
    assert told.startswith(f"assay.toml:{line}: ") and str(estate / MASTER) in told
    service.start()
    (estate / "unmounted").rename(estate / MASTER)
    service.select("exports")
    assert service.idle().objects()


def test_sighup_reloads_and_keeps_serving(service):
    service.process.send_signal(signal.SIGHUP)
    wait_until("the reload to be told", lambda: "reload" in (service.directory / "serve.log").read_text())
    assert service.json("status")["enabled"] is True


def test_the_audit_log_tells_who_did_what(service):
    entries = service.json("audit")["entries"]
    assert any(entry["action"] == "AssociateMemberAccount" and entry["result"] == "ok" for entry in entries)
