"""A queue of object events (Amazon SQS, emulated): taken over, worked off, emptied."""
import json
from urllib.parse import quote_plus

import pytest
import requests

from service_harness import REGION, wait_until

PERSON = b"Employee Mary Johnson, social security number 512-44-7731\n"


def notification(bucket, key, name="ObjectCreated:Put"):
    """Amazon S3 user guide, "Event message structure"."""
    return {"Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": REGION, "eventTime": "2024-05-01T10:00:00.123Z",
        "eventName": name,
        "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": bucket}, "object": {"key": quote_plus(key), "size": 1}},
    }]}


def through_sns(bucket, key):
    """Amazon SNS developer guide, "Amazon SNS message and JSON formats"."""
    return {"Type": "Notification", "MessageId": "1", "TopicArn": f"arn:aws:sns:{REGION}:111122223333:t",
            "Message": json.dumps(notification(bucket, key)), "Timestamp": "2024-05-01T10:00:00.123Z"}


def through_eventbridge(bucket, key):
    """Amazon S3 user guide, "EventBridge event message structure": keys are as they are."""
    return {"version": "0", "detail-type": "Object Created", "source": "aws.s3", "time": "2024-05-01T10:00:00Z",
            "detail": {"version": "0", "bucket": {"name": bucket}, "object": {"key": key, "size": 1}}}


def waiting(sqs, queue):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(map(int, sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"].values()))


def metric(service, name):
    lines = requests.get(service.url + "/metrics", timeout=10).text.splitlines()
    return int(next(line.split()[-1] for line in lines if line.startswith(name)))


@pytest.fixture
def queue_service(make_aws_service, moto):
    """A service whose master account has a bucket and a queue; only events find anything in time."""
    service = make_aws_service()
    master = service.master
    service.sqs, service.s3 = moto.client("sqs", master), moto.client("s3", master)
    service.queue = service.sqs.create_queue(QueueName=f"events-{master}")["QueueUrl"]
    service.bucket = f"queued-{master}"
    service.s3.create_bucket(Bucket=service.bucket)
    with open(service.directory / "assay.toml", "a") as file:
        file.write(f'[[account]]\nid = "{master}"\nkind = "aws"\nendpoint_url = "{moto.url}"\n'
                   f'events_queue_url = "{service.queue}"\n')
    service.start("--comparison-interval", "24h")
    service.select(service.bucket, one_time="NONE")
    # The comparison that follows the selection is over before anything is there.
    service.idle()
    return service


def send(service, body):
    service.sqs.send_message(QueueUrl=service.queue, MessageBody=body if isinstance(body, str) else json.dumps(body))


@pytest.mark.sqlite_only
@pytest.mark.fleet_too
def test_events_of_the_queue_are_worked_off_and_deleted(queue_service):
    service, bucket = queue_service, queue_service.bucket
    forms = {"plain/a b+ä.txt": notification, "sns.txt": through_sns, "bridge/a b.txt": through_eventbridge}
    for key, form in forms.items():
        service.s3.put_object(Bucket=bucket, Key=key, Body=PERSON)
        send(service, form(bucket, key))
    send(service, notification("somebody-elses", "x"))
    send(service, {"Service": "Amazon S3", "Event": "s3:TestEvent"})
    wait_until("the objects to be classified", lambda: len(service.objects()) == len(forms), 60)
    assert {(key, record["outcome"]) for (_, _, key), record in service.objects().items()} \
        == {(key, "classified") for key in forms}
    wait_until("the queue to be empty", lambda: waiting(service.sqs, service.queue) == 0, 60)
    assert metric(service, 'assay_event_queue_messages_total{result="taken"}') == 5
    assert metric(service, 'assay_event_queue_messages_total{result="refused"}') == 0

    service.s3.delete_object(Bucket=bucket, Key="sns.txt")
    send(service, notification(bucket, "sns.txt", "ObjectRemoved:Delete"))
    wait_until("the deleted object to be gone", lambda: len(service.objects()) == len(forms) - 1, 60)


@pytest.mark.sqlite_only
@pytest.mark.fleet_too
def test_what_is_no_event_does_not_stay_in_the_queue(queue_service):
    service, bucket = queue_service, queue_service.bucket
    for nonsense in ("not JSON", "[]", "{}", '{"Message": "{"}'):
        send(service, nonsense)
    service.s3.put_object(Bucket=bucket, Key="good.txt", Body=PERSON)
    send(service, notification(bucket, "good.txt"))
    wait_until("the good one among them", lambda: len(service.objects()) == 1, 60)
    wait_until("the queue to be empty", lambda: waiting(service.sqs, service.queue) == 0, 60)
    assert metric(service, 'assay_event_queue_messages_total{result="refused"}') == 4


@pytest.mark.sqlite_only
@pytest.mark.fleet_too
def test_a_queue_that_is_not_there_is_told_and_is_read_once_it_is(queue_service):
    service = queue_service
    service.sqs.delete_queue(QueueUrl=service.queue)
    wait_until("the error", lambda: service.queue in service.json("status")["lastError"], 60)
    service.sqs.create_queue(QueueName=f"events-{service.master}")
    service.s3.put_object(Bucket=service.bucket, Key="late.txt", Body=PERSON)
    send(service, notification(service.bucket, "late.txt"))
    wait_until("the object to be classified", lambda: len(service.objects()) == 1, 90)
    assert service.json("status")["lastError"] == ""


@pytest.mark.sqlite_only
@pytest.mark.fleet_too
def test_a_long_poll_does_not_keep_the_service_from_stopping(queue_service):
    import time
    begin = time.monotonic()
    assert queue_service.stop() == 0
    assert time.monotonic() - begin < 10
