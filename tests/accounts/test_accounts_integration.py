"""Rules A1-A7 against an AWS emulator: roles made by our own CloudFormation templates."""

import ast
import json
import pathlib

import pytest
from accounts_helpers import new_account

GUIDE_POLICY = json.loads((pathlib.Path(__file__).parent / "data" / "guide-policy.json").read_text())
ROLE = "AWSServiceRoleForAmazonMacie"
POLICY_NAME = "AmazonMacieServiceRolePolicy"
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole"}


def role_arn(account):
    return f"arn:aws:iam::{account}:role/aws-service-role/macie.amazonaws.com/{ROLE}"


def template_policy(iam, role):
    """The policy that a stack gave a role; this emulator keeps it in Python's notation."""
    document = iam.get_role_policy(RoleName=role, PolicyName=POLICY_NAME)["PolicyDocument"]
    return ast.literal_eval(document) if isinstance(document, str) else document


def test_a2_member_template_makes_the_roles_of_the_guide(moto, service):
    account = new_account()
    moto.launch(account, service.member_template(), MasterAccountId=service.master)
    iam = moto.client("iam", account)
    trust = iam.get_role(RoleName="AmazonMacieHandshakeRole")["Role"]["AssumeRolePolicyDocument"]
    statement = trust["Statement"][0]
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": service.master}}
    assert statement["Principal"]["AWS"] == f"arn:aws:iam::{service.master}:root"
    assert statement["Principal"]["Service"] == "macie.amazonaws.com"
    assert template_policy(iam, "AWSMacieServiceCustomerServiceRole") == GUIDE_POLICY
    trust = iam.get_role(RoleName="AWSMacieServiceCustomerServiceRole")["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{account}:role/AmazonMacieHandshakeRole"}


def test_a4_master_template_makes_the_ordinary_service_role(moto, service):
    outputs = moto.launch(service.master, service.ok("template", "master"))
    iam = moto.client("iam", service.master)
    role = iam.get_role(RoleName="AWSMacieServiceCustomerServiceRole")["Role"]
    assert outputs["ServiceRoleArn"] == role["Arn"]
    statement = role["AssumeRolePolicyDocument"]["Statement"][0]
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": service.master}}
    assert template_policy(iam, role["RoleName"]) == GUIDE_POLICY


def test_a1_enable_makes_the_service_linked_role_in_the_master(moto, service):
    service.ok("enable")
    service.ok("enable")  # twice is no error
    assert service.lines("state") == [{"enabled": True, "master": service.master}]
    row = service.accounts()[service.master]
    assert row["master"] and row["state"] == "integrated" and row["service_role"] == role_arn(service.master)
    role = moto.client("iam", service.master).get_role(RoleName=ROLE)["Role"]
    assert role["Arn"] == role_arn(service.master)
    roles = moto.client("iam", service.master).list_roles()["Roles"]
    assert [r["RoleName"] for r in roles if r["Path"].startswith("/aws-service-role")] == [ROLE]


def test_a1_credentials_of_another_account_are_refused(moto, service):
    other = new_account()
    keys = moto.user_keys(other)
    service.environment = {"AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1]}
    message = service.fails("enable")
    assert service.master in message and f"credentials are those of account {other}" in message
    assert service.lines("state") == [{"enabled": False, "master": ""}]


def test_a3_a4_integrating_creates_and_reads_back_the_role(moto, service, member):
    iam = moto.client("iam", member)
    role = iam.get_role(RoleName=ROLE)["Role"]
    assert role["Arn"] == role_arn(member) and role["Path"] == "/aws-service-role/macie.amazonaws.com/"
    policy = iam.get_role_policy(RoleName=ROLE, PolicyName=POLICY_NAME)["PolicyDocument"]
    assert policy == GUIDE_POLICY
    row = service.accounts()[member]
    assert row["service_role"] == role_arn(member)
    assert row["handshake"] == f"arn:aws:iam::{member}:role/AmazonMacieHandshakeRole"
    # Again is no error and changes nothing.
    assert service.associate(member)[member]["ok"]
    assert service.accounts()[member] == row


def test_a4_an_existing_role_is_used_and_its_policy_put_right(moto, service):
    account = new_account()
    moto.launch(account, service.member_template(), MasterAccountId=service.master)
    iam = moto.client("iam", account)
    trust = {"Version": "2012-10-17", "Statement": [{**TRUST, "Principal": {"Service": "macie.amazonaws.com"}}]}
    too_much = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    path = "/aws-service-role/macie.amazonaws.com/"
    made = iam.create_role(RoleName=ROLE, Path=path, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.put_role_policy(RoleName=ROLE, PolicyName=POLICY_NAME, PolicyDocument=json.dumps(too_much))
    service.ok("enable")
    assert service.associate(account)[account]["ok"]
    assert iam.get_role(RoleName=ROLE)["Role"]["RoleId"] == made["RoleId"]
    assert iam.get_role_policy(RoleName=ROLE, PolicyName=POLICY_NAME)["PolicyDocument"] == GUIDE_POLICY


def test_a4_the_operator_can_forbid_making_roles(moto, service):
    service.connections[0]["keep_roles"] = True
    message = service.fails("enable")
    assert ROLE in message
    roles = moto.client("iam", service.master).list_roles()["Roles"]
    assert ROLE not in [role["RoleName"] for role in roles]


def test_a2_the_later_name_of_the_handshake_role_is_accepted(moto, service):
    account = new_account()
    text = service.member_template().replace("AmazonMacieHandshakeRole", "AWSMacieServiceCustomerHandshakeRole")
    moto.launch(account, text, MasterAccountId=service.master)
    service.ok("enable")
    assert service.associate(account)[account]["ok"]
    handshake = service.accounts()[account]["handshake"]
    assert handshake == f"arn:aws:iam::{account}:role/AWSMacieServiceCustomerHandshakeRole"


def test_a3_each_account_succeeds_or_fails_on_its_own(moto, service):
    good, bare, wrong = new_account(), new_account(), new_account()
    stranger = new_account()
    moto.launch(good, service.member_template(), MasterAccountId=service.master)
    moto.launch(wrong, service.member_template(), MasterAccountId=stranger)
    service.ok("enable")
    results = service.associate(f"{good}, {bare} {wrong},{good},{service.master},12345,11112222333x")
    assert len(results) == 6
    assert results[good]["ok"]
    assert results[bare]["code"] == "not-found"
    assert bare in results[bare]["message"] and "no role AmazonMacieHandshakeRole" in results[bare]["message"]
    assert "assay templates member" in results[bare]["remedy"] and service.master in results[bare]["remedy"]
    assert results[wrong]["code"] == "permission-denied" and "role" in results[wrong]["message"]
    assert service.master in results[wrong]["remedy"]
    assert "is the master account itself" in results[service.master]["message"]
    assert "12 digits, not 5" in results["12345"]["message"]
    assert "12 digits and nothing else" in results["11112222333x"]["message"]
    assert set(service.accounts()) == {service.master, good}


@pytest.mark.parametrize(
    ("principal", "external_id", "word"),
    [
        ("master", "stranger", "external ID"),
        ("stranger", "master", "does not name this master"),
        ("stranger", "stranger", "does not name this master"),
    ],
)
def test_a2_trust_for_another_master_is_refused(moto, service, principal, external_id, word):
    """moto lets anybody assume any role: it is the service that reads the trust policy and refuses."""
    account = new_account()
    ids = {"master": service.master, "stranger": new_account()}
    statement = {
        **TRUST,
        "Principal": {"AWS": f"arn:aws:iam::{ids[principal]}:root"},
        "Condition": {"StringEquals": {"sts:ExternalId": ids[external_id]}},
    }
    moto.client("iam", account).create_role(
        RoleName="AmazonMacieHandshakeRole",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    service.ok("enable")
    result = service.associate(account)[account]
    assert not result["ok"] and result["code"] == "permission-denied"
    assert account in result["message"] and word in result["message"]
    assert service.master in result["remedy"]
    with pytest.raises(Exception, match="NoSuchEntity"):
        moto.client("iam", account).get_role(RoleName=ROLE)


def test_a3_not_before_the_service_is_enabled(service):
    account = new_account()
    result = service.associate(account)[account]
    assert result["code"] == "permission-denied" and result["remedy"] == "enable the service first"


def test_a5_readding_a_disassociated_member_skips_the_handshake(moto, service, member):
    service.ok("disassociate", member)
    assert service.accounts()[member]["state"] == "disassociated"
    iam = moto.client("iam", member)
    # The roles stay (A5); without the handshake role's trust only the skipped step can succeed.
    iam.get_role(RoleName=ROLE)
    policy = {"Version": "2012-10-17", "Statement": [{**TRUST, "Principal": {"AWS": new_account()}}]}
    iam.update_assume_role_policy(RoleName="AmazonMacieHandshakeRole", PolicyDocument=json.dumps(policy))
    assert service.associate(member)[member]["ok"]
    assert service.accounts()[member]["state"] == "integrated"


def test_a5_a_member_once_disabled_takes_the_whole_way_again(moto, service, member):
    service.ok("disable")
    service.ok("enable")
    assert service.accounts()[member]["state"] == "disabled"
    iam = moto.client("iam", member)
    created = iam.get_role(RoleName=ROLE)["Role"]["RoleId"]
    policy = {"Version": "2012-10-17", "Statement": [{**TRUST, "Principal": {"AWS": new_account()}}]}
    iam.update_assume_role_policy(RoleName="AmazonMacieHandshakeRole", PolicyDocument=json.dumps(policy))
    assert not service.associate(member)[member]["ok"]
    policy["Statement"][0]["Principal"] = {"AWS": service.master}
    iam.update_assume_role_policy(RoleName="AmazonMacieHandshakeRole", PolicyDocument=json.dumps(policy))
    assert service.associate(member)[member]["ok"]
    assert iam.get_role(RoleName=ROLE)["Role"]["RoleId"] == created  # used again, not made anew


def test_a6_disabling_needs_both_acknowledgements(service, member):
    assert "access to every member account ends" in service.fails("disable", "no-access")
    assert "all collected metadata is deleted" in service.fails("disable", "no-data")
    assert service.lines("state")[0]["enabled"]
    service.ok("select", member, service.region, "bucket")
    service.ok("disable")
    assert not service.lines("state")[0]["enabled"]
    assert {row["state"] for row in service.accounts().values()} == {"disabled"}
    assert service.ok("resources", member) == ""
    service.ok("disable")  # twice is no error


def test_a6_the_master_is_disabled_not_disassociated(service, member):
    assert "disable the service instead" in service.fails("disassociate", service.master)
    assert "is no member account" in service.fails("disassociate", new_account())
    service.ok("disassociate", member)
    assert "is no member account" in service.fails("disassociate", member)


def test_disassociating_ends_the_monitoring(service, member):
    service.ok("select", member, service.region, "bucket")
    service.ok("select", member, service.region, "bucket", "a/")
    assert service.ok("resources", member).split() == ["bucket/", "bucket/a/"]
    service.ok("disassociate", member)
    assert service.ok("resources", member) == ""


def test_r5_the_quota_of_an_account(service, member):
    assert service.accounts()[member]["quota"] == 3 * 1024**4
    service.ok("quota", member, 5)
    assert service.accounts()[member]["quota"] == 5
    assert "0 bytes or more" in service.fails("quota", member, -1)
    assert "not integrated" in service.fails("quota", new_account(), 1)
    service.ok("disassociate", member)
    assert service.associate(member)[member]["ok"]
    assert service.accounts()[member]["quota"] == 5


def test_every_change_is_in_the_audit_log(service, member):
    service.associate(new_account())
    service.ok("quota", member, 7)
    service.ok("disassociate", member)
    service.ok("disable")
    log = service.lines("audit")
    assert [(row["action"], row["result"]) for row in reversed(log)] == [
        ("Enable", "ok"),
        ("AssociateMemberAccount", "ok"),
        ("AssociateMemberAccount", "not-found"),
        ("SetQuota", "ok"),
        ("DisassociateMemberAccount", "ok"),
        ("Disable", "ok"),
    ]
    assert {row["actor"] for row in log} == {"tester"} and {row["source"] for row in log} == {"192.0.2.1"}
    assert json.loads(log[2]["detail"])["quotaBytes"] == 7


def test_stores_are_opened_with_the_service_role(moto, service, member):
    moto.client("s3", member).create_bucket(Bucket=f"data-{member}")
    moto.client("s3", service.master).create_bucket(Bucket=f"data-{service.master}")
    assert service.ok("buckets", member).split() == [f"data-{member}"]
    assert service.ok("buckets", service.master).split() == [f"data-{service.master}"]
    assert service.ok("region", member, f"data-{member}").strip() == "us-east-1"
    assert service.fails("region", member, "no-such-bucket-anywhere").startswith("not-found")
    assert "not integrated" in service.fails("buckets", new_account())


def test_bucket_regions(moto, service, member):
    there = {"LocationConstraint": "eu-west-1"}
    client = moto.client("s3", member, region="eu-west-1")
    client.create_bucket(Bucket=f"far-{member}", CreateBucketConfiguration=there)
    assert service.ok("region", member, f"far-{member}").strip() == "eu-west-1"


def test_a4_an_ordinary_service_role_is_used_where_one_is_named(moto, service):
    account = new_account()
    moto.launch(account, service.member_template(), MasterAccountId=service.master)
    service.connections.append(
        {"account_id": account, "endpoint_url": moto.url, "service_role": "AWSMacieServiceCustomerServiceRole"}
    )
    service.ok("enable")
    assert service.associate(account)[account]["ok"]
    moto.client("s3", account).create_bucket(Bucket=f"data-{account}")
    assert service.ok("buckets", account).split() == [f"data-{account}"]
    assert service.accounts()[account]["service_role"] == role_arn(account)


def test_endpoints_of_the_environment(moto, service):
    service.connections = []
    service.environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
    for name in ("STS", "IAM"):
        service.environment[f"AWS_ENDPOINT_URL_{name}"] = moto.url
    service.ok("enable")
    assert "http://127.0.0.1:9" not in service.ok("accounts")


def test_kms_sqs_and_aliases_as_the_service(moto, service, member):
    kms = moto.client("kms", member)
    key = kms.create_key()["KeyMetadata"]
    grantee = role_arn(member)
    kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=grantee, Operations=["Decrypt"])
    (found,) = service.lines("kms", member, key["Arn"])
    assert found["account"] == member and found["state"] == "Enabled"
    assert json.loads(found["policy"])["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{member}:root"}
    assert found["grants"] == [{"grantee": grantee, "operations": ["Decrypt"]}]

    sqs = moto.client("sqs", member)
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    bodies = [json.dumps({"n": n, "text": "zwölf <&>"}) for n in range(13)]
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    assert sorted(service.ok("receive", member, "events").splitlines()) == sorted(bodies)
    assert service.ok("receive", member, "events") == ""
    assert service.fails("receive", member, "nothing").startswith("not-found")

    moto.client("iam", member).create_account_alias(AccountAlias=f"alias-{member}")
    assert service.ok("aliases", member).split() == [f"alias-{member}"]
