"""Snapshots by listing and from S3 Inventory reports."""

import csv
import datetime
import gzip
import hashlib
import io
import json
import time
import uuid

import pytest
from s3_servers import FaultProxy, new_bucket

FIELDS = ["Size", "LastModifiedDate", "StorageClass", "EncryptionStatus"]


def fill(server, bucket, keys):
    client = server.client()
    for number, key in enumerate(keys):
        client.put_object(Bucket=bucket, Key=key, Body=b"x" * (number * 100))
    return sum(number * 100 for number in range(len(keys))), sum(max(number * 100, 1024) for number in range(len(keys)))


@pytest.mark.parametrize("name", ["moto", "versitygw"])
@pytest.mark.parametrize("parallel", [1, 4])
def test_listing_adds_up_the_bucket(tool, running, name, parallel):
    server = running(name)
    bucket = new_bucket(server)
    keys = [f"top-{i}" for i in range(5)] + [f"p{i % 7}/a/{i:03}" for i in range(40)] + ["p3/a & ü", "z"]
    size, processed = fill(server, bucket, keys)
    snapshot = tool.json(server, "listing", bucket, parallel)[0]
    assert (snapshot["objects"], snapshot["total_size"], snapshot["total_processed"]) == (len(keys), size, processed)


def test_storage_classes_and_default_encryption(tool, moto):
    bucket = new_bucket(moto)
    client = moto.client()
    for key, storage_class in [("a", "STANDARD"), ("b", "GLACIER"), ("c", "GLACIER_IR"), ("d", "DEEP_ARCHIVE")]:
        client.put_object(Bucket=bucket, Key=key, Body=b"x" * 5000, StorageClass=storage_class)
    client.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    snapshot = tool.json(moto, "snapshot", bucket, 0)[0]
    assert snapshot["total_size"] == 20000
    assert snapshot["total_processed"] == 10000
    assert snapshot["by_storage_class"]["GLACIER_IR"] == [1, 5000]
    assert snapshot["by_encryption"] == {"default:AES256": [4, 20000]}
    assert snapshot["source"] == "listing"


def test_buckets_of_a_region(tool, moto):
    here = new_bucket(moto)
    there = "elsewhere-" + uuid.uuid4().hex[:8]
    moto.client().create_bucket(Bucket=there, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    tool.json(moto, "snapshot", here, 0)
    listed = {line.split("\t")[0]: line.split("\t")[1:] for line in tool.ok(moto, "buckets", "us-east-1").splitlines()}
    assert listed[here] == ["us-east-1", "1"]
    assert there not in listed
    assert there in tool.ok(moto, "buckets", "eu-west-1")
    assert list(listed) == sorted(listed)


def test_estimate_names_each_bucket_once(tool, moto):
    one, two = new_bucket(moto), new_bucket(moto)
    fill(moto, one, ["a", "b"])
    estimates = tool.json(moto, "estimate", two, one, one)
    assert [(e["bucket"], e["objects"]) for e in estimates] == sorted([(one, 2), (two, 0)])


def test_a_store_that_fails_now_and_then(tool, versitygw):
    bucket = new_bucket(versitygw)
    fill(versitygw, bucket, [f"p{i % 5}/{i}" for i in range(30)])
    proxy = FaultProxy(versitygw.port)
    try:
        assert tool.json(versitygw, "listing", bucket, 4, url=proxy.url)[0]["objects"] == 30
    finally:
        proxy.close()


class Report:
    """An S3 Inventory report of a bucket, as Amazon S3 would deliver it."""

    def __init__(self, server, source, rows, age_hours=1.0, **changes):
        self.client = server.client()
        self.source, self.destination = source, new_bucket(server)
        configuration = {
            "Id": "daily",
            "IsEnabled": True,
            "IncludedObjectVersions": "Current",
            "Schedule": {"Frequency": "Daily"},
            "OptionalFields": FIELDS,
            "Destination": {"S3BucketDestination": {"Bucket": f"arn:aws:s3:::{self.destination}", "Format": "CSV",
                                                    "Prefix": "inventories"}},
        }  # fmt: skip
        self.client.put_bucket_inventory_configuration(Bucket=source, Id="daily", InventoryConfiguration=configuration)
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([source, *row] for row in rows)
        body = gzip.compress(text.getvalue().encode())
        base = f"inventories/{source}/daily"
        self.client.put_object(Bucket=self.destination, Key=f"{base}/data/1.csv.gz", Body=body)
        created = time.time() - age_hours * 3600
        manifest = {
            "sourceBucket": source,
            "destinationBucket": f"arn:aws:s3:::{self.destination}",
            "version": "2016-11-30",
            "creationTimestamp": str(int(created * 1000)),
            "fileFormat": "CSV",
            "fileSchema": ", ".join(["Bucket", "Key", *FIELDS]),
            "files": [{"key": f"{base}/data/1.csv.gz", "size": len(body),
                       "MD5checksum": hashlib.md5(body).hexdigest()}],
        } | changes  # fmt: skip
        folder = datetime.datetime.fromtimestamp(created, datetime.timezone.utc).strftime("%Y-%m-%dT%H-%MZ")
        self.client.put_object(Bucket=self.destination, Key=f"{base}/{folder}/manifest.json", Body=json.dumps(manifest))


ROWS = [
    ["a%20b", 500, "2026-01-02T03:04:05.000Z", "STANDARD", "SSE-S3"],
    ["c", 30 << 20, "2026-01-03T00:00:00.000Z", "STANDARD", "SSE-KMS"],
    ["d", 7000, "2026-01-01T00:00:00.000Z", "GLACIER", "NOT-SSE"],
]


def test_a_fresh_report_is_used(tool, moto):
    bucket = new_bucket(moto)
    Report(moto, bucket, ROWS)
    snapshot = tool.json(moto, "snapshot", bucket, 0)[0]
    assert snapshot["source"] == "inventory"
    assert snapshot["objects"] == 3
    assert snapshot["total_size"] == 500 + (30 << 20) + 7000
    assert snapshot["total_processed"] == 1024 + (20 << 20)
    assert snapshot["by_encryption"] == {"AES256": [1, 500], "aws:kms": [1, 30 << 20], "none": [1, 7000]}
    assert snapshot["newest_modified_ms"] == 1767398400000
    # The snapshot is as old as the report.
    assert 0.9 < time.time() - snapshot["taken_at_ms"] / 1000 - 2700 < 1800


@pytest.mark.parametrize(
    "case",
    [{"age_hours": 49}, {"fileFormat": "Parquet"}, {"sourceBucket": "another"},
     {"fileSchema": "Bucket, Key, Size, LastModifiedDate, StorageClass"},
     {"files": [{"key": "missing", "size": 1}]}, {"files": 1}],
)  # fmt: skip
def test_a_report_that_will_not_do_leads_to_a_listing(tool, moto, case):
    bucket = new_bucket(moto)
    moto.client().put_object(Bucket=bucket, Key="only", Body=b"12345")
    Report(moto, bucket, ROWS, **case)
    snapshot = tool.json(moto, "snapshot", bucket, 0)[0]
    assert (snapshot["source"], snapshot["objects"], snapshot["total_size"]) == ("listing", 1, 5)


def test_a_damaged_report_leads_to_a_listing(tool, moto):
    bucket = new_bucket(moto)
    report = Report(moto, bucket, ROWS)
    key = f"inventories/{bucket}/daily/data/1.csv.gz"
    body = bytearray(report.client.get_object(Bucket=report.destination, Key=key)["Body"].read())
    body[len(body) // 2] ^= 1
    report.client.put_object(Bucket=report.destination, Key=key, Body=bytes(body))
    assert tool.json(moto, "snapshot", bucket, 0)[0]["source"] == "listing"
