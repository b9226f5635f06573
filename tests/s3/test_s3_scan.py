"""`assay scan s3://...` against servers of other people."""

import gzip
import json
import os
import pathlib
import subprocess

import pytest

from conftest import without_aws_settings

ROOT = pathlib.Path(__file__).resolve().parents[2]
ASSAY = pathlib.Path(os.environ.get("ASSAY_BIN", ROOT / "build" / "assay"))
LINE = b"Employee Mary Johnson, social security number 512-44-7731\n"


@pytest.fixture
def scan(s3_server, tmp_path):
    environment = without_aws_settings() | {
        "HOME": str(tmp_path),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": s3_server.access_key,
        "AWS_SECRET_ACCESS_KEY": s3_server.secret_key,
        "AWS_REGION": "us-east-1",
    }

    def run(*words, code=0):
        command = [ASSAY, "scan", *words, "--format", "jsonl", "--endpoint-url", s3_server.url]
        done = subprocess.run(command, env=environment, capture_output=True, timeout=300)
        assert done.returncode == code, done.stderr.decode()
        records = [json.loads(line) for line in done.stdout.splitlines()]
        assert len({(r["bucket"], r["key"]) for r in records}) == len(records)
        return {record["key"]: record for record in records}

    return run


def fill(s3_server, bucket):
    client = s3_server.client()
    for i in range(40):
        client.put_object(Bucket=bucket, Key=f"logs/{i:02}.txt", Body=b"nothing in here\n" * i)
    client.put_object(Bucket=bucket, Key="hr/staff list+1.txt", Body=LINE * 3)
    client.put_object(Bucket=bucket, Key="hr/old.txt.gz", Body=gzip.compress(LINE * 2, mtime=0))
    client.put_object(Bucket=bucket, Key="hr/big.txt", Body=LINE + b"words and words\n" * 200_000)


def count(record):
    groups = {group["id"]: group["count"] for group in record["detections"]}
    return groups.get("US_SOCIAL_SECURITY_NUMBER", 0)


def test_scan_of_a_bucket_and_a_prefix(s3_server, bucket, scan):
    fill(s3_server, bucket)
    records = scan(f"s3://{bucket}")
    assert len(records) == 43
    assert {record["outcome"] for record in records.values()} == {"classified"}
    assert count(records["hr/staff list+1.txt"]) == 3
    assert count(records["hr/old.txt.gz"]) == 2
    assert count(records["hr/big.txt"]) == 1
    staff = records["hr/staff list+1.txt"]
    assert staff["bucket"] == staff["filesystem_metadata"]["bucket"] == bucket
    assert staff["filesystem_metadata"]["first_prefix"] == "hr"
    assert staff["filesystem_metadata"]["size"] == len(LINE) * 3
    assert staff["filesystem_metadata"]["ETag"]
    assert set(scan(f"s3://{bucket}/hr/")) == {key for key in records if key.startswith("hr/")}
    assert set(records) <= set(scan("s3://"))


def test_a_bucket_that_is_not_there_is_an_error(scan):
    assert scan("s3://there-is-no-such-bucket-here", code=1) == {}
