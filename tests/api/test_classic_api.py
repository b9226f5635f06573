"""Macie Classic with botocore's own client and signers, and the AWS CLI of Debian."""
import json
import os
import subprocess

import botocore.auth
import pytest
from botocore.exceptions import ClientError

from conftest import KEY_ID, MASTER, MEMBER, REGION, SECRET

FULL = {"oneTime": "FULL", "continuous": "FULL"}
NEW_ONLY = {"oneTime": "NONE", "continuous": "FULL"}
LIST = {"X-Amz-Target": "MacieService.ListMemberAccounts", "Content-Type": "application/x-amz-json-1.1"}
ADD = {"X-Amz-Target": "MacieService.AssociateMemberAccount", "Content-Type": "application/x-amz-json-1.1"}


def error_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response


def test_members_and_their_pages(api):
    macie = api.macie()
    assert "ResponseMetadata" in macie.associate_member_account(memberAccountId=MEMBER)
    pages = list(macie.get_paginator("list_member_accounts").paginate(PaginationConfig={"PageSize": 1}))
    assert [[a["accountId"] for a in page["memberAccounts"]] for page in pages] == [[MASTER], [MEMBER]]
    assert pages[0]["ResponseMetadata"]["RequestId"]
    macie.disassociate_member_account(memberAccountId=MEMBER)
    assert macie.list_member_accounts()["memberAccounts"] == [{"accountId": MASTER}]


def test_resources_with_failures_of_their_own(api):
    macie = api.macie()
    answer = macie.associate_s3_resources(s3Resources=[
        {"bucketName": "exports", "classificationType": FULL},
        {"bucketName": "nowhere", "classificationType": FULL},
        {"bucketName": "logs", "prefix": "2024/", "classificationType": NEW_ONLY}])
    assert [(f["failedItem"]["bucketName"], f["errorCode"]) for f in answer["failedS3Resources"]] == [
        ("nowhere", "NoBucket")]
    assert macie.list_s3_resources()["s3Resources"] == [
        {"bucketName": "exports", "classificationType": FULL},
        {"bucketName": "logs", "prefix": "2024/", "classificationType": NEW_ONLY}]
    macie.update_s3_resources(s3ResourcesUpdate=[
        {"bucketName": "exports", "classificationTypeUpdate": {"oneTime": "NONE"}}])
    assert macie.list_s3_resources(maxResults=1)["s3Resources"][0]["classificationType"] == NEW_ONLY
    macie.disassociate_s3_resources(associatedS3Resources=[{"bucketName": "exports"}])
    assert [r["bucketName"] for r in macie.list_s3_resources()["s3Resources"]] == ["logs"]


def test_tokens_stay_good_when_what_they_name_is_gone(api):
    macie = api.macie()
    prefixes = [f"{'p' * 900}{i:03}/" for i in range(5)]  # longer than a token can hold
    macie.associate_s3_resources(s3Resources=[
        {"bucketName": "exports", "prefix": p, "classificationType": NEW_ONLY} for p in prefixes])
    first = macie.list_s3_resources(maxResults=2)
    assert len(first["nextToken"]) <= 500
    rest = macie.list_s3_resources(nextToken=first["nextToken"])
    assert [r["prefix"] for r in first["s3Resources"] + rest["s3Resources"]] == prefixes
    assert error_of(macie.list_member_accounts, nextToken=first["nextToken"])["fieldName"] == "nextToken"
    assert error_of(api.macie("eu-west-1").list_s3_resources, nextToken=first["nextToken"])["fieldName"] == "nextToken"


def test_the_251st_is_a_limit(api):
    macie = api.macie()
    items = [{"bucketName": "exports", "prefix": f"{i:03}/", "classificationType": NEW_ONLY} for i in range(251)]
    assert macie.associate_s3_resources(s3Resources=items[:250]).get("failedS3Resources", []) == []
    error = error_of(macie.associate_s3_resources, s3Resources=items[250:])
    assert error["Error"]["Code"] == "LimitExceededException"
    assert error["resourceType"] and 0 < len(error["errorCode"]) <= 10
    pages = macie.get_paginator("list_s3_resources").paginate(PaginationConfig={"PageSize": 100})
    assert len([r for page in pages for r in page["s3Resources"]]) == 250


@pytest.mark.parametrize("operation,arguments,field", [
    ("associate_member_account", {"memberAccountId": "12"}, "memberAccountId"),
    ("associate_member_account", {}, "memberAccountId"),
    ("list_s3_resources", {"maxResults": 0}, "maxResults"),
    ("list_s3_resources", {"maxResults": 251}, "maxResults"),
    ("list_member_accounts", {"nextToken": "nonsense"}, "nextToken"),
    ("associate_s3_resources", {"s3Resources": [{"bucketName": "logs"}]}, "s3Resources[0].classificationType"),
    ("update_s3_resources", {"s3ResourcesUpdate": [{"bucketName": "b", "classificationTypeUpdate": {}}]},
     "s3ResourcesUpdate[0].classificationTypeUpdate"),
])
def test_bad_input_names_the_field(api, operation, arguments, field):
    error = error_of(getattr(api.macie(validate=False), operation), **arguments)
    assert error["Error"]["Code"] == "InvalidInputException" and error["fieldName"] == field
    assert 0 < len(error["errorCode"]) <= 10 and error["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_errors_have_awss_names(api):
    assert error_of(api.macie(secret="x").list_member_accounts)["Error"]["Code"] == "InvalidSignatureException"
    assert error_of(api.macie(key_id="AKIAX").list_member_accounts)["Error"]["Code"] == "UnrecognizedClientException"
    denied = error_of(api.macie().list_s3_resources, memberAccountId="777788889999")
    assert denied["Error"]["Code"] == "AccessDeniedException" and denied["resourceType"]
    unknown = api.signed("POST", "/", b"{}", {**LIST, "X-Amz-Target": "MacieService.X"}, "macie")
    assert api.send(unknown)[1]["__type"] == "UnknownOperationException"
    assert api.send(api.signed("POST", "/", b"{", LIST, "macie"))[1]["__type"] == "SerializationException"


def test_signers_of_other_kinds(api):
    for auth in (botocore.auth.SigV4Auth, botocore.auth.SigV4QueryAuth):
        status, answer = api.send(api.signed("POST", "/", b"{}", LIST, "macie", auth))
        assert (status, answer["memberAccounts"]) == (200, [{"accountId": MASTER}]), auth
    # Signature Version 4 for another service, and with a body that is not signed.
    assert api.send(api.signed("POST", "/", b"{}", LIST, "s3"))[1]["__type"] == "InvalidSignatureException"
    unsigned = api.signed("POST", "/", b"{}", {**LIST, "X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}, "macie")
    assert api.send(unsigned)[1]["__type"] == "InvalidSignatureException"


def test_a_replayed_change_is_refused_and_a_repeated_read_is_not(api):
    change = api.signed("POST", "/", json.dumps({"memberAccountId": MEMBER}).encode(), ADD, "macie")
    assert api.send(change)[0] == 200
    assert api.send(change)[1]["__type"] == "InvalidSignatureException"
    read = api.signed("POST", "/", b"{}", LIST, "macie")
    assert [api.send(read)[0] for _ in range(2)] == [200, 200]


def test_equal_changes_of_one_second_are_signed_again_by_the_sdk(api):
    """What tells them apart is not signed, so that it proves nothing: the second takes effect only when signed anew."""
    change = botocore.awsrequest.AWSRequest("POST", api.url + "/", headers=ADD,
                                            data=json.dumps({"memberAccountId": MEMBER}).encode())
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(KEY_ID, SECRET), "macie", REGION).add_auth(change)
    change.headers["amz-sdk-invocation-id"] = "one"
    assert api.send(change.prepare())[0] == 200
    change.headers.replace_header("amz-sdk-invocation-id", "two")
    status, answer = api.send(change.prepare())
    assert (status, answer["__type"]) == (400, "ThrottlingException") and "Sign it again" in answer["message"]
    patient = api.macie(attempts=6)
    for _ in range(3):
        patient.associate_member_account(memberAccountId=MEMBER)


def test_a_tampered_body_is_refused(api):
    request = api.signed("POST", "/", b'{"maxResults":2}', LIST, "macie")
    request.body = b'{"maxResults":1}'
    assert api.send(request)[1]["__type"] == "InvalidSignatureException"


def test_the_aws_cli(api):
    def aws(*words):
        done = subprocess.run(
            ["/usr/bin/python3", "/usr/bin/aws", "macie", *words, "--endpoint-url", api.url, "--region", REGION],
            env={"PATH": "/usr/bin:/bin", "HOME": str(api.directory), "AWS_ACCESS_KEY_ID": KEY_ID,
                 "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_EC2_METADATA_DISABLED": "true", "LC_ALL": "C.UTF-8",
                 "TZ": os.environ.get("TZ", "UTC")}, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    aws("associate-member-account", "--member-account-id", MEMBER)
    assert aws("list-member-accounts")["memberAccounts"] == [{"accountId": MASTER}, {"accountId": MEMBER}]
    aws("associate-s3-resources", "--s3-resources",
        "bucketName=logs,classificationType={oneTime=NONE,continuous=FULL}")
    assert aws("list-s3-resources")["s3Resources"] == [{"bucketName": "logs", "classificationType": NEW_ONLY}]
