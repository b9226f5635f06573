"""Bucket properties and exposure, read from real servers."""

import json
import re

import pytest
from s3_servers import new_bucket

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


def public_read(bucket, **more):
    return json.dumps({
        "Version": "2012-10-17",
        "Id": "PolicyId",
        "Statement": [{"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                       "Resource": f"arn:aws:s3:::{bucket}/*", **more}],
    })  # fmt: skip


def verdicts(properties):
    return properties["s3_world_readability"], properties["s3_world_writability"]


@pytest.fixture
def s3(moto):
    return moto.client()


def test_private_bucket(tool, moto):
    bucket = new_bucket(moto)
    properties = tool.json(moto, "properties", bucket)
    assert verdicts(properties) == ("false", "false")
    assert properties["accountId"] == "111122223333"
    assert properties["bucket"] == bucket
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", properties["@timestamp"])
    assert properties["location"]["LocationConstraint"] == "us-east-1"
    grant = properties["acl"]["Grants"][0]
    assert grant["Permission"] == "FULL_CONTROL"
    assert grant["Grantee"]["ID"] == properties["acl"]["Owner"]["ID"]
    assert properties["documents"]["policy"] == "absent"
    assert "policy" not in properties


def test_every_field_of_the_index(tool, moto, s3):
    """All fields that a bucket of the emulator can have, with the names of the index."""
    bucket, logs = new_bucket(moto), new_bucket(moto)
    s3.put_bucket_policy(Bucket=bucket, Policy=public_read(bucket))
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "team", "Value": "a & b"}]})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_website(
        Bucket=bucket,
        WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}},
    )
    s3.put_bucket_acl(Bucket=logs, ACL="log-delivery-write")
    s3.put_bucket_logging(
        Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": logs, "TargetPrefix": "l/"}}
    )
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"}}]
        },
    )
    grant_to_all(s3, bucket, "READ", "WRITE")
    properties = tool.json(moto, "properties", bucket)
    statement = properties["policy"]["Policy"]["Statement"][0]
    assert properties["policy"]["Policy"]["Version"] == "2012-10-17"
    assert properties["policy"]["Policy"]["Id"] == "PolicyId"
    assert statement["Sid"] == "Open"
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == ["s3:GetObject"]
    assert statement["Principal"]["AWS"] == ["*"]
    assert statement["Resource"] == [f"arn:aws:s3:::{bucket}/*"]
    assert properties["tagging"]["TagSet"] == [{"Key": "team", "Value": "a & b"}]
    assert properties["versioning"]["Status"] == "Enabled"
    assert properties["website"] == {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}
    assert properties["logging"] == {"LoggingEnabled": {"TargetBucket": logs, "TargetPrefix": "l/"}}
    assert properties["encryption"]["SSEAlgorithm"] == "aws:kms"
    groups = {grant["Grantee"].get("URI"): grant["Grantee"]["Type"] for grant in properties["acl"]["Grants"]}
    assert groups[ALL_USERS] == "Group"
    assert verdicts(properties) == ("true", "true")
    assert "bucket ACL: READ for AllUsers" in properties["s3_world_readability_reasons"]
    assert any("statement 1 (Open)" in reason for reason in properties["s3_world_readability_reasons"])
    # An account that is an S3 store and nothing else has no settings of its own.
    assert properties["documents"].pop("accountPublicAccessBlock") == "unsupported"
    assert set(properties["documents"].values()) <= {"present", "absent"}


def grant_to_all(s3, bucket, *permissions):
    acl = s3.get_bucket_acl(Bucket=bucket)
    grants = [{"Grantee": {"Type": "Group", "URI": ALL_USERS}, "Permission": p} for p in permissions]
    s3.put_bucket_acl(
        Bucket=bucket, AccessControlPolicy={"Owner": acl["Owner"], "Grants": acl["Grants"] + grants}
    )


@pytest.mark.parametrize(
    "acl, expected",
    [("public-read", ("true", "false")), ("authenticated-read", ("true", "false")), ("private", ("false", "false"))],
)
def test_exposure_by_acl(tool, moto, s3, acl, expected):
    bucket = new_bucket(moto)
    s3.put_bucket_acl(Bucket=bucket, ACL=acl)
    assert verdicts(tool.json(moto, "properties", bucket)) == expected


@pytest.mark.parametrize(
    "permissions, expected",
    [(["WRITE"], ("false", "true")), (["FULL_CONTROL"], ("true", "true")), (["READ_ACP"], ("false", "false"))],
)
def test_exposure_by_grant(tool, moto, s3, permissions, expected):
    bucket = new_bucket(moto)
    grant_to_all(s3, bucket, *permissions)
    assert verdicts(tool.json(moto, "properties", bucket)) == expected


def test_exposure_by_policy_and_access_block(tool, moto, s3):
    bucket = new_bucket(moto)
    s3.put_bucket_policy(Bucket=bucket, Policy=public_read(bucket))
    assert verdicts(tool.json(moto, "properties", bucket)) == ("true", "false")

    narrowed = public_read(bucket, Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    s3.put_bucket_policy(Bucket=bucket, Policy=narrowed)
    assert verdicts(tool.json(moto, "properties", bucket)) == ("false", "false")

    s3.put_bucket_policy(Bucket=bucket, Policy=public_read(bucket))
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True,
                                        "RestrictPublicBuckets": True},
    )  # fmt: skip
    properties = tool.json(moto, "properties", bucket)
    assert verdicts(properties) == ("false", "false")
    assert properties["publicAccessBlock"]["RestrictPublicBuckets"] is True
    assert "RestrictPublicBuckets" in properties["s3_world_readability_reasons"][0]


def test_another_server(tool, versitygw):
    bucket = new_bucket(versitygw)
    versitygw.client().put_bucket_policy(Bucket=bucket, Policy=public_read(bucket))
    properties = tool.json(versitygw, "properties", bucket)
    assert verdicts(properties)[0] == "true"
    assert properties["policy"]["Policy"]["Statement"][0]["Sid"] == "Open"
    # What this server does not know is told apart from what it refuses.
    assert set(properties["documents"].values()) <= {"present", "absent", "unsupported"}


def test_missing_bucket(tool, moto):
    result = tool.run(moto, "properties", "no-such-bucket-here")
    assert result.returncode == 1
    assert result.stderr.startswith("not-found")
