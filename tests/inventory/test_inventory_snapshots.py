"""Snapshots by listing and from S3 Inventory reports."""

import csv
import datetime
import gzip
import hashlib
import io
import json
import time
import uuid

import pyarrow
import pyarrow.orc
import pyarrow.parquet
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


def as_csv(rows):
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return "1.csv.gz", ", ".join(["Bucket", "Key", *FIELDS]), gzip.compress(text.getvalue().encode())


def as_table(rows):
    columns = list(zip(*rows)) or [[]] * 6
    times = [datetime.datetime.fromisoformat(time.replace("Z", "+00:00")) for time in columns[3]]
    return pyarrow.table(
        {
            "bucket": pyarrow.array(columns[0], pyarrow.string()),
            "key": pyarrow.array(columns[1], pyarrow.string()),
            "size": pyarrow.array(columns[2], pyarrow.int64()),
            "last_modified_date": pyarrow.array(times, pyarrow.timestamp("ms", tz="UTC")),
            "storage_class": pyarrow.array(columns[4], pyarrow.string()),
            "encryption_status": pyarrow.array(columns[5], pyarrow.string()),
        }
    )


def as_parquet(rows):
    out = io.BytesIO()
    pyarrow.parquet.write_table(as_table(rows), out)
    schema = (
        "message s3.inventory { required binary bucket (UTF8); required binary key (UTF8); optional int64 size;"
        " optional int64 last_modified_date (TIMESTAMP(MILLIS,true)); optional binary storage_class (UTF8);"
        " optional binary encryption_status (UTF8);}"
    )
    return "1.parquet", schema, out.getvalue()


def as_orc(rows):
    out = io.BytesIO()
    pyarrow.orc.write_table(as_table(rows), out)
    schema = (
        "struct<bucket:string,key:string,size:bigint,last_modified_date:timestamp,storage_class:string,"
        "encryption_status:string>"
    )
    return "1.orc", schema, out.getvalue()


ENCODERS = {"CSV": as_csv, "Parquet": as_parquet, "ORC": as_orc}


class Report:
    """An S3 Inventory report of a bucket, as Amazon S3 would deliver it."""

    def __init__(self, server, source, rows, age_hours=1.0, format="CSV", **changes):
        self.client = server.client()
        self.source, self.destination = source, new_bucket(server)
        configuration = {
            "Id": "daily",
            "IsEnabled": True,
            "IncludedObjectVersions": "Current",
            "Schedule": {"Frequency": "Daily"},
            "OptionalFields": FIELDS,
            "Destination": {"S3BucketDestination": {"Bucket": f"arn:aws:s3:::{self.destination}", "Format": format,
                                                    "Prefix": "inventories"}},
        }  # fmt: skip
        self.client.put_bucket_inventory_configuration(Bucket=source, Id="daily", InventoryConfiguration=configuration)
        name, schema, body = ENCODERS[format]([[source, *row] for row in rows])
        base = f"inventories/{source}/daily"
        self.data_key = f"{base}/data/{name}"
        self.client.put_object(Bucket=self.destination, Key=self.data_key, Body=body)
        created = time.time() - age_hours * 3600
        manifest = {
            "sourceBucket": source,
            "destinationBucket": f"arn:aws:s3:::{self.destination}",
            "version": "2016-11-30",
            "creationTimestamp": str(int(created * 1000)),
            "fileFormat": format,
            "fileSchema": schema,
            "files": [{"key": self.data_key, "size": len(body),
                       "MD5checksum": hashlib.md5(body).hexdigest()}],
        } | changes  # fmt: skip
        folder = datetime.datetime.fromtimestamp(created, datetime.timezone.utc).strftime("%Y-%m-%dT%H-%MZ")
        self.client.put_object(Bucket=self.destination, Key=f"{base}/{folder}/manifest.json", Body=json.dumps(manifest))


ROWS = [
    ["a%20b", 500, "2026-01-02T03:04:05.000Z", "STANDARD", "SSE-S3"],
    ["c", 30 << 20, "2026-01-03T00:00:00.000Z", "STANDARD", "SSE-KMS"],
    ["d", 7000, "2026-01-01T00:00:00.000Z", "GLACIER", "NOT-SSE"],
]


@pytest.mark.parametrize("format", ENCODERS)
def test_a_fresh_report_is_used(tool, moto, format):
    bucket = new_bucket(moto)
    Report(moto, bucket, ROWS, format=format)
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


@pytest.mark.parametrize("format", ENCODERS)
def test_many_rows(tool, moto, format):
    bucket = new_bucket(moto)
    rows = [[f"k%2C{i}", i, "2026-01-02T03:04:05.000Z", "STANDARD", "SSE-S3"] for i in range(30_000)]
    Report(moto, bucket, rows, format=format)
    snapshot = tool.json(moto, "snapshot", bucket, 0)[0]
    assert (snapshot["source"], snapshot["objects"]) == ("inventory", 30_000)
    assert snapshot["total_size"] == sum(range(30_000))


@pytest.mark.parametrize("format", ["Parquet", "ORC"])
def test_a_table_without_a_needed_column_leads_to_a_listing(tool, moto, format):
    bucket = new_bucket(moto)
    Report(moto, bucket, ROWS, format=format, fileSchema="struct<bucket:string,key:string,storage_class:string>")
    assert tool.json(moto, "snapshot", bucket, 0)[0]["source"] == "listing"


@pytest.mark.parametrize("format", ENCODERS)
def test_a_damaged_report_leads_to_a_listing(tool, moto, format):
    bucket = new_bucket(moto)
    report = Report(moto, bucket, ROWS, format=format)
    key = report.data_key
    body = bytearray(report.client.get_object(Bucket=report.destination, Key=key)["Body"].read())
    body[len(body) // 2] ^= 1
    report.client.put_object(Bucket=report.destination, Key=key, Body=bytes(body))
    assert tool.json(moto, "snapshot", bucket, 0)[0]["source"] == "listing"
