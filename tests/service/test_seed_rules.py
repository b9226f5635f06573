"""The integration rules, by number, on the embedded default: accounts are folders, buckets their entries."""
import json
import os
import time

import pytest
from botocore.exceptions import ClientError

from service_harness import MASTER, MEMBER, OTHER, wait_until

FULL = {"oneTime": "FULL", "continuous": "FULL"}
NEW_ONLY = {"oneTime": "NONE", "continuous": "FULL"}


def resource(bucket, prefix=None, kind=FULL):
    return {"bucketName": bucket, "classificationType": kind, **({"prefix": prefix} if prefix else {})}


def error_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response


def test_a1_the_master_is_in_the_list_of_accounts(make_service):
    service = make_service().start()
    accounts = service.macie().list_member_accounts()["memberAccounts"]
    assert accounts == [{"accountId": MASTER}]


def test_a3_each_of_many_accounts_succeeds_or_fails_on_its_own(make_service):
    service = make_service().start()
    done = service.run("accounts add", f"{MEMBER},{OTHER}", "--format", "json", code=1)
    results = {result["accountId"]: result for result in json.loads(done.stdout)["results"]}
    assert results[MEMBER]["ok"] and not results[OTHER]["ok"]
    assert OTHER in results[OTHER]["message"] and results[OTHER]["remedy"]


def test_a3_a_refusal_tells_the_reason_and_then_the_remedy(service):
    with pytest.raises(ClientError) as refused:
        service.macie().associate_member_account(memberAccountId=OTHER)
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidInputException"
    assert OTHER in error["Message"] and "; give the service credentials of the master account" in error["Message"]


@pytest.mark.both_stores
def test_a5_a6_disabling_needs_two_acknowledgements_and_ends_everything(service, estate):
    service.macie().associate_s3_resources(s3Resources=[resource("exports")])
    service.idle()
    assert service.objects()
    for half in ([], ["--access-ends"], ["--data-is-deleted"]):
        service.run("disable", *half, code=1)
    assert service.objects()
    before = sorted(path.read_bytes() for path in estate.rglob("*") if path.is_file())
    service.run("disable", "--access-ends", "--data-is-deleted")
    assert service.json("status")["enabled"] is False
    assert not service.objects()
    assert sorted(path.read_bytes() for path in estate.rglob("*") if path.is_file()) == before
    service.run("enable")
    states = {a["accountId"]: a["state"] for a in service.json("accounts list")["accounts"]}
    assert states[MASTER] == "integrated" and states.get(MEMBER) != "integrated"
    assert service.macie().list_s3_resources()["s3Resources"] == []
    service.run("accounts add", MEMBER)
    assert {a["accountId"] for a in service.macie().list_member_accounts()["memberAccounts"]} == {MASTER, MEMBER}


@pytest.mark.both_stores
def test_r1_the_251st_resource_is_refused_and_nothing_else_is_lost(service):
    prefixes = [resource("exports", f"p{i:03}/", NEW_ONLY) for i in range(250)]
    assert service.macie().associate_s3_resources(s3Resources=prefixes[:249]).get("failedS3Resources", []) == []
    answer = service.macie().associate_s3_resources(
        s3Resources=[prefixes[249], resource("logs", "one-too-many/", NEW_ONLY)])
    failed = answer["failedS3Resources"]
    assert [item["failedItem"]["prefix"] for item in failed] == ["one-too-many/"]
    assert len(failed[0]["errorCode"]) <= 10 and "250" in failed[0]["errorMessage"]
    pages = service.macie().get_paginator("list_s3_resources").paginate(PaginationConfig={"PageSize": 100})
    listed = [item for page in pages for item in page["s3Resources"]]
    assert len(listed) == 250 and prefixes[249]["prefix"] in {item.get("prefix") for item in listed}


def test_r2_only_buckets_of_the_region_of_the_request(make_service):
    service = make_service().start("--regions", "eu-west-1")
    answer = service.macie(region="eu-west-1").associate_s3_resources(s3Resources=[resource("exports")])
    (failed,) = answer["failedS3Resources"]
    assert "us-east-1" in failed["errorMessage"]
    assert service.macie().list_s3_resources()["s3Resources"] == []


def test_r2_requests_for_a_region_that_is_not_enabled_are_refused(make_service):
    service = make_service().start("--regions", "eu-west-1")
    with pytest.raises(ClientError) as refused:
        service.macie(region="ap-south-1").list_s3_resources()
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidSignatureException"
    assert "valid region" in error["Message"] and "us-east-1, eu-west-1" in error["Message"]
    assert "'regions'" in error["Message"]  # where another is added
    assert service.macie(region="eu-west-1").list_s3_resources()["s3Resources"] == []
    assert "ap-south-1" in service.run("resources list", "--region", "ap-south-1", code=1).stderr


def test_r3_a_bucket_and_a_prefix_of_it_classify_each_object_once(service):
    service.macie().associate_s3_resources(s3Resources=[resource("logs"), resource("logs", "2024/")])
    service.idle()
    assert set(service.objects()) == {(MASTER, "logs", "2024/app.log"), (MASTER, "logs", "2025/app.log")}
    charged = {a["accountId"]: a["chargedBytes"] for a in service.json("accounts list")["accounts"]}[MASTER]
    sizes = [record["filesystem_metadata"]["size"] for record in service.objects().values()]
    assert charged == sum(max(1024, size) for size in sizes)


def test_r4_by_default_only_what_is_added_later(make_service, estate):
    service = make_service().start("--comparison-interval", "1s")
    service.macie().associate_s3_resources(s3Resources=[resource("exports", kind=NEW_ONLY)])
    time.sleep(1.1)  # directories tell times of files only so exactly
    (estate / MASTER / "exports" / "later.txt").write_text("Mary Johnson, social security number 318-62-7740\n")
    wait_until("the new object", service.objects)
    assert set(service.objects()) == {(MASTER, "exports", "later.txt")}
    assert service.macie().list_s3_resources()["s3Resources"] == [resource("exports", kind=NEW_ONLY)]


def test_r4_classify_all_takes_what_is_there_too(service):
    service.macie().associate_s3_resources(memberAccountId=MEMBER, s3Resources=[resource("backups")])
    service.idle()
    (record,) = service.objects().values()
    assert record["outcome"] == "classified" and record["accountId"] == MEMBER
    assert "ssn" in record["pii_types"]


@pytest.mark.fleet
@pytest.mark.both_stores
def test_r5_at_the_quota_an_account_stops_and_goes_on_when_it_is_raised(service):
    service.run("accounts quota", MASTER, "2KB")
    service.macie().associate_s3_resources(s3Resources=[resource("exports")])
    service.macie().associate_s3_resources(memberAccountId=MEMBER, s3Resources=[resource("backups")])
    wait_until("the walk to stop at the quota",
               lambda: "quota-reached" in {walk["state"] for walk in service.json("status")["walks"]})
    wait_until("the other account", lambda: (MEMBER, "backups", "people.csv") in service.objects())
    charged = {a["accountId"]: a["chargedBytes"] for a in service.json("accounts list")["accounts"]}
    assert charged[MASTER] <= 2048
    service.run("accounts quota", MASTER, "3TB")
    service.idle()
    assert len([key for key in service.objects() if key[0] == MASTER]) == 3


def test_r6_removing_a_resource_ends_its_monitoring_and_keeps_what_is_known(make_service, estate):
    service = make_service().start("--comparison-interval", "1s")
    service.macie().associate_s3_resources(s3Resources=[resource("exports")])
    service.idle()
    known = set(service.objects())
    answer = service.macie().disassociate_s3_resources(associatedS3Resources=[{"bucketName": "exports"}])
    assert answer.get("failedS3Resources", []) == []
    (estate / MASTER / "exports" / "unseen.txt").write_text("later\n")
    time.sleep(3)
    assert set(service.objects()) == known and len(known) == 3


def test_c2_c3_c4_estimates(service, estate):
    bucket = estate / MASTER / "sizes"
    bucket.mkdir()
    (bucket / "empty").write_bytes(b"")
    (bucket / "small").write_bytes(b"x" * 1023)
    (bucket / "kilobyte").write_bytes(b"x" * 1024)
    (bucket / "large").write_bytes(b"x" * (20 * 1024 * 1024 + 1))
    (row,) = service.json("estimate", "sizes")["buckets"]
    assert row["total_size"] == 1023 + 1024 + 20 * 1024 * 1024 + 1
    assert row["total_processed"] == 3 * 1024 + 20 * 1024 * 1024
    assert row["total_cost_estimate"] == pytest.approx(0.10)  # 20 MB and 3 KB of a GB at 5 dollars
    assert row["snapshot_time"]


def test_c5_a_snapshot_serves_for_48_hours_unless_a_fresh_one_is_asked_for(service, estate):
    before = service.json("estimate", "exports")["buckets"][0]
    (estate / MASTER / "exports" / "more").write_bytes(b"x" * 5000)
    assert service.json("estimate", "exports")["buckets"][0] == before
    fresh = service.json("estimate", "exports", "--fresh")["buckets"][0]
    assert fresh["total_size"] == before["total_size"] + 5000


def test_o2_a_changed_object_is_classified_again_and_charged_again(make_service, estate):
    service = make_service().start("--comparison-interval", "1s")
    service.macie().associate_s3_resources(s3Resources=[resource("logs", "2025/")])
    service.idle()
    path = estate / MASTER / "logs" / "2025" / "app.log"
    path.write_text("Mary Johnson, social security number 221-08-5519\n")
    key = (MASTER, "logs", "2025/app.log")
    wait_until("the new version", lambda: "ssn" in service.objects()[key].get("pii_types", []))

    def charged():
        return {a["accountId"]: a["chargedBytes"] for a in service.json("accounts list")["accounts"]}[MASTER]

    assert charged() == 2 * 1024
    path.unlink()
    wait_until("the deletion", lambda: not service.objects())
    assert charged() == 2 * 1024


@pytest.mark.both_stores
def test_o1_every_listed_object_has_exactly_one_outcome(service, estate):
    bucket = estate / MASTER / "exports"
    os.symlink("notes.md", bucket / "link")
    (bucket / "broken.zip").write_bytes(b"PK\x03\x04" + b"\0" * 40)
    service.macie().associate_s3_resources(s3Resources=[resource("exports")])
    service.idle()
    listed = {path.relative_to(bucket).as_posix() for path in bucket.rglob("*") if not path.is_dir()}
    outcomes = {key: record["outcome"] for (_, _, key), record in service.objects().items()}
    assert set(outcomes) == listed and outcomes["link"] == "skipped"
    assert all(outcome in ("classified", "skipped", "failed") for outcome in outcomes.values())


def test_requests_are_idempotent(service):
    for _ in range(2):
        # Signed in the same second they are equal to the byte: the client is asked to sign again.
        answer = service.macie(attempts=5).associate_s3_resources(s3Resources=[resource("logs")])
        assert answer.get("failedS3Resources", []) == []
    service.idle()
    assert len(service.macie().list_s3_resources()["s3Resources"]) == 1


def test_update_turns_classify_all_on(service):
    service.macie().associate_s3_resources(s3Resources=[resource("logs", kind=NEW_ONLY)])
    assert not service.objects()
    answer = service.macie().update_s3_resources(
        s3ResourcesUpdate=[{"bucketName": "logs", "classificationTypeUpdate": {"oneTime": "FULL"}}])
    assert answer.get("failedS3Resources", []) == []
    service.idle()
    assert len(service.objects()) == 2


def test_items_that_cannot_be_done_say_what_to_do(service):
    answer = service.macie().associate_s3_resources(
        s3Resources=[resource("nowhere"), resource("logs"), resource("logs", "/absolute")])
    failed = {item["failedItem"]["bucketName"] + item["failedItem"].get("prefix", ""): item
              for item in answer["failedS3Resources"]}
    assert set(failed) == {"nowhere", "logs/absolute"}
    assert all(0 < len(item["errorCode"]) <= 10 and item["errorMessage"] for item in failed.values())
    assert len(service.macie().list_s3_resources()["s3Resources"]) == 1
