"""The stock AWS CLI and boto3 against the service: every operation, paginator and refusal."""
import datetime

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from service_harness import MASTER, MEMBER, OTHER, REGION


def refused(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def test_the_aws_cli_does_every_operation(service):
    assert {a["accountId"] for a in service.aws("list-member-accounts")["memberAccounts"]} == {MASTER, MEMBER}
    service.aws("disassociate-member-account", "--member-account-id", MEMBER)
    service.aws("associate-member-account", "--member-account-id", MEMBER)
    kind = "classificationType={oneTime=FULL,continuous=FULL}"
    service.aws("associate-s3-resources", "--member-account-id", MEMBER, "--s3-resources", f"bucketName=backups,{kind}")
    listed = service.aws("list-s3-resources", "--member-account-id", MEMBER)["s3Resources"]
    assert listed == [{"bucketName": "backups", "classificationType": {"oneTime": "FULL", "continuous": "FULL"}}]
    service.aws("update-s3-resources", "--member-account-id", MEMBER, "--s3-resources-update",
                "bucketName=backups,classificationTypeUpdate={oneTime=NONE}")
    service.aws("disassociate-s3-resources", "--member-account-id", MEMBER, "--associated-s3-resources",
                "bucketName=backups")
    assert service.aws("list-s3-resources", "--member-account-id", MEMBER)["s3Resources"] == []


def test_pages_of_accounts(service):
    pages = list(service.macie().get_paginator("list_member_accounts").paginate(PaginationConfig={"PageSize": 1}))
    assert [[a["accountId"] for a in page["memberAccounts"]] for page in pages] == [[MASTER], [MEMBER]]


def test_bad_input_names_the_field(service):
    macie = service.macie(parameter_validation=False)
    for call, arguments, field in (
            (macie.associate_member_account, {"memberAccountId": "12"}, "memberAccountId"),
            (macie.list_s3_resources, {"maxResults": 251}, "maxResults"),
            (macie.list_s3_resources, {"nextToken": "nonsense"}, "nextToken"),
            (macie.associate_s3_resources, {"s3Resources": [{"bucketName": "logs"}]}, "classificationType"),
    ):
        with pytest.raises(ClientError) as caught:
            call(**arguments)
        assert caught.value.response["Error"]["Code"] == "InvalidInputException"
        assert field in caught.value.response.get("fieldName", ""), caught.value.response


def test_accounts_that_are_not_integrated_are_denied(service):
    assert refused(service.macie().list_s3_resources, memberAccountId=OTHER) == "AccessDeniedException"


def test_wrong_callers_get_awss_error_names(service):
    assert refused(service.macie(secret="x" * 40).list_member_accounts) == "InvalidSignatureException"
    unknown = service.macie(access_key="AKIAAAAAAAAAAAAAAAAA")
    assert refused(unknown.list_member_accounts) == "UnrecognizedClientException"
    answer = requests.post(service.url, headers={"X-Amz-Target": "MacieService.ListMemberAccounts",
                                                 "Content-Type": "application/x-amz-json-1.1"}, data="{}", timeout=30)
    assert answer.status_code in (400, 403) and answer.json()["__type"] == "MissingAuthenticationTokenException"


def signed(service, body=b"{}", target="MacieService.ListMemberAccounts"):
    request = AWSRequest("POST", service.url + "/", data=body, headers={
        "X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"})
    keys = Credentials(service.access["access_key_id"], service.access["secret_access_key"])
    SigV4Auth(keys, "macie", REGION).add_auth(request)
    return request.prepare()


def post(request, body=None):
    return requests.post(request.url, headers=dict(request.headers), data=request.body if body is None else body,
                         timeout=30)


def test_a_body_other_than_the_signed_one_is_refused(service):
    request = signed(service)
    answer = post(request, b'{"maxResults": 1}')
    assert answer.status_code >= 400 and answer.json()["__type"] == "InvalidSignatureException"


def test_a_clock_that_is_wrong_is_refused(service, monkeypatch):
    import botocore.auth

    class Yesterday(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return datetime.datetime.utcnow() - datetime.timedelta(minutes=6)

        @classmethod
        def now(cls, tz=None):
            return datetime.datetime.now(tz) - datetime.timedelta(minutes=6)

    class Clock:
        datetime = Yesterday

    monkeypatch.setattr(botocore.auth, "datetime", Clock if hasattr(botocore.auth.datetime, "datetime") else Yesterday)
    if hasattr(botocore.auth, "get_current_datetime"):
        before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=6)
        monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: before)
    answer = post(signed(service))
    assert answer.status_code >= 400
    assert "Signature" in answer.json()["__type"] or "Expired" in answer.json()["__type"]


def test_unknown_operations_and_bad_json(service):
    assert post(signed(service, target="MacieService.Nonsense")).json()["__type"] == "UnknownOperationException"
    assert post(signed(service, body=b"{")).json()["__type"] == "SerializationException"


def test_read_only_credentials_may_only_read(service):
    # Made by the master's user, shown once.
    import json
    made = json.loads(service.run("credentials add", "auditor", "--read-only", "--format", "json").stdout)
    macie = service.macie(access_key=made["accessKeyId"], secret=made["secretAccessKey"])
    assert macie.list_member_accounts()["memberAccounts"]
    assert refused(macie.associate_member_account, memberAccountId=MEMBER) == "AccessDeniedException"
