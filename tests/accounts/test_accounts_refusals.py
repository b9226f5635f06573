"""What AWS itself refuses. No emulator checks trust policies across accounts, so the refusals come
from fake_aws.py, with the error bodies that AWS sends."""

import urllib.parse

import pytest
from accounts_helpers import new_account
from fake_aws import IAM_ROLE, STS_CREDENTIALS, STS_IDENTITY, error


def denied(form, headers):
    user, role = "arn:aws:iam::999999999999:user/operator", form["RoleArn"]
    message = f"User: {user} is not authorized to perform: sts:AssumeRole on resource: {role}"
    return error(403, "AccessDenied", message)


def account_of(headers):
    """Whose session a request is signed with: the fake gives out key ids with the account in them."""
    return headers["Authorization"].split("Credential=")[1].split("/")[0].removeprefix("ASIA")


def assume(form, headers):
    arn = form["RoleArn"]
    return 200, STS_CREDENTIALS.format(arn=arn, account=arn.split(":")[4])


def identity(form, headers):
    account = account_of(headers)
    return 200, STS_IDENTITY.format(arn=f"arn:aws:sts::{account}:assumed-role/x/y", account=account)


def trusts(master, external_id):
    def answer(form, headers):
        trust = (
            '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
            f'"Principal":{{"AWS":"arn:aws:iam::{master}:root"}},'
            f'"Condition":{{"StringEquals":{{"sts:ExternalId":"{external_id}"}}}}}}]}}'
        )
        name = form["RoleName"]
        arn = f"arn:aws:iam::{account_of(headers)}:role/{name}"
        body = IAM_ROLE.format(action="GetRole", name=name, arn=arn, trust=urllib.parse.quote(trust))
        return 200, body

    return answer


@pytest.fixture
def aws(bare_service, fake_aws):
    """A service whose master is enabled through an endpoint where everything works, so far."""
    service = bare_service
    service.connections = [{"account_id": "", "endpoint_url": fake_aws.url}]
    service.environment = {"AWS_ACCESS_KEY_ID": f"ASIA{service.master}", "AWS_SECRET_ACCESS_KEY": "s"}
    fake_aws.answers = {
        "AssumeRole": assume,
        "GetCallerIdentity": identity,
        "GetRole": trusts(service.master, service.master),
        "GetRolePolicy": lambda form, headers: error(404, "NoSuchEntity", "none"),
        "PutRolePolicy": lambda form, headers: (200, "<PutRolePolicyResponse/>"),
    }
    service.ok("enable")
    fake_aws.forms.clear()
    service.aws = fake_aws
    return service


def refusal(service):
    account = new_account()
    result = service.associate(account)[account]
    assert not result["ok"] and account in result["message"], result
    return result, account


def test_a2_external_id_and_both_names_in_order(aws):
    aws.aws.answers["AssumeRole"] = denied
    refusal(aws)
    asked = [form for form in aws.aws.forms if form["Action"] == "AssumeRole"]
    assert [form["RoleArn"].split("/")[-1] for form in asked] == [
        "AmazonMacieHandshakeRole",
        "AWSMacieServiceCustomerHandshakeRole",
    ]
    assert {form["ExternalId"] for form in asked} == {aws.master}


def test_a3_aws_does_not_say_why(aws):
    aws.aws.answers["AssumeRole"] = denied
    result, _ = refusal(aws)
    assert result["code"] == "permission-denied" and "is not authorized to perform" in result["message"]
    for cause in ("is missing", "does not trust master account " + aws.master, "another sts:ExternalId"):
        assert cause in result["remedy"]


@pytest.mark.parametrize(
    ("status", "code", "message", "remedy"),
    [
        (404, "NoSuchEntity", "Role AmazonMacieHandshakeRole not found", "assay templates member"),
        (403, "AccessDenied", "The ExternalId provided does not match", "must ask for sts:ExternalId {master}"),
        (
            403,
            "AccessDenied",
            "User is not authorized to perform: sts:AssumeRole because no identity-based policy allows the action",
            "allow the credentials of the master account to call sts:AssumeRole",
        ),
        (403, "InvalidClientTokenId", "The security token is invalid", "check the credentials of the master"),
    ],
)
def test_a3_refusals_and_their_remedies(aws, status, code, message, remedy):
    aws.aws.answers["AssumeRole"] = lambda form, headers: error(status, code, message)
    result, _ = refusal(aws)
    assert remedy.format(master=aws.master) in result["remedy"]


@pytest.mark.parametrize(
    ("who", "external_id", "remedy"),
    [
        ("999999999999", "999999999999", "does not trust master account {master}"),
        ("master", "999999999999", "must ask for sts:ExternalId {master}"),
    ],
)
def test_a3_the_member_s_own_credentials_tell_why(aws, who, external_id, remedy):
    """An account with keys of its own: the role's trust policy can be read, and says what is wrong."""
    account = new_account()
    keys = {"access_key_id": f"ASIA{account}", "secret_access_key": "s"}
    aws.connections.append({"account_id": account, "endpoint_url": aws.aws.url, **keys})
    aws.aws.answers["AssumeRole"] = denied
    aws.aws.answers["GetRole"] = trusts(aws.master if who == "master" else who, external_id)
    result = aws.associate(account)[account]
    assert remedy.format(master=aws.master) in result["remedy"]


def test_a4_the_handshake_role_may_not_create_the_role(aws):
    def get_role(form, headers):
        if form["RoleName"].startswith("AWSServiceRole"):
            return error(404, "NoSuchEntity", "no such role")
        return trusts(aws.master, aws.master)(form, headers)

    aws.aws.answers["GetRole"] = get_role
    aws.aws.answers["CreateServiceLinkedRole"] = lambda form, headers: error(
        403, "AccessDenied", "not authorized to perform: iam:CreateServiceLinkedRole"
    )
    result, _ = refusal(aws)
    assert "iam:CreateServiceLinkedRole" in result["message"] and "assay templates" in result["remedy"]


def test_a4_aws_lets_nobody_assume_the_service_linked_role(aws):
    def only_handshake(form, headers):
        return denied(form, headers) if "aws-service-role" in form["RoleArn"] else assume(form, headers)

    def get_role(form, headers):
        status, body = trusts(aws.master, aws.master)(form, headers)
        if form["RoleName"].startswith("AWSServiceRole"):
            body = body.replace(":role/AWS", ":role/aws-service-role/macie.amazonaws.com/AWS")
        return status, body

    aws.aws.answers |= {"AssumeRole": only_handshake, "GetRole": get_role}
    result, account = refusal(aws)
    assert "AWSMacieServiceCustomerServiceRole" in result["remedy"]
    aws.connections[0]["service_role"] = "AWSMacieServiceCustomerServiceRole"
    assert aws.associate(account)[account]["ok"]


def test_a3_endpoint_unreachable(aws):
    account = new_account()
    aws.connections.append({"account_id": account, "endpoint_url": "http://127.0.0.1:9"})
    result = aws.associate(account)[account]
    assert result["code"] == "unavailable" and account in result["message"]
    assert "endpoint" in result["remedy"] and account in result["remedy"]


def test_throttling_and_broken_servers_are_tried_again(aws):
    def throttled(form, headers):
        return error(400, "Throttling", "Rate exceeded")

    def broken(form, headers):
        return 503, "<html>busy</html>"

    aws.aws.answers["AssumeRole"] = [throttled, broken, assume]
    account = new_account()
    assert aws.associate(account)[account]["ok"]


def test_a_throttled_service_is_given_up_in_the_end(aws):
    aws.aws.answers["AssumeRole"] = lambda form, headers: error(400, "Throttling", "Rate exceeded")
    result, _ = refusal(aws)
    assert result["code"] == "unavailable" and "try again" in result["remedy"]


def test_an_expired_session_is_renewed(aws):
    account = new_account()
    assert aws.associate(account)[account]["ok"]
    expired = error(403, "ExpiredToken", "The security token included in the request is expired")
    aliases = (
        '<ListAccountAliasesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListAccountAliasesResult>'
        "<AccountAliases><member>mine</member></AccountAliases></ListAccountAliasesResult></ListAccountAliasesResponse>"
    )
    sessions = iter(range(1000))

    def numbered(form, headers):
        arn = form["RoleArn"]
        body = STS_CREDENTIALS.format(arn=arn, account=f"{arn.split(':')[4]}{next(sessions)}")
        return 200, body

    aws.aws.answers["AssumeRole"] = numbered
    aws.aws.answers["ListAccountAliases"] = [lambda form, headers: expired, lambda form, headers: (200, aliases)]
    assert aws.ok("aliases", account).split() == ["mine"]
    assert aws.aws.calls["ListAccountAliases"] == 2


def test_hostile_replies_do_no_harm(aws):
    bodies = ["", "<", "<a>" * 5000, "\x00\x01", "<AssumeRoleResponse/>", "{}"]
    for status in (200, 400, 403):
        for body in bodies:
            aws.aws.answers["AssumeRole"] = lambda form, headers, s=status, b=body: (s, b)
            result, _ = refusal(aws)
            assert result["remedy"]


def test_a3_an_account_s_own_text_is_shown_safely(aws):
    (result,) = aws.associate('1\x1b[31m"<script>' + "9" * 500).values()
    assert "\x1b" not in result["message"] and len(result["message"]) < 150
