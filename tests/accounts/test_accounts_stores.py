"""Accounts without AWS: a folder, and a store with keys and nothing else."""

from accounts_helpers import new_account


def test_directory_accounts(tmp_path, bare_service):
    service, member = bare_service, new_account()
    for name in ("estate/data", "other/mail"):
        (tmp_path / name).mkdir(parents=True)
    service.connections = [
        {"account_id": service.master, "kind": "directory", "directory": str(tmp_path / "estate")},
        {"account_id": member, "kind": "directory", "directory": str(tmp_path / "other")},
    ]
    service.ok("enable")
    assert service.associate(member)[member]["ok"]
    assert service.ok("buckets", member).split() == ["mail"]
    assert service.ok("region", member, "mail").strip() == service.region
    assert service.fails("region", member, "nothing").startswith("not-found")
    row = service.accounts()[member]
    assert (row["handshake"], row["service_role"]) == ("", "")


def test_a_folder_that_is_not_there(tmp_path, bare_service):
    service, member = bare_service, new_account()
    (tmp_path / "estate").mkdir()
    service.connections = [
        {"account_id": service.master, "kind": "directory", "directory": str(tmp_path / "estate")},
        {"account_id": member, "kind": "directory", "directory": str(tmp_path / "missing")},
    ]
    service.ok("enable")
    result = service.associate(member)[member]
    assert result["code"] == "not-found" and member in result["message"]
    assert "folder" in result["remedy"]


def s3_connection(moto, account, **more):
    key, secret = moto.user_keys(account)
    return {
        "account_id": account,
        "kind": "s3",
        "service_endpoint_urls": {"s3": moto.url},
        "access_key_id": key,
        "secret_access_key": secret,
        **more,
    }


def test_s3_accounts(moto, bare_service):
    service, member = bare_service, new_account()
    service.connections = [s3_connection(moto, service.master), s3_connection(moto, member)]
    moto.client("s3", member).create_bucket(Bucket=f"only-{member}")
    service.ok("enable")
    assert service.associate(member)[member]["ok"]
    assert service.ok("buckets", member).split() == [f"only-{member}"]
    assert service.ok("buckets", service.master) == ""
    assert service.ok("region", member, f"only-{member}").strip() == "us-east-1"


def test_s3_accounts_that_do_not_answer(moto, bare_service):
    service, member = bare_service, new_account()
    there = s3_connection(moto, member)
    there["service_endpoint_urls"] = {"s3": "http://127.0.0.1:9"}
    service.environment["AWS_MAX_ATTEMPTS"] = "2"
    service.connections = [s3_connection(moto, service.master), there]
    service.ok("enable")
    result = service.associate(member)[member]
    assert result["code"] == "unavailable" and "endpoint" in result["remedy"]


def test_the_rate_limit_of_a_store(moto, bare_service):
    service = bare_service
    service.connections = [s3_connection(moto, service.master, max_requests_per_second=5)]
    service.ok("enable")
    # Five a second for two seconds, and the one that was on its way.
    assert 8 <= int(service.ok("rate", service.master, 2)) <= 12
