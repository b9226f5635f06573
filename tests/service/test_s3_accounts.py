"""Accounts of kind s3: S3 servers of other people, reached with keys that `init` sealed."""
import email.utils
import json
import os
import signal

import boto3
import botocore.config
import pytest

from peer_servers import s3_servers
from service_harness import MASTER, wait_until

new_bucket = s3_servers.new_bucket
PERSON = b"Employee Mary Johnson, social security number 512-44-7731\n"
MB = 1024 * 1024
ODD_KEYS = [
    "plain.txt", "with space", "plus+sign", "100%", "%41 is not A", "caf\u00e9/\u30c6\u30b9\u30c8/\U0001f600",
    "quote\"'&<>;", "semi;colon:and,comma=equals", "question?mark#hash", "$dollar@at!*[x]{y}|~^`",
    "deep/" + "d/" * 60 + "x",
]  # fmt: skip


@pytest.fixture(params=["versitygw", "moto"])
def server(request, running, clean_environment):
    return running(request.param)


@pytest.fixture
def s3_moto(running, clean_environment):
    return running("moto")


def put(server, bucket, key, body=PERSON, **more):
    server.client().put_object(Bucket=bucket, Key=key, Body=body, **more)


def outcomes(service):
    return {key: (record["outcome"], record.get("reason", "")) for (_, _, key), record in service.objects().items()}


def processed(size):
    """Rule C3 for objects that can be read at once, written down once more."""
    return max(1024, min(size, 20 * MB))


def test_keys_of_the_store_are_sealed(server, make_s3_service):
    """The keys come from the environment of `init` alone; no file of the service shows the secret."""
    service = make_s3_service(server).start()
    bucket = new_bucket(server)
    put(server, bucket, "a")
    service.select(bucket)
    service.idle()
    assert outcomes(service) == {"a": ("classified", "")}
    for path in service.directory.rglob("*"):
        if path.is_file():
            assert server.secret_key.encode() not in path.read_bytes(), path


def test_a1_wrong_keys_are_told_and_can_be_changed(running, make_any_service, clean_environment):
    """Against versitygw; moto takes any keys."""
    server = running("versitygw")
    service = make_any_service("--s3", f"{MASTER}={server.url}", store_keys=("wrong", "keys")).start()
    assert service.json("status")["enabled"] is False
    told = service.run("enable", code=1).stderr
    assert MASTER in told and server.secret_key not in told
    service.run("accounts keys", MASTER, input=f"{server.access_key}\n{server.secret_key}\n")
    service.process.send_signal(signal.SIGHUP)
    wait_until("the reload", lambda: service.run("enable", code=None).returncode == 0)
    assert service.json("status")["enabled"] is True


def test_r3_r4_c1_classify_all_with_odd_keys_and_large_objects(server, make_s3_service):
    bucket = new_bucket(server)
    for key in ODD_KEYS:
        put(server, bucket, key)
    put(server, bucket, "empty", b"")
    # What is behind 20 MB is not read: the number there is not found.
    put(server, bucket, "large.txt", PERSON + b"x" * (20 * MB) + b"\n" + PERSON.replace(b"512-44", b"509-74"))
    service = make_s3_service(server).start()
    service.select(bucket)
    service.select(bucket, "deep/")
    service.idle()
    found = service.objects()
    assert {key for _, _, key in found} == {*ODD_KEYS, "empty", "large.txt"}
    assert set(outcomes(service).values()) == {("classified", "")}
    for key in ODD_KEYS:
        record = found[MASTER, bucket, key]
        assert "ssn" in record["pii_types"] and record["status"] == "COMPLETE", key
    large = found[MASTER, bucket, "large.txt"]
    assert large["status"] == "PARTIAL" and large["bytes_classified"] == 20 * MB
    assert large["filesystem_metadata"]["size"] == 20 * MB + 2 * len(PERSON) + 1
    (numbers,) = [group for group in large["detections"] if group["id"] == "US_SOCIAL_SECURITY_NUMBER"]
    assert numbers["count"] == 1
    assert service.charged() == sum(processed(r["filesystem_metadata"]["size"]) for r in found.values())


def test_r4_o2_continuous_by_comparing_listings(server, make_s3_service):
    """New, overwritten and deleted objects; each version is charged once, and a deletion gives nothing back."""
    bucket = new_bucket(server)
    put(server, bucket, "kept", b"nothing of interest\n")
    put(server, bucket, "changing", b"nothing of interest\n")
    put(server, bucket, "leaving", b"nothing of interest\n")
    service = make_s3_service(server).start("--comparison-interval", "1s")
    service.select(bucket)
    service.idle()
    assert len(service.objects()) == 3 and service.charged() == 3 * 1024
    kept = service.objects()[MASTER, bucket, "kept"]
    put(server, bucket, "new object")
    put(server, bucket, "changing")
    server.client().delete_object(Bucket=bucket, Key="leaving")

    def right():
        found = service.objects()
        return (set(found) == {(MASTER, bucket, key) for key in ("kept", "changing", "new object")}
                and all("ssn" in found[MASTER, bucket, key].get("pii_types", []) for key in ("changing", "new object")))

    wait_until("the new, the changed and the deleted object", right)
    assert service.objects()[MASTER, bucket, "kept"] == kept
    assert service.charged() == 5 * 1024


def test_r4_not_what_was_there_before(server, make_s3_service):
    """S3 servers tell times to the second: an object of the same second may count as new, an older one not."""
    bucket = new_bucket(server)
    put(server, bucket, "old")
    age = server.client().head_object(Bucket=bucket, Key="old")["LastModified"]
    wait_until("the next second but one", lambda: server_time(server) > age.timestamp() + 2)
    service = make_s3_service(server).start("--comparison-interval", "1s")
    service.select(bucket, one_time="NONE")
    put(server, bucket, "new")
    wait_until("the new object", lambda: outcomes(service).get("new"))
    assert outcomes(service) == {"new": ("classified", "")}


def server_time(server):
    headers = server.client().list_buckets()["ResponseMetadata"]["HTTPHeaders"]
    return email.utils.parsedate_to_datetime(headers["date"]).timestamp()


def test_c2_c3_c4_estimate_by_storage_class_and_archived_outcomes(s3_moto, make_s3_service):
    """moto alone of our peers has storage classes."""
    bucket = new_bucket(s3_moto)
    sizes = {"STANDARD": 5000, "GLACIER": 7000, "DEEP_ARCHIVE": 9000, "GLACIER_IR": 11000, "STANDARD_IA": 100}
    for storage_class, size in sizes.items():
        put(s3_moto, bucket, storage_class, b"x" * size, StorageClass=storage_class)
    put(s3_moto, bucket, "large", b"x" * (20 * MB + 1), StorageClass="GLACIER_IR")
    service = make_s3_service(s3_moto).start()
    (row,) = service.json("estimate", bucket)["buckets"]
    assert row["total_size"] == sum(sizes.values()) + 20 * MB + 1
    assert row["total_processed"] == 5000 + 11000 + 1024 + 20 * MB
    assert row["total_cost_estimate"] == pytest.approx(0.10)
    service.select(bucket)
    service.idle()
    archived = ("skipped", "archived")
    assert outcomes(service) == {"STANDARD": ("classified", ""), "GLACIER": archived, "DEEP_ARCHIVE": archived,
                                 "GLACIER_IR": ("classified", ""), "STANDARD_IA": ("classified", ""),
                                 "large": ("classified", "")}  # fmt: skip
    assert service.charged() == row["total_processed"]  # nothing for the archived
    record = service.objects()[MASTER, bucket, "GLACIER"]
    assert record["filesystem_metadata"]["storage_class"] == "GLACIER"


def test_e1_sse_s3_is_read(s3_moto, make_s3_service):
    """moto says that it encrypted; versitygw and s3rver know nothing of server-side encryption."""
    bucket = new_bucket(s3_moto)
    put(s3_moto, bucket, "encrypted", ServerSideEncryption="AES256")
    service = make_s3_service(s3_moto).start()
    service.select(bucket)
    service.idle()
    record = service.objects()[MASTER, bucket, "encrypted"]
    assert record["outcome"] == "classified" and "ssn" in record["pii_types"]
    assert record["filesystem_metadata"]["server_encryption"] == "AES256"


# What the S3 Encryption Clients put beside what they encrypted: version 1, versions 2 and 3.
ENVELOPES = {
    "v1": {"x-amz-key": "d3JhcHBlZA==", "x-amz-iv": "aXY=", "x-amz-matdesc": "{}"},
    "v2": {"x-amz-key-v2": "d3JhcHBlZA==", "x-amz-iv": "aXY=",
           "x-amz-matdesc": '{"aws:x-amz-cek-alg":"AES/GCM/NoPadding"}',
           "x-amz-cek-alg": "AES/GCM/NoPadding", "x-amz-wrap-alg": "kms+context", "x-amz-tag-len": "128"},
}  # fmt: skip


def test_e3_client_side_encryption_is_seen_and_not_classified(server, make_s3_service):
    bucket = new_bucket(server)
    for version, envelope in ENVELOPES.items():
        put(server, bucket, version, os.urandom(2000), Metadata=envelope)
    put(server, bucket, "beside", os.urandom(2000))
    put(server, bucket, "beside.instruction", json.dumps(ENVELOPES["v2"]).encode(),
        Metadata={"x-amz-crypto-instr-file": ""})
    put(server, bucket, "unmarked", os.urandom(2000))
    put(server, bucket, "unmarked.instruction", json.dumps(ENVELOPES["v1"]).encode())
    put(server, bucket, "manual")
    put(server, bucket, "manual.instruction", b"Open the box, then phone Mary Johnson.\n")
    put(server, bucket, "plain", Metadata={"x-team": "hr"})
    service = make_s3_service(server).start()
    service.select(bucket)
    service.idle()
    got = outcomes(service)
    for key in ("v1", "v2", "beside", "unmarked"):
        assert got[key] == ("skipped", "client-side-encrypted"), key
        assert service.objects()[MASTER, bucket, key]["filesystem_metadata"]["size"] == 2000
    assert got["manual"] == got["plain"] == ("classified", "")
    # Nothing is charged for what was not classified.
    classified = [record for record in service.objects().values() if record["outcome"] == "classified"]
    assert service.charged() == sum(processed(record["filesystem_metadata"]["size"]) for record in classified)


def test_e4_sse_c_has_its_own_reason(running, make_s3_service, proxy):
    """No peer of ours keeps SSE-C: the proxy answers as S3 does (GetObject and HeadObject without the customer's
    key: 400 InvalidRequest, "The object was stored using a form of Server Side Encryption ...").
    """
    server = running("versitygw")
    bucket = new_bucket(server)
    put(server, bucket, "locked")
    put(server, bucket, "open")
    refusal = {"status": 400, "headers": {"Content-Type": "application/xml"}, "body": (
        b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>InvalidRequest</Code><Message>The object was stored "
        b"using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."
        b"</Message><RequestId>1</RequestId></Error>")}
    proxy.take = lambda method, path, headers: refusal if path.split("?")[0].endswith("/locked") else {}
    service = make_s3_service(server, url=proxy.url).start()
    service.select(bucket)
    service.idle()
    assert outcomes(service) == {"locked": ("skipped", "customer-key-encrypted"), "open": ("classified", "")}
    assert service.charged() == 1024


def test_r2_two_regions(s3_moto, make_any_service):
    """Buckets can only be chosen, and are only listed, in their own region."""
    def client(region):
        return boto3.client("s3", endpoint_url=s3_moto.url, region_name=region, aws_access_key_id="testkey",
                            aws_secret_access_key="testsecret",
                            config=botocore.config.Config(s3={"addressing_style": "path"}))

    near = new_bucket(s3_moto)
    far = near + "-far"
    client("eu-west-1").create_bucket(Bucket=far, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for region, bucket in (("us-east-1", near), ("eu-west-1", far)):
        client(region).put_object(Bucket=bucket, Key="x", Body=PERSON)
    service = make_any_service("--s3", f"{MASTER}={s3_moto.url}", store_keys=("testkey", "testsecret"))
    toml = service.directory / "assay.toml"
    toml.write_text(toml.read_text().replace('# regions = ""', 'regions = ["us-east-1", "eu-west-1"]'))
    service.start()
    for region, mine, other in (("us-east-1", near, far), ("eu-west-1", far, near)):
        kind = {"oneTime": "FULL", "continuous": "FULL"}
        answer = service.macie(region).associate_s3_resources(
            s3Resources=[{"bucketName": bucket, "classificationType": kind} for bucket in (other, mine)])
        (failed,) = answer["failedS3Resources"]
        assert failed["failedItem"]["bucketName"] == other
        assert {"us-east-1", "eu-west-1"} - {region} <= set(failed["errorMessage"].replace(",", " ").split())
    for region, mine in (("us-east-1", near), ("eu-west-1", far)):
        assert [item["bucketName"] for item in service.macie(region).list_s3_resources()["s3Resources"]] == [mine]
    service.idle()
    assert {(bucket, key) for _, bucket, key in service.objects()} == {(near, "x"), (far, "x")}
