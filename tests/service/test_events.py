"""Events of stores: an object is classified seconds after it was announced, long before the next comparison."""
import time
from urllib.parse import quote_plus

import pytest
import requests

from peer_servers import s3_servers
from service_harness import MASTER, MEMBER, wait_until

PERSON = b"Employee Mary Johnson, social security number 512-44-7731\n"
TOKEN = "a-token-of-the-test-suite"


def minio(bucket, key, name="s3:ObjectCreated:Put"):
    """What MinIO posts to a webhook target (MinIO documentation, "Publish events to webhook"; the
    members that are about the object itself are shortened).
    """
    return {
        "EventName": name,
        "Key": f"{bucket}/{key}",
        "Records": [{
            "eventVersion": "2.0", "eventSource": "minio:s3", "awsRegion": "", "eventTime": "2024-05-01T10:00:00.123Z",
            "eventName": name, "userIdentity": {"principalId": "minioadmin"},
            "requestParameters": {"principalId": "minioadmin", "region": "", "sourceIPAddress": "127.0.0.1"},
            "responseElements": {"x-amz-request-id": "17C8", "x-minio-origin-endpoint": "http://127.0.0.1:9000"},
            "s3": {"s3SchemaVersion": "1.0", "configurationId": "Config",
                   "bucket": {"name": bucket, "ownerIdentity": {"principalId": "minioadmin"},
                              "arn": f"arn:aws:s3:::{bucket}"},
                   "object": {"key": quote_plus(key), "size": 1, "eTag": "e", "sequencer": "17C8"}},
            "source": {"host": "127.0.0.1", "port": "", "userAgent": "MinIO (linux; amd64)"},
        }],
    }  # fmt: skip


def ceph(bucket, key, name="ObjectCreated:Put"):
    """What a Ceph object gateway posts to an HTTP endpoint (Ceph documentation, "S3 bucket notifications
    compatibility"): names of events without "s3:", keys as they are.
    """
    return {
        "Records": [{
            "eventVersion": "2.2", "eventSource": "ceph:s3", "awsRegion": "zonegroup1",
            "eventTime": "2024-05-01T10:00:00.123456Z", "eventName": name, "userIdentity": {"principalId": "tester"},
            "requestParameters": {"sourceIPAddress": ""},
            "responseElements": {"x-amz-request-id": "1", "x-amz-id-2": "2"},
            "s3": {"s3SchemaVersion": "1.0", "configurationId": "notif1",
                   "bucket": {"name": bucket, "ownerIdentity": {"principalId": "tester"},
                              "arn": f"arn:aws:s3:::{bucket}", "id": "1"},
                   "object": {"key": key, "size": 1, "eTag": "e", "versionId": "", "sequencer": "1", "metadata": [],
                              "tags": []}},
            "eventId": "1",
        }],
    }  # fmt: skip


FORMS = {"minio": minio, "ceph": ceph}


def post(service, document, account=MASTER, token=TOKEN, **more):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.post(f"{service.url}/api/v1/events/{account}", json=document, headers=headers, timeout=30, **more)


@pytest.fixture
def announced(make_s3_service, running, clean_environment):
    """A service that compares listings once an hour, over a bucket that it has looked at already."""
    server = running("versitygw")
    bucket = s3_servers.new_bucket(server)
    server.client().put_object(Bucket=bucket, Key="first", Body=b"first\n")
    service = make_s3_service(server).start("--comparison-interval", "1h", "--events-token", TOKEN)
    service.select(bucket)
    service.idle()
    wait_until("the first comparison", lambda: all(
        resource.get("lastComparedAt") for resource in service.json("resources list")["resources"]))
    service.idle()
    return service, server, bucket


def keys(service):
    return {key for _, _, key in service.objects()}


@pytest.mark.both_stores
@pytest.mark.parametrize("form", FORMS)
def test_r4_an_announced_object_is_classified_within_seconds(announced, form):
    service, server, bucket = announced
    event = FORMS[form]
    for key in ("new", "a key/with spaces + caf\u00e9"):
        server.client().put_object(Bucket=bucket, Key=key, Body=PERSON)
        began = time.monotonic()
        assert post(service, event(bucket, key)).status_code == 200
        wait_until("the object", lambda key=key: (MASTER, bucket, key) in service.objects(), 60)
        assert time.monotonic() - began < 20  # seconds; an hour without the event
    record = service.objects()[MASTER, bucket, "new"]
    assert record["outcome"] == "classified" and "ssn" in record["pii_types"]


@pytest.mark.parametrize("form", FORMS)
def test_o2_events_come_twice_late_and_in_the_wrong_order(announced, form):
    """What an event says is only a hint: the object itself tells what happened."""
    service, server, bucket = announced
    event = FORMS[form]
    removed = "s3:ObjectRemoved:Delete" if form == "minio" else "ObjectRemoved:Delete"
    server.client().put_object(Bucket=bucket, Key="new", Body=PERSON)
    for _ in range(3):
        post(service, event(bucket, "new"))
    wait_until("the object", lambda: "new" in keys(service))
    post(service, event(bucket, "new", removed))  # it is still there
    post(service, event(bucket, "never-there"))
    server.client().put_object(Bucket=bucket, Key="last", Body=PERSON)
    post(service, event(bucket, "last"))
    wait_until("the last object", lambda: "last" in keys(service))
    assert keys(service) == {"first", "new", "last"}
    assert service.charged() == 3 * 1024
    server.client().delete_object(Bucket=bucket, Key="new")
    post(service, event(bucket, "new"))  # it is not there any more
    wait_until("the deletion", lambda: keys(service) == {"first", "last"})
    assert service.charged() == 3 * 1024


def test_r3_events_of_what_is_not_monitored_are_nothing(announced):
    service, server, bucket = announced
    other = s3_servers.new_bucket(server)
    server.client().put_object(Bucket=other, Key="unseen", Body=PERSON)
    server.client().put_object(Bucket=bucket, Key="seen", Body=PERSON)
    assert post(service, minio(other, "unseen")).status_code == 200
    assert post(service, minio(bucket, "seen")).status_code == 200
    wait_until("the object", lambda: "seen" in keys(service))
    assert keys(service) == {"first", "seen"}


def test_who_does_not_know_the_token_is_refused(announced):
    service, server, bucket = announced
    server.client().put_object(Bucket=bucket, Key="new", Body=PERSON)
    for token in ("", "wrong-token-of-the-tests", TOKEN + "x", TOKEN[:-1]):
        answer = post(service, minio(bucket, "new"), token=token)
        assert answer.status_code in (401, 403), token
        assert TOKEN not in answer.text
    assert post(service, minio(bucket, "new"), account=MEMBER).status_code >= 400
    assert post(service, {"nothing": "known"}).status_code == 400
    assert post(service, {"Service": "MinIO", "Event": "s3:TestEvent", "Bucket": bucket}).status_code == 200
    assert keys(service) == {"first"}


def test_no_webhook_without_a_token(make_service):
    service = make_service().start()
    assert post(service, minio("exports", "notes.md"), token="").status_code == 404
    assert post(service, minio("exports", "notes.md"), token="anything").status_code == 404
