"""Accounts of kind aws, in an AWS emulator with several accounts: roles, trails, keys and regions.

The emulator (moto) lets anybody assume any role, so that refusals here are those of the service itself, which reads
the trust policies.
"""
import json
import subprocess
from urllib.parse import quote

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
import requests

from peer_servers import new_account
from service_harness import ASSAY, wait_until

PERSON = b"Employee Mary Johnson, social security number 512-44-7731\n"
TRAIL = "AWSMacieTrail-DO-NOT-EDIT"
ROLE = "AWSServiceRoleForAmazonMacie"


def role_arn(account):
    return f"arn:aws:iam::{account}:role/aws-service-role/macie.amazonaws.com/{ROLE}"


def launch(service, moto, account, template="member", master=None):
    """Creates the stack that `assay templates` prints, as an operator does."""
    parameters = {"MasterAccountId": master or service.master} if template == "member" else {}
    return moto.launch(account, service_template(service, template), **parameters)


def service_template(service, name):
    done = subprocess.run([ASSAY, "templates", name], capture_output=True, text=True, timeout=60,
                          env=service.environment, check=True)
    return done.stdout


def bucket_with(moto, account, name, region="us-east-1", **objects):
    """A bucket of an account; names are the world's, so the account's ID is part of each."""
    s3 = moto.client("s3", account, region)
    bucket = f"{name}-{account}"
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=bucket, **where)
    for key, body in objects.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    return bucket


def selectors(moto, account, region="us-east-1"):
    """What the trail watches; None where there is no trail."""
    client = moto.client("cloudtrail", account, region)
    if TRAIL not in [trail["Name"] for trail in client.describe_trails()["trailList"]]:
        return None
    found = client.get_event_selectors(TrailName=TRAIL)["EventSelectors"]
    return [value for one in found for resource in one["DataResources"] for value in resource["Values"]]


@pytest.fixture
def aws_service(make_aws_service, moto):
    service = make_aws_service()
    launch(service, moto, service.master, "master")
    return service.start("--comparison-interval", "1s")


def test_a1_a2_a4_integrated_through_the_roles_of_our_templates(aws_service, moto):
    service, member = aws_service, new_account()
    launch(service, moto, member)
    service.macie().associate_member_account(memberAccountId=member)
    accounts = {row["accountId"]: row for row in service.json("accounts list")["accounts"]}
    assert {account: row["state"] for account, row in accounts.items()} == {
        service.master: "integrated", member: "integrated"}
    assert moto.client("iam", member).get_role(RoleName=ROLE)["Role"]["Arn"] == role_arn(member)
    # Each account's buckets are its own, and are read with its own role.
    mine = bucket_with(moto, service.master, "mine", a=PERSON)
    theirs = bucket_with(moto, member, "theirs", b=PERSON)
    service.select(mine)
    service.select(theirs, account=member)
    service.idle()
    assert {key: record["outcome"] for key, record in service.objects().items()} == {
        (service.master, mine, "a"): "classified", (member, theirs, "b"): "classified"}
    (row,) = service.json("estimate", "--account", member, theirs)["buckets"]
    assert row["total_processed"] == 1024


def test_a3_refusals_name_the_account_and_the_remedy(aws_service, moto):
    service = aws_service
    good, bare, wrong = new_account(), new_account(), new_account()
    launch(service, moto, good)
    launch(service, moto, wrong, master=new_account())
    done = service.run("accounts add", f"{good},{bare},{wrong},12", "--format", "json", code=1)
    results = {result["accountId"]: result for result in json.loads(done.stdout)["results"]}
    assert {account: result["ok"] for account, result in results.items()} == {
        good: True, bare: False, wrong: False, "12": False}
    assert bare in results[bare]["message"] and "assay templates member" in results[bare]["remedy"]
    assert wrong in results[wrong]["message"] and service.master in results[wrong]["remedy"]
    with pytest.raises(service.macie().exceptions.ClientError) as caught:
        service.macie().associate_member_account(memberAccountId=bare)
    assert bare in caught.value.response["Error"]["Message"]
    # What was missing is made, and the same request succeeds; should it be signed in the same second, the client
    # is asked to sign it again.
    launch(service, moto, bare)
    service.macie(attempts=3).associate_member_account(memberAccountId=bare)


def test_a3_an_endpoint_that_does_not_answer_is_told(make_aws_service):
    service = make_aws_service().start()
    unreachable = new_account()
    with open(service.directory / "assay.toml", "a") as file:
        file.write(f'\n[[account]]\nid = "{unreachable}"\nkind = "aws"\nendpoint_url = "http://127.0.0.1:9"\n')
    service.stop()
    service.start()
    done = service.run("accounts add", unreachable, "--format", "json", code=1)
    (result,) = json.loads(done.stdout)["results"]
    assert "127.0.0.1:9" in result["message"] and unreachable in result["message"] and result["remedy"]


def test_a7_the_trail_follows_the_selection_and_ends_with_the_service(aws_service, moto):
    service, member = aws_service, new_account()
    launch(service, moto, member)
    service.run("accounts add", member)
    bucket = bucket_with(moto, member, "data", a=b"x")
    other = bucket_with(moto, member, "other", a=b"x")
    assert selectors(moto, member) is None
    service.select(bucket, account=member)
    assert selectors(moto, member) == [f"arn:aws:s3:::{bucket}/"]
    assert moto.client("cloudtrail", member).get_trail_status(Name=TRAIL)["IsLogging"]
    moto.client("s3", member).head_bucket(Bucket=f"{member}-awsmacietrail-us-east-1")
    service.select(other, "logs/", account=member)
    assert selectors(moto, member) == [f"arn:aws:s3:::{bucket}/", f"arn:aws:s3:::{other}/logs/"]
    service.macie().disassociate_s3_resources(memberAccountId=member, associatedS3Resources=[{"bucketName": bucket}])
    assert selectors(moto, member) == [f"arn:aws:s3:::{other}/logs/"]
    service.idle()
    service.run("disable", "--access-ends", "--data-is-deleted")
    assert selectors(moto, member) is None
    # The user's data and both roles stay (A5, A6).
    assert moto.client("s3", member).get_object(Bucket=bucket, Key="a")["Body"].read() == b"x"
    for role in (ROLE, "AmazonMacieHandshakeRole"):
        moto.client("iam", member).get_role(RoleName=role)
    service.run("enable")
    assert [a["accountId"] for a in service.macie().list_member_accounts()["memberAccounts"]] == [service.master]
    service.run("accounts add", member)
    service.select(bucket, account=member)
    assert selectors(moto, member) == [f"arn:aws:s3:::{bucket}/"]


def key_policy(account, *users):
    """The policy that the KMS console writes: the account administers, the key users use."""
    use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    administer = ["kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Get*",
                  "kms:Delete*", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"]
    statements = [{"Sid": "Administrators", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                   "Action": administer, "Resource": "*"}]
    if users:
        statements.append({"Sid": "Users", "Effect": "Allow", "Principal": {"AWS": list(users)}, "Action": use,
                           "Resource": "*"})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture
def encrypted(aws_service, moto):
    """An integrated member with a bucket whose objects are named after the policy of their key."""
    service, member = aws_service, new_account()
    launch(service, moto, member)
    service.run("accounts add", member)
    kms, s3 = moto.client("kms", member), moto.client("s3", member)
    bucket = bucket_with(moto, member, "encrypted")
    user = role_arn(member)
    policies = {
        "user": key_policy(member, user),
        "ordinary-role": key_policy(member, f"arn:aws:iam::{member}:role/AWSMacieServiceCustomerServiceRole"),
        "somebody-else": key_policy(member, f"arn:aws:iam::{member}:role/Somebody"),
        "nobody": key_policy(member),
    }
    denied = json.loads(key_policy(member, user))
    denied["Statement"].append({"Effect": "Deny", "Principal": {"AWS": user}, "Action": "kms:Decrypt", "Resource": "*"})
    via = json.loads(key_policy(member, user))
    via["Statement"][1]["Condition"] = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com",
                                                         "kms:CallerAccount": member}}
    elsewhere = json.loads(key_policy(member, user))
    elsewhere["Statement"][1]["Condition"] = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
    policies |= {"denied": json.dumps(denied), "via-s3": json.dumps(via), "via-elsewhere": json.dumps(elsewhere)}
    keys = {}
    for name, policy in policies.items():
        keys[name] = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
        s3.put_object(Bucket=bucket, Key=name, Body=PERSON, ServerSideEncryption="aws:kms", SSEKMSKeyId=keys[name])
    keys["grant"] = kms.create_key(Policy=policies["nobody"])["KeyMetadata"]["Arn"]
    kms.create_grant(KeyId=keys["grant"], GranteePrincipal=user, Operations=["Decrypt"])
    s3.put_object(Bucket=bucket, Key="grant", Body=PERSON, ServerSideEncryption="aws:kms", SSEKMSKeyId=keys["grant"])
    s3.put_object(Bucket=bucket, Key="sse-s3", Body=PERSON, ServerSideEncryption="AES256")
    return service, member, bucket, keys


def test_e1_e2_sse_kms_by_the_policy_of_the_key(encrypted):
    """moto decrypts for everybody: what is skipped here is skipped because of the key's policy alone."""
    service, member, bucket, keys = encrypted
    service.select(bucket, account=member)
    service.idle()
    found = {key: record for (_, _, key), record in service.objects().items()}
    usable = {"user", "ordinary-role", "via-s3", "grant", "sse-s3"}
    assert {key for key, record in found.items() if record["outcome"] == "classified"} == usable
    for key in set(keys) - usable:
        assert (found[key]["outcome"], found[key]["reason"]) == ("skipped", "kms-key-not-usable"), key
        assert "pii_types" not in found[key]
    for key, arn in keys.items():
        metadata = found[key]["filesystem_metadata"]
        assert metadata["sse_kms_key_id"] == arn and metadata["server_encryption"] == "aws:kms", key
        assert metadata["size"] == len(PERSON)
    assert found["sse-s3"]["filesystem_metadata"]["server_encryption"] == "AES256"
    assert service.charged(member) == len(usable) * 1024


@pytest.mark.both_stores
def test_acls_of_objects_where_the_bucket_has_acls(aws_service, moto):
    service, member = aws_service, new_account()
    launch(service, moto, member)
    service.macie().associate_member_account(memberAccountId=member)
    s3 = moto.client("s3", member)
    buckets = {}
    for name in ("open", "enforced", "blocked"):
        buckets[name] = bucket_with(moto, member, name, private=PERSON, public=PERSON)
        s3.put_object_acl(Bucket=buckets[name], Key="public", ACL="public-read")
    s3.put_bucket_ownership_controls(Bucket=buckets["enforced"], OwnershipControls={
        "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    s3.put_public_access_block(Bucket=buckets["blocked"], PublicAccessBlockConfiguration={"IgnorePublicAcls": True})
    for bucket in buckets.values():
        service.select(bucket, account=member)
    service.idle()
    acl = {(bucket, key): record.get("object_acl") for (_, bucket, key), record in service.objects().items()}
    assert len(acl) == 6
    everyone = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    for key in ("private", "public"):
        assert acl[buckets["enforced"], key] is None
        assert acl[buckets["open"], key] == acl[buckets["blocked"], key] and acl[buckets["open"], key]["Owner"]["ID"]
    assert {"Grantee": everyone, "Permission": "READ"} in acl[buckets["open"], "public"]["Grants"]
    assert {"Grantee": everyone, "Permission": "READ"} not in acl[buckets["open"], "private"]["Grants"]

    def found(name, value):
        records, token = [], ""
        while True:
            answer = service.api(f"/objects?{name}={quote(value, safe='')}" + token)
            records += answer["objects"]
            if "nextToken" not in answer:
                return {(record["bucket"], record["key"]) for record in records}
            token = f"&nextToken={answer['nextToken']}"

    assert found("worldReadable", "true") == {(buckets["open"], "public")}
    assert found("aclGranteeUri", everyone["URI"]) == {(buckets[name], "public") for name in ("open", "blocked")}
    owner = acl[buckets["open"], "private"]["Owner"]["ID"]
    assert found("aclOwnerId", owner) == {place for place, told in acl.items() if told}
    assert service.api("/dashboard")["publicObjects"] == 1


def test_acls_of_objects_are_left_alone_when_told_so(make_aws_service, moto):
    service = make_aws_service()
    launch(service, moto, service.master, "master")
    service.start("--comparison-interval", "1s", "--object-acls", "false")
    bucket = bucket_with(moto, service.master, "open", public=PERSON)
    moto.client("s3", service.master).put_object_acl(Bucket=bucket, Key="public", ACL="public-read")
    service.select(bucket)
    service.idle()
    (record,) = service.objects().values()
    assert record["outcome"] == "classified" and "object_acl" not in record
    assert service.api("/dashboard")["publicObjects"] == 0


def test_e2_a_key_whose_policy_was_put_right_is_tried_again_when_asked(encrypted, moto):
    service, member, bucket, keys = encrypted
    service.select(bucket, "nobody", account=member)
    service.idle()
    ((_, _, key), record), = service.objects().items()
    assert key == "nobody" and record["reason"] == "kms-key-not-usable"
    moto.client("kms", member).put_key_policy(KeyId=keys["nobody"], PolicyName="default",
                                              Policy=key_policy(member, role_arn(member)))
    # Verdicts about a key are kept for minutes; a new start asks again.
    service.stop()
    service.start("--comparison-interval", "1s")
    moto.client("s3", member).put_object(Bucket=bucket, Key="nobody", Body=PERSON + b"again\n",
                                         ServerSideEncryption="aws:kms", SSEKMSKeyId=keys["nobody"])
    wait_until("the object", lambda: "ssn" in service.objects()[member, bucket, "nobody"].get("pii_types", []))


def test_e3_client_side_encryption(aws_service, moto):
    service = aws_service
    bucket = bucket_with(moto, service.master, "client-side", plain=PERSON)
    s3 = moto.client("s3", service.master)
    for name, metadata in (("v1", {"x-amz-key": "a", "x-amz-iv": "b", "x-amz-matdesc": "{}"}),
                           ("v2", {"x-amz-key-v2": "a", "x-amz-iv": "b", "x-amz-cek-alg": "AES/GCM/NoPadding",
                                   "x-amz-wrap-alg": "kms", "x-amz-matdesc": "{}"})):
        s3.put_object(Bucket=bucket, Key=name, Body=b"\x80" * 500, Metadata=metadata)
    service.select(bucket)
    service.idle()
    got = {key: (record["outcome"], record.get("reason")) for (_, _, key), record in service.objects().items()}
    skipped = ("skipped", "client-side-encrypted")
    assert got == {"plain": ("classified", None), "v1": skipped, "v2": skipped}


def test_r2_two_regions_of_one_account(make_aws_service, moto):
    service = make_aws_service().start("--regions", "us-east-1,eu-west-1")
    near = bucket_with(moto, service.master, "near", a=PERSON)
    far = bucket_with(moto, service.master, "far", region="eu-west-1", b=PERSON)
    kind = {"oneTime": "FULL", "continuous": "FULL"}
    for region, mine, other in (("us-east-1", near, far), ("eu-west-1", far, near)):
        answer = service.macie(region).associate_s3_resources(s3Resources=[
            {"bucketName": other, "classificationType": kind}, {"bucketName": mine, "classificationType": kind}])
        assert [item["failedItem"]["bucketName"] for item in answer["failedS3Resources"]] == [other]
    for region, mine in (("us-east-1", near), ("eu-west-1", far)):
        assert [item["bucketName"] for item in service.macie(region).list_s3_resources()["s3Resources"]] == [mine]
        assert selectors(moto, service.master, region) == [f"arn:aws:s3:::{mine}/"]
    service.idle()
    assert {(bucket, key) for _, bucket, key in service.objects()} == {(near, "a"), (far, "b")}
    service.run("disable", "--access-ends", "--data-is-deleted")
    assert selectors(moto, service.master) is None and selectors(moto, service.master, "eu-west-1") is None


def block_public_acls_of(moto, account):
    """PutPublicAccessBlock of S3 Control; boto3 would ask a host named after the account, which no emulator has."""
    request = botocore.awsrequest.AWSRequest(
        "PUT", f"{moto.url}/v20180820/configuration/publicAccessBlock", headers={"x-amz-account-id": account},
        data=b"<PublicAccessBlockConfiguration><IgnorePublicAcls>true</IgnorePublicAcls>"
             b"</PublicAccessBlockConfiguration>")
    keys = botocore.credentials.Credentials(*moto.user_keys(account))
    botocore.auth.S3SigV4Auth(keys, "s3", "us-east-1").add_auth(request)
    answer = requests.put(request.url, data=request.body, headers=dict(request.headers), timeout=30)
    assert answer.status_code in (200, 201), answer.text


def test_an_account_keeps_the_world_out_of_its_public_bucket(aws_service, moto):
    service = aws_service

    def properties_of_a_public_bucket(name):
        bucket = bucket_with(moto, service.master, name, a=PERSON)
        moto.client("s3", service.master).put_bucket_acl(Bucket=bucket, ACL="public-read")
        return service.api(f"/buckets/{service.master}/{bucket}/properties")["properties"]

    before = properties_of_a_public_bucket("before")
    assert before["s3_world_readability"] == "true"
    assert before["documents"]["accountPublicAccessBlock"] == "absent"
    block_public_acls_of(moto, service.master)
    after = properties_of_a_public_bucket("after")
    assert after["s3_world_readability"] == "false"
    assert after["accountPublicAccessBlock"]["IgnorePublicAcls"] is True
    assert "IgnorePublicAcls" in after["s3_world_readability_reasons"][0]


def test_r4_o2_events_through_a_queue(make_aws_service, moto):
    """A bucket notifies a queue (the emulator sends what S3 sends); listings are compared once an hour only."""
    service = make_aws_service()
    sqs, s3 = moto.client("sqs", service.master), moto.client("s3", service.master)
    url = sqs.create_queue(QueueName="object-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bucket = bucket_with(moto, service.master, "announcing", first=b"first\n")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={
        "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}]})
    toml = service.directory / "assay.toml"
    toml.write_text(toml.read_text() + f'events_queue_url = "{url}"\n')  # of [aws], the last table
    service.start("--comparison-interval", "1h")
    service.select(bucket)
    service.idle()
    wait_until("the first comparison", lambda: service.json("resources list")["resources"][0].get("lastComparedAt"))
    key = "a key/with spaces + caf\u00e9"
    sqs.send_message(QueueUrl=url, MessageBody="this is no event")
    s3.put_object(Bucket=bucket, Key=key, Body=PERSON)
    wait_until("the new object", lambda: (service.master, bucket, key) in service.objects())
    assert "ssn" in service.objects()[service.master, bucket, key]["pii_types"]
    s3.delete_object(Bucket=bucket, Key=key)
    wait_until("the deletion", lambda: set(service.objects()) == {(service.master, bucket, "first")})
    assert service.charged() == 2 * 1024

    def left():
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"]) + int(attributes["ApproximateNumberOfMessagesNotVisible"])

    wait_until("the queue to be empty", lambda: left() == 0)
