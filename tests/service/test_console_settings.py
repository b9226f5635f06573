"""What people change and see through the console's API, in a service at work: identifiers, allow lists, retention,
history, days, retries."""
from urllib.parse import parse_qsl, quote, urlencode

import pytest
import requests

from service_harness import MASTER, wait_until

DEFINITION = """
identifiers:
  - id: EMPLOYEE_NUMBER
    name: "Employee number"
    pattern: "EMP-[0-9]{6}"
    boundary: word
    risk: 9
"""


def put(estate, bucket, key, text):
    path = estate / MASTER / bucket / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def detections(service, bucket, key):
    """Waits for the object's outcome; the ids found in it."""
    record = wait_until(f"the outcome of {key}", lambda: service.objects().get((MASTER, bucket, key)))
    return {found["id"] for found in record["detections"]}


@pytest.mark.fleet
@pytest.mark.both_stores
def test_what_is_looked_for_changes_while_the_service_runs(make_service, estate):
    service = make_service().start("--comparison-interval", "1s")
    put(estate, "exports", "before.txt", "EMP-123456 jane.roe@corp-mail.net\n")
    service.select("exports")
    service.idle()
    assert detections(service, "exports", "before.txt") == {"EMAIL_ADDRESS"}

    service.api("/custom-identifiers", "PUT", {"definition": DEFINITION, "allowWords": ["known@corp-mail.net"]})
    service.api("/identifiers", "PATCH", {"name": "IPV4_ADDRESS", "enabled": False})
    text = "EMP-123456 known@corp-mail.net john.doe@corp-mail.net on 52.94.236.248\n"
    put(estate, "exports", "after.txt", text)
    assert detections(service, "exports", "after.txt") == {"EMPLOYEE_NUMBER", "EMAIL_ADDRESS"}
    record = service.objects()[MASTER, "exports", "after.txt"]
    assert [found["count"] for found in record["detections"] if found["id"] == "EMAIL_ADDRESS"] == [1]
    assert record["dlp_risk"] == 9
    # What was there stays as it was.
    assert detections(service, "exports", "before.txt") == {"EMAIL_ADDRESS"}

    service.stop()
    service.start("--comparison-interval", "1s")
    put(estate, "exports", "later.txt", text)
    assert detections(service, "exports", "later.txt") == {"EMPLOYEE_NUMBER", "EMAIL_ADDRESS"}


@pytest.mark.both_stores
def test_a_disabled_content_type_or_extension_brings_no_risk(make_service, estate):
    service = make_service().start("--comparison-interval", "1s")
    put(estate, "exports", "before.csv", "a,b\n1,2\n3,4\n")
    service.select("exports")
    service.idle()
    before = service.objects()[MASTER, "exports", "before.csv"]
    assert before["mimetype_risk"] > 1 and before["filetype_risk"] > 1
    service.api("/content-types", "PATCH", {"name": before["content_type"], "enabled": False})
    service.api("/file-extensions", "PATCH", {"name": "csv", "enabled": False})
    put(estate, "exports", "after.csv", "a,b\n1,2\n3,4\n")
    detections(service, "exports", "after.csv")
    after = service.objects()[MASTER, "exports", "after.csv"]
    assert (after["mimetype_risk"], after["filetype_risk"], after["dlp_risk"]) == (0, 0, 1)
    assert after["content_type"] == before["content_type"] and after["filetypes"] == ["csv"]
    assert service.objects()[MASTER, "exports", "before.csv"] == before


@pytest.mark.both_stores
def test_objects_are_filtered_by_any_field(make_service, estate):
    service = make_service().start("--comparison-interval", "1s")
    put(estate, "exports", "inbox/Passport.txt", "Employee Mary Johnson, social security number 512-44-7731\n")
    put(estate, "exports", "inbox/table.csv", "a,b\n1,2\n" * 100)
    service.select("exports")
    service.idle()

    def found(query):
        keys, parameters = set(), dict(parse_qsl(query))
        while True:
            answer = service.api("/objects?" + urlencode(parameters, quote_via=quote, safe=""))
            keys |= {record["key"] for record in answer["objects"]}
            if "nextToken" not in answer:
                return keys & {"inbox/Passport.txt", "inbox/table.csv"}
            parameters["nextToken"] = answer["nextToken"]

    both = {"inbox/Passport.txt", "inbox/table.csv"}
    for query, keys in {
        "firstPrefix=inbox": both, "firstPrefix=in": set(), "key=inbox/table.csv": {"inbox/table.csv"},
        "keyContains=passport": {"inbox/Passport.txt"}, "contentType=text/csv": {"inbox/table.csv"},
        "filetype=csv&mimetype=text/csv": {"inbox/table.csv"}, "filetype=csv&languageCode=en": set(),
        "minSize=300": {"inbox/table.csv"}, "maxSize=300": {"inbox/Passport.txt"},
        "regexTheme=SSN&minRegexRisk=1": set(), "maxThemeRisk=10&outcome=classified": both,
        "minMimetypeRisk=1&bucket=exports&prefix=inbox/": both, "maxMimetypeRisk=0&bucket=exports": set(),
        "serverEncryption=none": both, "serverEncryption=AES256": set(), "crawledSince=2026-01-01T00:00:00Z": both,
        "crawledUntil=2026-01-01T00:00:00Z": set(), "modifiedSince=2026-01-01T00:00:00Z": both,
        "modifiedUntil=2026-01-01T00:00:00Z": set(), "worldReadable=true": set(), "aclPermission=READ": set(),
    }.items():
        for order in ("risk", "time", "key"):
            assert found(f"{query}&order={order}") == keys, query
    etag = service.objects()[MASTER, "exports", "inbox/table.csv"]["filesystem_metadata"]["ETag"]
    assert found(f"etag={etag}") == {"inbox/table.csv"}


@pytest.mark.both_stores
def test_an_object_has_a_history_and_a_day_its_counts(make_service, estate):
    service = make_service().start("--comparison-interval", "1s")
    put(estate, "exports", "report.txt", "nothing in it\n")
    service.select("exports")
    service.idle()
    put(estate, "exports", "report.txt", "Employee Mary Johnson, social security number 512-44-7731\n")
    wait_until("the new version", lambda: service.objects()[MASTER, "exports", "report.txt"].get("pii_types"))
    detail = service.api(f"/objects/detail?account={MASTER}&bucket=exports&key=report.txt")
    assert detail["record"]["pii_types"] == ["name", "ssn"] and detail["monitored"] is True
    assert [(e["outcome"], e["piiImpact"]) for e in detail["history"]] == [("classified", "none")]
    dashboard = service.api("/dashboard")
    recorded = len(service.objects()) + 1
    assert sum(day["objects"] for day in dashboard["days"]) == recorded
    assert sum(dashboard["riskHistogram"]) == len(service.objects())
    assert {count["name"]: count["objects"] for count in dashboard["piiTypes"]}["ssn"] == 2
    (bucket,) = [b for b in service.api("/buckets")["buckets"] if b["bucketName"] == "exports"]
    assert bucket["outcomes"]["classified"] == len(service.objects()) and bucket["resources"][0]["oneTime"] == "FULL"


def test_retention_set_in_the_console_outlives_a_restart(make_service):
    service = make_service().start()
    assert service.api("/settings", "PATCH", {"retentionMonths": 12})["retentionMonths"] == 12
    service.stop()
    service.start()
    assert service.api("/settings")["retentionMonths"] == 12


@pytest.mark.sqlite_only
def test_the_console_signs_in_with_what_init_printed(make_service):
    service = make_service().start()
    http = requests.Session()
    answer = http.post(f"{service.url}/api/v1/session", timeout=30, json={
        "userName": service.access["console_user"], "password": service.access["console_password"]})
    assert answer.status_code == 200, answer.text
    cookie = http.cookies.get_dict()
    service.stop()
    service.start()
    # The session is in the store: it outlives a restart.
    assert requests.get(f"{service.url}/api/v1/accounts", cookies=cookie, timeout=30).status_code == 200


@pytest.mark.sqlite_only
def test_a_second_user_signs_in_until_removed(make_service):
    service = make_service().start()
    made = service.json("users add", "auditor", "--read-only")

    def sign_in():
        return requests.post(f"{service.url}/api/v1/session", timeout=30,
                             json={"userName": "auditor", "password": made["password"]}).status_code

    assert sign_in() == 200
    assert "auditor  read" in service.run("users list").stdout
    service.run("users remove", "auditor")
    assert sign_in() == 401
    assert "last user" in service.run("users remove", "admin", code=1).stderr
