"""Every route of docs/openapi.yaml against the running server, and what the server must refuse."""
import re
import urllib.error
import urllib.request

import jsonschema
import pytest
import yaml

from conftest import MASTER, MEMBER, ROOT

SPEC = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
RESOURCES = {"resources": [{"bucketName": "exports", "oneTime": "FULL", "continuous": "FULL"},
                           {"bucketName": "nowhere"}]}
OBJECT = {"account": MASTER, "bucket": "exports", "key": "a.csv"}
CUSTOM = """
identifiers:
  - id: EMPLOYEE_NUMBER
    name: "Employee number"
    pattern: "EMP-[0-9]{6}"
    boundary: word
"""
# Every operation, in an order in which it works: method, pattern, values, query, body, status.
CALLS = [
    ("POST", "/enable", {}, None, {}, 200),
    ("GET", "/accounts", {}, None, None, 200),
    ("POST", "/accounts", {}, None, {"accountIds": f"{MEMBER}, 777788889999"}, 200),
    ("PATCH", "/accounts/{account}", {"account": MEMBER}, None, {"quotaBytes": 5}, 200),
    ("GET", "/accounts/{account}/buckets", {"account": MASTER}, {"region": "us-east-1"}, None, 200),
    ("POST", "/accounts/{account}/resources", {"account": MASTER}, None, RESOURCES, 200),
    ("PATCH", "/accounts/{account}/resources", {"account": MASTER}, None,
     {"resources": [{"bucketName": "exports", "oneTime": "FULL"}]}, 200),
    ("GET", "/accounts/{account}/resources", {"account": MASTER}, {"limit": "1"}, None, 200),
    ("POST", "/accounts/{account}/estimate", {"account": MASTER}, None,
     {"buckets": ["exports", "logs", "logs"], "maxAgeHours": 0}, 200),
    ("GET", "/accounts/{account}/buckets", {"account": MASTER}, None, None, 200),
    ("GET", "/buckets/{account}/{bucket}/properties", {"account": MASTER, "bucket": "exports"}, None, None, 200),
    ("GET", "/buckets/{account}/{bucket}/properties", {"account": MASTER, "bucket": "logs"}, {"fresh": "true"}, None,
     200),
    ("GET", "/accounts/{account}/buckets/{bucket}/prefixes", {"account": MASTER, "bucket": "logs"}, None, None, 200),
    ("GET", "/setup", {}, None, None, 200),
    ("GET", "/templates/{name}", {"name": "member"}, None, None, 200),
    ("GET", "/status", {}, None, None, 200),
    ("GET", "/dashboard", {}, {"minRisk": "3", "account": MASTER}, None, 200),
    ("GET", "/buckets", {}, {"account": MASTER}, None, 200),
    ("GET", "/reasons", {}, None, None, 200),
    ("GET", "/objects/detail", {}, OBJECT, None, 404),
    ("POST", "/objects/retry", {}, None, {"reason": "timeout"}, 200),
    ("GET", "/settings", {}, None, None, 200),
    ("PATCH", "/settings", {}, None, {"retentionMonths": 3}, 200),
    ("GET", "/content-types", {}, None, None, 200),
    ("PATCH", "/content-types", {}, None, {"name": "text/csv", "enabled": False}, 200),
    ("GET", "/file-extensions", {}, None, None, 200),
    ("PATCH", "/file-extensions", {}, None, {"name": "csv", "enabled": False}, 200),
    ("GET", "/themes", {}, None, None, 200),
    ("PATCH", "/themes", {}, None, {"name": "Financial Keywords", "enabled": False}, 200),
    ("GET", "/identifiers", {}, None, None, 200),
    ("PATCH", "/identifiers", {}, None, {"name": "IPV4_ADDRESS", "enabled": False}, 200),
    ("POST", "/identifiers/test", {}, None, {"id": "EMAIL_ADDRESS", "text": "to jane.roe@corp-mail.net"}, 200),
    ("PUT", "/custom-identifiers", {}, None, {"definition": CUSTOM, "allowWords": ["known@corp-mail.net"]}, 200),
    ("GET", "/custom-identifiers", {}, None, None, 200),
    ("GET", "/objects", {}, {"minRisk": "0", "order": "time", "since": "2026-01-01T00:00:00Z"}, None, 200),
    ("GET", "/objects/record", {}, OBJECT, None, 404),
    ("POST", "/objects/classify-again", {}, None, OBJECT, 200),
    ("GET", "/outcomes", {}, {"account": MASTER}, None, 200),
    ("POST", "/credentials", {}, None, {"userName": "eve", "readOnly": True}, 200),
    ("GET", "/credentials", {}, None, None, 200),
    ("DELETE", "/credentials/{accessKeyId}", {"accessKeyId": "AKIANOBODY"}, None, None, 404),
    ("POST", "/accounts/{account}/resources/disassociate", {"account": MASTER}, None,
     {"resources": [{"bucketName": "exports"}]}, 200),
    ("DELETE", "/accounts/{account}", {"account": MEMBER}, None, {}, 200),
    ("POST", "/users", {}, None, {"userName": "eve", "readOnly": True}, 200),
    ("GET", "/users", {}, None, None, 200),
    ("DELETE", "/users/{userName}", {"userName": "eve"}, None, None, 200),
    ("GET", "/audit", {}, {"limit": "2"}, None, 200),
    ("GET", "/queue", {}, None, None, 200),
    ("GET", "/queue/dead-letters", {}, {"limit": "2", "after": "0"}, None, 200),
    ("POST", "/queue/dead-letters/retry", {}, None, {"sequences": [1]}, 200),
    ("POST", "/disable", {}, None, {"accessEnds": True, "dataIsDeleted": True}, 200),
]


def check(method, pattern, status, answer):
    """The answer is what the description says, no member more or less."""
    responses = SPEC["paths"][pattern][method.lower()]["responses"]
    response = responses.get(str(status), responses["default"])
    while "$ref" in response:
        response = SPEC["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    schema = {**response["content"]["application/json"]["schema"], "components": SPEC["components"]}
    jsonschema.Draft7Validator(schema).validate(answer)


def test_every_route_answers_as_described(api):
    seen = {}
    for method, pattern, values, query, body, expected in CALLS:
        path = re.sub(r"\{(\w+)\}", lambda found: values[found[1]], pattern)
        status, answer = api.call(method, path, query, body)
        assert status == expected, (method, path, status, answer)
        check(method, pattern, status, answer)
        seen[method, pattern] = answer
    described = {(method.upper(), pattern) for pattern, item in SPEC["paths"].items() for method in item
                 if method in ("get", "post", "put", "patch", "delete")}
    # Those are tested on their own: the webhook, and what a browser signs in with (test_console_session.py).
    assert {pattern for _, pattern in described - set(seen)} == {"/events/{account}", "/session", "/session/password"}
    assert "    Default: '111122223333'" in seen["GET", "/templates/{name}"]["template"]
    assert seen["GET", "/accounts/{account}/buckets/{bucket}/prefixes"]["prefixes"] == ["2024/"]
    assert seen["PATCH", "/settings"]["retentionMonths"] == 3
    assert (len(seen["GET", "/content-types"]["rows"]), len(seen["GET", "/file-extensions"]["rows"])) == (204, 83)
    assert len(seen["GET", "/themes"]["themes"]) == 43
    assert [m["text"] for m in seen["POST", "/identifiers/test"]["matches"]] == ["jane.roe@corp-mail.net"]
    assert [i["id"] for i in seen["GET", "/custom-identifiers"]["identifiers"]] == ["EMPLOYEE_NUMBER"]
    assert [r["ok"] for r in seen["POST", "/accounts"]["results"]] == [True, False]
    assert seen["POST", "/accounts"]["results"][1]["remedy"]
    estimate = seen["POST", "/accounts/{account}/estimate"]
    assert [b["bucketName"] for b in estimate["buckets"]] == ["exports", "logs"]
    assert estimate["totals"]["objectCount"] == 3 and estimate["totals"]["totalProcessed"] == 3 * 1024
    assert estimate["totals"]["totalCostEstimate"] == "0.00"
    assert seen["GET", "/status"]["masterAccountId"] == MASTER and seen["GET", "/status"]["walks"]
    assert [f["errorCode"] for f in seen["POST", "/accounts/{account}/resources"]["failedS3Resources"]] == ["NoBucket"]


def test_every_query_parameter_described_is_taken_and_no_other(api):
    for pattern, item in SPEC["paths"].items():
        if "get" not in item or "{" in pattern or pattern == "/session":
            continue
        names = [p.get("name") or p["$ref"].rsplit("/", 1)[1] for p in item["get"].get("parameters", [])]
        for name in names:
            _, answer = api.call("GET", pattern, {name: "?"})
            assert "no parameter" not in str(answer), (pattern, name)
        status, answer = api.call("GET", pattern, {"surprise": "1"})
        assert status == 400 and "surprise" in answer["error"]["message"]


def test_the_webhook_as_described(api):
    record = {"eventName": "s3:ObjectCreated:Put", "eventSource": "minio:s3", "eventTime": "2026-11-24T02:00:00Z",
              "s3": {"bucket": {"name": "exports"}, "object": {"key": "a+b%2Fc.csv", "size": 5, "eTag": "x"}}}

    def post(token, body):
        request = urllib.request.Request(f"{api.url}/api/v1/events/{MASTER}", data=body, method="POST",
                                         headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, yaml.safe_load(reply.read())
        except urllib.error.HTTPError as error:
            return error.code, yaml.safe_load(error.read())

    body = str({"Records": [record]}).replace("'", '"').encode()
    status, answer = post("webhook-token", body)
    assert (status, answer) == (200, {"accepted": 1})
    check("POST", "/events/{account}", status, answer)
    for status, (token, text) in ((401, ("wrong", body)), (400, ("webhook-token", b"{"))):
        got, answer = post(token, text)
        assert got == status
        check("POST", "/events/{account}", got, answer)
    assert api.call("GET", "/status")[1]["eventBacklog"] == 1


@pytest.mark.parametrize("query", [{"minRisk": "11"}, {"limit": "0"}, {"order": "size"}, {"until": "now"},
                                   {"prefix": "p"}, {"account": "12"}, {"nextToken": "x"}, {"minSize": "-1"},
                                   {"maxSize": "9223372036854775808"}, {"maxThemeRisk": "11"}, {"firstPrefix": "a/b"},
                                   {"crawledSince": "now"}, {"worldReadable": "false"}])
def test_bad_filters_are_refused(api, query):
    status, answer = api.call("GET", "/objects", query)
    assert status == 400
    check("GET", "/objects", status, answer)


def test_half_an_acknowledgement_disables_nothing(api):
    status, answer = api.call("POST", "/disable", body={"accessEnds": True})
    assert status == 400
    check("POST", "/disable", status, answer)
    assert api.call("GET", "/status")[1]["enabled"] is True


def test_read_only_credentials_only_read(api):
    made = api.call("POST", "/credentials", body={"userName": "auditor", "readOnly": True})[1]
    keys = {"key_id": made["accessKeyId"], "secret": made["secretAccessKey"]}
    assert api.call("GET", "/accounts", **keys)[0] == 200
    assert api.call("POST", "/credentials", body={"userName": "more"}, **keys)[0] == 403
    assert api.call("DELETE", f"/credentials/{made['accessKeyId']}")[0] == 200
    assert api.call("GET", "/accounts", **keys)[0] == 401


def test_changes_are_in_the_audit_log_with_who_and_where(api):
    api.call("POST", "/accounts", body={"accountIds": MEMBER})
    entries = api.call("GET", "/audit")[1]["entries"]
    assert any(e["actor"] == "admin" and e["source"] == "127.0.0.1" and e["action"] == "AssociateMemberAccount"
               for e in entries), entries


def test_what_is_looked_for_is_changed_and_stays_changed(api):
    assert api.call("PATCH", "/identifiers", body={"name": "IPV4_ADDRESS", "enabled": False})[0] == 200
    listed = {i["id"]: i["enabled"] for i in api.call("GET", "/identifiers")[1]["identifiers"]}
    assert listed["IPV4_ADDRESS"] is False and listed["EMAIL_ADDRESS"] is True
    assert api.call("PATCH", "/identifiers", body={"name": "IPV4_ADDRESS", "enabled": True})[0] == 200
    assert all(i["enabled"] for i in api.call("GET", "/identifiers")[1]["identifiers"])
    assert api.call("PATCH", "/identifiers", body={"name": "NOBODY", "enabled": True})[0] == 404
    assert api.call("PATCH", "/themes", body={"name": "Financial Keywords"})[0] == 400


@pytest.mark.parametrize("path, name, action", [("/content-types", "text/csv", "ContentType"),
                                                ("/file-extensions", "csv", "FileExtension")])
def test_types_are_switched_off_and_on_and_the_audit_log_says_so(api, path, name, action):
    def enabled():
        return {row["name"]: row["enabled"] for row in api.call("GET", path)[1]["rows"]}

    before = enabled()
    for on, verb in ((False, "Disable"), (True, "Enable")):
        assert api.call("PATCH", path, body={"name": name, "enabled": on})[0] == 200
        assert enabled() == {**before, name: on}
        entry = api.call("GET", "/audit", {"limit": "1"})[1]["entries"][0]
        assert (entry["action"], entry["target"]) == (verb + action, name)
    assert api.call("PATCH", path, body={"name": "nothing/of-the-kind", "enabled": False})[0] == 404
    assert api.call("PATCH", path, body={"name": name})[0] == 400


@pytest.mark.parametrize("definition, part", [
    ("identifiers: [", "custom identifiers:"),
    ('identifiers:\n  - id: HOSTILE\n    name: "x"\n    pattern: "(a|aa)+$(?=b)"\n', "HOSTILE"),
    ('identifiers:\n  - id: EMPTY\n    name: "x"\n    pattern: "a*"\n', "EMPTY"),
])
def test_definitions_that_cannot_be_used_are_refused_with_the_reason(api, definition, part):
    for method, path, body in (("PUT", "/custom-identifiers", {"definition": definition}),
                               ("POST", "/identifiers/test", {"definition": definition, "text": "aaab"})):
        status, answer = api.call(method, path, body=body)
        assert status == 400 and part in answer["error"]["message"], answer
    assert api.call("GET", "/custom-identifiers")[1]["definition"] == ""


def test_a_definition_is_tried_before_it_is_kept(api):
    body = {"definition": CUSTOM, "text": "EMP-123456 and XEMP-123456 and EMP-654321"}
    matches = api.call("POST", "/identifiers/test", body=body)[1]["matches"]
    assert [(m["id"], m["text"], m["start"]) for m in matches] == [
        ("EMPLOYEE_NUMBER", "EMP-123456", 0), ("EMPLOYEE_NUMBER", "EMP-654321", 31)]
    assert api.call("GET", "/custom-identifiers")[1]["identifiers"] == []


def test_prefixes_come_level_by_level_and_page_by_page(api):
    bucket = api.directory / MASTER / "deep"
    for number in range(620):
        folder = bucket / f"d{number:03}" / "inner"
        folder.mkdir(parents=True)
        (folder / "x.txt").write_text("x")
    (bucket / "plain.txt").write_text("x")
    path, seen, token = f"/accounts/{MASTER}/buckets/deep/prefixes", [], None
    while True:
        status, page = api.call("GET", path, {"nextToken": token} if token else None)
        assert status == 200
        seen += page["prefixes"]
        token = page.get("nextToken")
        if not token:
            break
    assert seen == [f"d{number:03}/" for number in range(620)]
    assert api.call("GET", path, {"prefix": "d007/"})[1]["prefixes"] == ["d007/inner/"]
    assert api.call("GET", path, {"prefix": "d007/", "nextToken": "x"})[0] == 400
    assert api.call("GET", f"/accounts/{MASTER}/buckets/nowhere/prefixes")[0] == 404
