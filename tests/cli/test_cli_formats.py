"""Every --format, read back by something that is not ours where there is such a thing."""
import csv
import html.parser
import io
import json
import re
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"empty", "hr/one.txt", "hr/staff.txt", "web/deep/notes.md", "web/index.html"}
HOSTILE = "<script>alert(1)</script>\"'&=cmd.txt"


def test_jsonl_has_every_object_and_keeps_to_the_schema(assay, estate):
    schema = json.loads((ROOT / "docs" / "classification.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    (estate / "link").symlink_to("hr/one.txt")
    records = assay.records(estate)
    assert set(records) == KEYS | {"link"}
    for record in records.values():
        assert not list(validator.iter_errors(record)), record
    staff = records["hr/staff.txt"]
    assert staff["outcome"] == "classified" and staff["status"] == "COMPLETE"
    assert staff["filesystem_metadata"]["first_prefix"] == "hr"
    assert staff["filesystem_metadata"]["size"] == (estate / "hr/staff.txt").stat().st_size
    assert "bucket" not in staff
    [group] = [group for group in staff["detections"] if group["id"] == "US_SOCIAL_SECURITY_NUMBER"]
    assert group["count"] == 4
    assert [occurrence["line"] for occurrence in group["occurrences"]] == [1, 2, 3, 4]
    assert "ssn" in staff["pii_types"]
    assert records["link"]["outcome"] == "skipped" and records["link"]["reason"] == "symlink"


def test_values_are_redacted_unless_asked_for(assay, estate):
    for form in ("human", "jsonl", "json", "csv", "sarif", "html"):
        output = assay.run("scan", estate, "--format", form).stdout.decode()
        assert "512-44-7731" not in output, form
    assert "512-44-7731" in assay.run("scan", estate, "--format", "jsonl", "--show-values").stdout.decode()


def test_equal_values_have_equal_hashes_under_one_key(assay, estate, tmp_path):
    def hashes(**keywords):
        records = assay.records(estate, **keywords)
        return [occurrence["hash"] for key in ("hr/one.txt", "hr/staff.txt")
                for group in records[key]["detections"] if group["id"] == "US_SOCIAL_SECURITY_NUMBER"
                for occurrence in group["occurrences"]]

    first = hashes()
    assert first[0] == first[1] and len(set(first)) == 4
    assert hashes() == first, "the user's key is kept"
    assert hashes(env={"ASSAY_HASH_KEY": "0123456789abcdef"}) != first


def test_json_is_one_array(assay, estate):
    assert {record["key"] for record in json.loads(assay.run("scan", estate, "-f", "json").stdout)} == KEYS


def test_json_of_nothing_is_an_empty_array(assay, tmp_path):
    (tmp_path / "none").mkdir()
    assert json.loads(assay.run("scan", tmp_path / "none", "--format", "json").stdout) == []


def test_csv_is_rfc_4180_and_no_spreadsheet_runs_it(assay, estate):
    for name in ("=cmd|calc", "+1", "-1", "@SUM(A1)", 'quote",comma', "new\nline"):
        (estate / name).write_text("nothing")
    output = assay.run("scan", estate, "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(output.decode(), newline="")))
    assert len(rows) == len(KEYS) + 6
    keys = {row["key"] for row in rows}
    assert {"'=cmd|calc", "'+1", "'-1", "'@SUM(A1)", 'quote",comma', "new\nline"} <= keys
    [staff] = [row for row in rows if row["key"] == "hr/staff.txt"]
    assert "US_SOCIAL_SECURITY_NUMBER=4" in staff["identifiers"].split("; ")
    assert None not in staff and None not in staff.values(), "as many cells as columns"


def test_sarif_structure(assay, estate):
    (estate / "sp ace:ü.txt").write_text("social security number 512-44-7731\n")
    (estate / "link").symlink_to("empty")
    log = json.loads(assay.run("scan", estate, "--format", "sarif").stdout)
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] and len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert result["message"]["text"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result.get("kind", "fail") == "fail" or result["level"] == "none"
        if "ruleIndex" in result:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        for location in result["locations"]:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri), uri
            region = location["physicalLocation"].get("region")
            assert region is None or region["startLine"] >= 1
    [staff] = [result for result in run["results"] if result["ruleId"] == "US_SOCIAL_SECURITY_NUMBER"
               and result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "hr/staff.txt"]
    assert staff["properties"]["count"] == 4 and len(staff["locations"]) == 4
    assert [r["message"]["text"] for r in run["results"] if r["ruleId"] == "NOT_CLASSIFIED"] == ["skipped: symlink"]


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.scripts = [], [], 0

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]


def test_html_is_self_contained_and_takes_no_orders_from_keys(assay, estate):
    (estate / HOSTILE.replace("/", "_")).write_text("social security number 512-44-7731\n")
    text = assay.run("scan", estate, "--format", "html").stdout.decode()
    page = Page()
    page.feed(text)
    assert page.tags.count("script") == 1 and page.tags.count("style") == 1
    assert not [a for a in page.attributes if a[1] in ("src", "href", "srcset", "action") or a[1].startswith("on")]
    assert not re.search(r"https?://|@import|url\(", text)
    assert "alert(1)<" not in text and "<script>alert" not in text
    policy = [value for tag, name, value in page.attributes
              if (tag, name) == ("meta", "content") and "default-src" in value]
    assert policy and "default-src 'none'" in policy[0]
    nonces = {value for _, name, value in page.attributes if name == "nonce"}
    assert len(nonces) == 1 and f"'nonce-{nonces.pop()}'" in policy[0]
    assert page.tags.count("svg") >= 3 and "hr/staff.txt" in text and "prefers-color-scheme" in text


def test_human_table_is_sorted_by_risk_and_plain_when_piped(assay, estate):
    (estate / "\x1b[31mred").write_text("x")
    (estate / "link").symlink_to("empty")
    text = assay.run("scan", estate).stdout.decode()
    assert "\x1b" not in text
    lines = text.splitlines()
    assert lines[0].split()[:3] == ["RISK", "OBJECT", "WHY"]
    risks = [int(line[:4]) for line in lines[1:] if line[:4].strip().isdigit() and "hr/" in line]
    assert risks and risks == sorted(risks, reverse=True)
    assert "hr/staff.txt" in lines[1] and "×4" in lines[1]
    assert "NOT CLASSIFIED (1)" in text and "symlink" in text
    assert re.search(r"7 objects: 6 classified, 1 skipped, 0 failed · .* GB/s\) · \d+ of high risk", lines[-1])


@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "sarif", "html", "human"])
def test_output_file_is_private_and_stdout_stays_empty(assay, estate, tmp_path, form):
    out = tmp_path / "report"
    done = assay.run("scan", estate, "--format", form, "-o", out)
    assert done.stdout == b"" and out.stat().st_size > 0
    assert out.stat().st_mode & 0o077 == 0
    assert b"5 objects: 5 classified" in done.stderr.splitlines()[-1]
    assert out.read_bytes() != b"" and b"5 objects" not in assay.run(
        "scan", estate, "--format", form, "-o", out, "-q").stderr


def test_report_does_not_depend_on_jobs(assay, estate):
    for i in range(300):
        (estate / f"file-{i:03}.txt").write_text(f"number {i}\n" * (1 + i % 7))

    def lines(jobs):
        done = assay.run("scan", estate, "-f", "jsonl", "-j", jobs)
        records = [json.loads(line) for line in done.stdout.splitlines()]
        for record in records:
            del record["@timestamp"], record["last_crawl_time"]
        return records

    assert lines("1") == lines("4")
