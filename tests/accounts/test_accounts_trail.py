"""The trail (A7) in the AWS emulator, read back with boto3."""

import json

TRAIL = "AWSMacieTrail-DO-NOT-EDIT"


def selected(moto, account, region="us-east-1"):
    """The data resources of the trail, all of S3 objects; none when there is no trail."""
    client = moto.client("cloudtrail", account, region)
    trails = client.describe_trails(trailNameList=[TRAIL], includeShadowTrails=False)["trailList"]
    if not trails:
        return None
    (selector,) = client.get_event_selectors(TrailName=TRAIL)["EventSelectors"]
    assert selector["IncludeManagementEvents"] is False and selector["ReadWriteType"] == "All"
    (resource,) = selector["DataResources"]
    assert resource["Type"] == "AWS::S3::Object"
    return resource["Values"]


def test_a7_the_trail_follows_the_selection(moto, service, member):
    service.ok("sync", member, "us-east-1")
    assert selected(moto, member) is None  # nothing selected, nothing made

    service.ok("select", member, "us-east-1", "data")
    service.ok("select", member, "us-east-1", "logs", "2026/")
    service.ok("sync", member, "us-east-1")
    assert selected(moto, member) == ["arn:aws:s3:::data/", "arn:aws:s3:::logs/2026/"]
    client = moto.client("cloudtrail", member)
    (trail,) = client.describe_trails()["trailList"]
    assert trail["S3BucketName"] == f"{member}-awsmacietrail-us-east-1"
    assert not trail["IsMultiRegionTrail"] and not trail["IncludeGlobalServiceEvents"]
    assert client.get_trail_status(Name=TRAIL)["IsLogging"]

    service.ok("unselect", member, "us-east-1", "data")
    service.ok("select", member, "us-east-1", "more")
    service.ok("sync", member, "us-east-1")
    assert selected(moto, member) == ["arn:aws:s3:::logs/2026/", "arn:aws:s3:::more/"]

    service.ok("unselect", member, "us-east-1", "logs", "2026/")
    service.ok("unselect", member, "us-east-1", "more")
    service.ok("sync", member, "us-east-1")
    assert selected(moto, member) is None


def test_a7_cloudtrail_may_write_to_the_bucket_and_no_other_trail(moto, service, member):
    service.ok("select", member, "us-east-1", "data")
    service.ok("sync", member, "us-east-1")
    bucket = f"{member}-awsmacietrail-us-east-1"
    policy = json.loads(moto.client("s3", member).get_bucket_policy(Bucket=bucket)["Policy"])
    arn = f"arn:aws:cloudtrail:us-east-1:{member}:trail/{TRAIL}"
    check, write = policy["Statement"]
    for statement in (check, write):
        assert statement["Effect"] == "Allow" and statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert statement["Condition"]["StringEquals"]["aws:SourceArn"] == arn
    assert (check["Action"], check["Resource"]) == ("s3:GetBucketAcl", f"arn:aws:s3:::{bucket}")
    assert (write["Action"], write["Resource"]) == ("s3:PutObject", f"arn:aws:s3:::{bucket}/AWSLogs/{member}/*")
    assert write["Condition"]["StringEquals"]["s3:x-amz-acl"] == "bucket-owner-full-control"


def test_a7_one_trail_in_each_region(moto, service, member):
    for region, bucket in (("us-east-1", "here"), ("eu-west-1", "there")):
        service.ok("select", member, region, bucket)
        service.ok("sync", member, region)
    assert selected(moto, member) == ["arn:aws:s3:::here/"]
    assert selected(moto, member, "eu-west-1") == ["arn:aws:s3:::there/"]
    bucket = f"{member}-awsmacietrail-eu-west-1"
    assert moto.client("s3", member).get_bucket_location(Bucket=bucket)["LocationConstraint"] == "eu-west-1"


def test_a7_somebody_s_changes_are_put_right(moto, service, member):
    service.ok("select", member, "us-east-1", "data")
    service.ok("sync", member, "us-east-1")
    client = moto.client("cloudtrail", member)
    client.stop_logging(Name=TRAIL)
    moto.client("s3", member).create_bucket(Bucket=f"other-{member}")
    client.update_trail(Name=TRAIL, S3BucketName=f"other-{member}")
    client.put_event_selectors(
        TrailName=TRAIL, EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": True}]
    )
    service.ok("sync", member, "us-east-1")
    assert selected(moto, member) == ["arn:aws:s3:::data/"]
    (trail,) = client.describe_trails()["trailList"]
    assert trail["S3BucketName"] == f"{member}-awsmacietrail-us-east-1"
    assert client.get_trail_status(Name=TRAIL)["IsLogging"]


def test_a7_all_250_resources_fit(moto, service, member):
    for number in range(250):
        service.ok("select", member, "us-east-1", "data", f"{number:03}/")
    service.ok("sync", member, "us-east-1")
    assert selected(moto, member) == [f"arn:aws:s3:::data/{number:03}/" for number in range(250)]


def test_a7_a6_disabling_removes_the_trails_but_not_the_logs(moto, service, member):
    for account in (member, service.master):
        service.ok("select", account, "us-east-1", "data")
        service.ok("sync", account, "us-east-1")
    service.ok("disable")
    for account in (member, service.master):
        assert selected(moto, account) is None
        moto.client("s3", account).head_bucket(Bucket=f"{account}-awsmacietrail-us-east-1")
    moto.client("iam", member).get_role(RoleName="AWSServiceRoleForAmazonMacie")


def test_a7_disassociating_removes_the_trail(moto, service, member):
    service.ok("select", member, "us-east-1", "data")
    service.ok("sync", member, "us-east-1")
    service.ok("disassociate", member)
    assert selected(moto, member) is None
    service.ok("sync", member, "us-east-1")  # not a member any more: nothing happens
    assert selected(moto, member) is None


def test_a7_a_trail_that_cannot_be_made_is_told(service, member):
    service.ok("select", member, "us-east-1", "data")
    service.connections[0]["service_endpoint_urls"] = {"cloudtrail": "http://127.0.0.1:9"}
    message = service.fails("sync", member, "us-east-1")
    assert message.startswith("unavailable") and member in message
    assert "127.0.0.1:9" in service.accounts()[member]["error"]
    assert service.lines("audit")[0]["result"] == "unavailable"
    # Disabling goes through, and the log names what is left behind.
    service.ok("disable")
    left = json.loads(service.lines("audit")[0]["detail"])["trailsLeft"]
    assert member in left


def test_a7_nothing_where_there_is_no_cloudtrail(tmp_path, bare_service):
    service = bare_service
    (tmp_path / "estate").mkdir()
    service.connections = [
        {"account_id": service.master, "kind": "directory", "directory": str(tmp_path / "estate")}
    ]
    service.ok("enable")
    service.ok("select", service.master, "us-east-1", "data")
    service.ok("sync", service.master, "us-east-1")
