"""The S3 store when the network and the store misbehave: what is read is right, or not read."""

import datetime
import time

import pytest

from conftest import new_bucket

BODY = bytes(i * 7 % 256 for i in range(300_000))
FAST = ["--max-attempts", "4"]


@pytest.fixture
def gateway(running):
    return running("versitygw")


@pytest.fixture
def stored(gateway):
    """A bucket with the object "k", and its pin."""
    bucket = new_bucket(gateway)
    etag = gateway.client().put_object(Bucket=bucket, Key="k", Body=BODY)["ETag"].strip('"')
    return bucket, {"PIN_ETAG": etag, "PIN_SIZE": str(len(BODY))}


@pytest.fixture
def read(gateway, stored, proxy, tool):
    """Reads "k" through the proxy; faults hit the reads only, for the pin needs no request."""
    bucket, pin = stored

    def run(*faults, options=FAST, failing=False):
        proxy.plan(*faults)
        call = tool.fails if failing else tool.ok
        return call("cat", bucket, "k", server=gateway, url=proxy.url, options=options, env=pin)

    return run


def ranges(proxy):
    return [headers.get("Range") for _, _, headers in proxy.requests]


@pytest.mark.parametrize("kind", ["cut", "rst"])
def test_a_cut_body_is_resumed_where_it_ended(read, proxy, kind):
    assert read({kind: 100_000}, {kind: 50_000}) == BODY
    starts = [int(text[6:].split("-")[0]) for text in ranges(proxy)[1:]]
    assert len(starts) == 2
    if kind == "cut":
        assert starts == [100_000, 150_000]
    assert {headers["If-Match"] for _, _, headers in proxy.requests} != {None}


def test_progress_outlasts_the_number_of_attempts(read, proxy):
    assert read(*[{"cut": 20_000}] * 10) == BODY
    assert len(proxy.requests) == 11


def test_no_progress_ends_after_the_attempts(read, proxy):
    reason, _ = read(*[{"cut": 0}] * 20, failing=True)
    assert reason == "store-unavailable"
    assert len(proxy.requests) == 4


def test_resets_before_any_answer(read):
    assert read({"reset": True}, {"reset": True}) == BODY


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_bursts_of_refusals(read, proxy, status):
    slow_down = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
    fault = {"status": status, "body": slow_down if status == 503 else b"<html>"}
    assert read(fault, fault, fault) == BODY
    assert len(proxy.requests) == 4


def test_refusals_without_end_are_store_unavailable(read, proxy):
    assert read(*[{"status": 503}] * 9, failing=True)[0] == "store-unavailable"
    assert len(proxy.requests) == 4


def test_retry_after_is_honoured(read):
    start = time.monotonic()
    assert read({"status": 503, "headers": {"Retry-After": "2"}}) == BODY
    assert time.monotonic() - start >= 2


def test_too_long_a_content_length(read, proxy):
    assert read({"length": 5000}, {}) == BODY


def test_too_short_a_content_length(read, proxy):
    assert read({"length": -200_000}, {}) == BODY


def test_a_slow_body_is_no_failure(read, proxy):
    # Longer in all than a stall may last, while no single pause is anywhere near it.
    assert read({"slow": 0.4}, options=[*FAST, "--stall-timeout", "5"]) == BODY
    assert len(proxy.requests) == 1


def test_a_stalled_body_is_resumed(read, proxy):
    assert read({"stall": True}, options=[*FAST, "--stall-timeout", "4"]) == BODY
    assert ranges(proxy)[1] == f"bytes=150000-{len(BODY) - 1}"


def test_an_object_changed_between_two_parts_is_never_mixed(read, gateway, stored, proxy):
    def change():
        gateway.client().put_object(Bucket=stored[0], Key="k", Body=bytes(len(BODY)))

    assert read({"cut": 100_000}, {"before": change}, failing=True)[0] == "vanished"


def test_a_server_that_ignores_if_match_is_caught_by_its_etag(read, proxy):
    other = {"status": 200, "headers": {"ETag": '"another"'}, "body": bytes(len(BODY))}
    reason, _ = read(other, failing=True)
    assert reason == "vanished"
    assert len(proxy.requests) == 1


def test_a_server_that_ignores_ranges(read, stored):
    whole = {"status": 200, "headers": {"ETag": stored[1]["PIN_ETAG"]}, "body": BODY}
    assert read({"cut": 100_000}, whole) == BODY


def test_a_wrong_range_is_not_taken(read):
    assert read({"cut": 9}, {"set": {"content-range": f"bytes 10-20/{len(BODY)}"}}, {}) == BODY


def error(code, message="", status=403):
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    return {"status": status, "body": body}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (error("AccessDenied", "Access Denied"), "access-denied"),
        (error("InvalidObjectState", "not valid for the storage class"), "archived"),
        (error("AccessDenied", "not authorized to perform: kms:Decrypt"), "kms-key-not-usable"),
        (error("KMS.DisabledException", "key is disabled", 400), "kms-key-not-usable"),
        (
            error("InvalidRequest", "stored using a form of Server Side Encryption.", 400),
            "customer-key-encrypted",
        ),
        (error("NoSuchKey", status=404), "vanished"),
        (error("PreconditionFailed", status=412), "vanished"),
        (error("NoSuchUpload", status=418), "store-unavailable"),
    ],
)
def test_refusals_name_the_reason(read, proxy, fault, expected):
    assert read(fault, failing=True)[0] == expected
    assert len(proxy.requests) == 1


def test_a_hostile_error_message_is_made_harmless(read):
    fault = error("Acc\u001b[31mess", "\u0007" + "A" * 100_000)
    fault["body"] = fault["body"].replace(b"\x1b", b"!").replace(b"\x07", b"\t")
    _, message = read(fault, failing=True)
    assert len(message) < 500
    assert message.isprintable()


def test_a_wrong_clock_is_corrected(read, proxy):
    server_time = datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    fault = error("RequestTimeTooSkewed")
    fault["headers"] = {"Date": server_time.strftime("%a, %d %b %Y %H:%M:%S GMT")}
    stop = error("AccessDenied")
    read(fault, stop, failing=True)
    assert proxy.requests[1][2]["x-amz-date"].startswith("20300102T0304")


@pytest.mark.parametrize("status", [301, 307, 400])
def test_the_region_is_learnt_from_a_refusal(read, proxy, status):
    fault = error("AuthorizationHeaderMalformed", status=status)
    if status == 400:
        fault["body"] = fault["body"].replace(b"</Error>", b"<Region>eu-west-3</Region></Error>")
    else:
        fault["headers"] = {"x-amz-bucket-region": "eu-west-3"}
    read(fault, error("AccessDenied"), failing=True)
    assert "/eu-west-3/s3/aws4_request" in proxy.requests[1][2]["Authorization"]
    assert len(proxy.requests) == 2


def test_a_custom_endpoint_cannot_send_us_elsewhere(read, proxy):
    fault = {"status": 307, "headers": {"Location": "http://127.0.0.1:1/steal"}}
    read(fault, failing=True)
    assert len(proxy.requests) == 1


def listing(inner):
    return {"status": 200, "body": f"<ListBucketResult>{inner}</ListBucketResult>".encode()}


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 200, "body": b"not xml"},
        {"status": 200, "body": b"<a>" * 500_000},
        listing("<IsTruncated>true</IsTruncated>"),
        listing("<Contents><Key>k</Key><Size>-1</Size></Contents>"),
        listing("<Contents><Size>1</Size></Contents>"),
        listing("<Contents><Key>k</Key><Size>1</Size></Contents>" * 1001),
    ],
)
def test_hostile_listings_are_refused(gateway, stored, proxy, tool, fault):
    proxy.plan(fault)
    _, message = tool.fails("list", stored[0], server=gateway, url=proxy.url)
    assert "data-loss" in message


def test_a_listing_that_never_ends_is_refused(gateway, stored, proxy, tool):
    page = listing(
        "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"
        "<Contents><Key>k</Key><Size>1</Size></Contents>"
    )
    proxy.plan(*[page] * 50)
    result = tool.run("list", stored[0], server=gateway, url=proxy.url)
    assert result.returncode == 1
    assert len(proxy.requests) < 5
