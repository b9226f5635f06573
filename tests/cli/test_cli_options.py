"""The options of assay scan, and its exit codes."""
import json
import os
import subprocess
import re
import socket

import pytest


def keys(done):
    return [json.loads(line)["key"] for line in done.stdout.splitlines()]


def test_include_and_exclude(assay, estate):
    assert set(assay.records(estate, "--include", "*.txt")) == {"hr/one.txt", "hr/staff.txt"}
    assert set(assay.records(estate, "--exclude", "hr/**", "--exclude", "empty")) == {
        "web/deep/notes.md", "web/index.html"}
    assert set(assay.records(estate, "--include", "web/*", "--include", "*.txt", "--exclude", "one.*")) == {
        "hr/staff.txt", "web/index.html"}


def test_min_risk_keeps_what_is_risky_or_unknown(assay, estate):
    (estate / "link").symlink_to("empty")
    risks = {key: record.get("dlp_risk", 0) for key, record in assay.records(estate).items()}
    highest = max(risks.values())
    expected = {key for key, risk in risks.items() if risk >= highest} | {"link"}
    assert set(assay.records(estate, "--min-risk", str(highest))) == expected


def test_max_object_size_cuts_and_says_so(assay, tmp_path):
    big = tmp_path / "big.txt"
    big.write_text("some words in a line\n" * 5000 + "social security number 512-44-7731\n")
    record = assay.records(big, "--max-object-size", "10KB")["big.txt"]
    assert (record["status"], record["status_reason"]) == ("PARTIAL", "FILE_EXCEEDS_SIZE_LIMIT")
    assert record["bytes_classified"] == 10240 and not record["detections"]
    record = assay.records(big, "--max-object-size", "0")["big.txt"]
    assert record["status"] == "COMPLETE" and record["bytes_classified"] == big.stat().st_size
    assert record["detections"]


def test_enable_and_disable(assay, estate):
    record = assay.records(estate, "--disable", "US_SOCIAL_SECURITY_NUMBER")["hr/staff.txt"]
    assert "US_SOCIAL_SECURITY_NUMBER" not in [group["id"] for group in record["detections"]]
    record = assay.records(estate, "--enable", "US_SOCIAL_SECURITY_NUMBER")["hr/staff.txt"]
    assert [group["id"] for group in record["detections"]] == ["US_SOCIAL_SECURITY_NUMBER"]


def test_allow_list(assay, estate, tmp_path):
    allow = tmp_path / "allow.txt"
    allow.write_text("# ours\n512-44-7731\nregex: 509-\\d\\d-\\d{4}\n")
    [group] = [group for group in assay.records(estate, "--allow", allow)["hr/staff.txt"]["detections"]
               if group["id"] == "US_SOCIAL_SECURITY_NUMBER"]
    assert group["count"] == 2
    assert b"cannot read the allow list" in assay.run("scan", estate, "--allow", tmp_path / "none", code=1).stderr


def test_own_identifiers(assay, estate, own_identifiers):
    (estate / "badge.txt").write_text("badge EMP-004711 was seen\n")
    record = assay.records(estate, "--identifiers", own_identifiers)["badge.txt"]
    assert "EMPLOYEE_BADGE" in [group["id"] for group in record["detections"]]


def test_baseline_reports_only_news(assay, estate, tmp_path):
    old = tmp_path / "old.jsonl"
    assay.run("scan", estate, "--format", "jsonl", "-o", old)
    assert assay.records(estate, "--baseline", old) == {}
    (estate / "hr" / "one.txt").write_text("nothing any more\n")
    (estate / "new.txt").write_text("something\n")
    os.utime(estate / "hr" / "staff.txt", (1, 1))  # a new time alone is no news
    assert set(assay.records(estate, "--baseline", old)) == {"hr/one.txt", "new.txt"}
    (tmp_path / "bad").write_text("not json\n")
    assert b"bad:1" in assay.run("scan", estate, "--baseline", tmp_path / "bad", code=1).stderr


def test_fail_on(assay, estate):
    assert assay.run("scan", estate, "--fail-on", "risk>=1", code=3).stdout
    assay.run("scan", estate, "--fail-on", "risk>=11", code=0)
    assay.run("scan", estate, "--fail-on", "count>=4 and outcome=classified", code=3)
    assay.run("scan", estate / "web", "--fail-on", "count>=1", code=0)
    assert b"risk>=8" in assay.run("scan", estate, "--fail-on", "risky", code=2).stderr


def test_fail_on_scan_errors(assay, estate):
    (estate / "cut.gz").write_bytes(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff\xff\xff")
    assert assay.records(estate)["cut.gz"]["outcome"] == "failed"
    assay.run("scan", estate, "--fail-on-scan-errors", code=4)
    assay.run("scan", estate, "--fail-on-scan-errors", "--exclude", "cut.gz", code=0)
    assay.run("scan", estate, "--fail-on-scan-errors", "--fail-on", "risk>=1", code=3)


@pytest.mark.parametrize("words, wanted", [
    (("scan",), "target"),
    (("scan", ".", "--fromat", "csv"), "did you mean '--format'?"),
    (("scna", "."), "did you mean 'scan'?"),
    (("scan", ".", "--format", "xml"), "--format"),
    (("scan", ".", "--max-object-size", "20 parsecs"), "is not a size"),
    (("scan", ".", "--jobs", "0"), "--jobs"),
    (("scan", ".", "--resume", "state"), "--resume needs -o FILE"),
    (("scan", "-", "--resume", "state", "-f", "csv", "-o", "x"), "standard input"),
    (("scan", "-", "-"), "only once"),
    (("identifiers",), "subcommand"),
    (("completion", "tcsh"), "tcsh"),
])
def test_wrong_usage_is_explained(assay, words, wanted):
    done = assay.run(*words, code=2)
    assert wanted in done.stderr.decode() and "--help" in done.stderr.decode()
    assert done.stdout == b""


def test_a_target_that_is_not_there_is_an_error(assay, estate, tmp_path):
    done = assay.run("scan", tmp_path / "nowhere", code=1)
    assert b"nowhere" in done.stderr
    done = assay.run("scan", "ftp://host/x", code=1)
    assert b"s3://bucket" in done.stderr


def test_several_targets_and_single_files(assay, estate):
    text = assay.run("scan", estate / "hr" / "one.txt", estate / "web").stdout.decode()
    assert re.search(r"3 objects: 3 classified", text)
    assert list(assay.records(estate / "hr" / "one.txt")) == ["one.txt"]


def test_standard_input_from_a_pipe_and_a_file(assay, estate):
    data = (estate / "hr" / "staff.txt").read_bytes()
    piped = assay.records("-", input=data)["-"]
    with open(estate / "hr" / "staff.txt", "rb") as file:
        direct = assay.records("-", stdin=file)["-"]
    for record in (piped, direct):
        assert record["detections"][0]["count"] == 4 and record["filesystem_metadata"]["size"] == len(data)
    cut = assay.records("-", "--max-object-size", "1KB", input=b"word " * 10000)["-"]
    assert cut["status"] == "PARTIAL" and cut["bytes_classified"] == 1024


def test_odd_names_are_objects_like_any_other(assay, tmp_path):
    root = os.fsencode(tmp_path / "odd")
    os.mkdir(root)
    names = [b"new\nline", b"not-utf8-\xff\xfe", b"n" * 255, b" lead", b"trail ", b"-dash", b"%41", b"..twodots",
             b"\x01", "日本語".encode(), b"a\\b", b"quote'\""]
    for name in names:
        with open(os.path.join(root, name), "w") as file:
            file.write("nothing")
    records = assay.records(tmp_path / "odd")
    assert len(records) == len(names)
    assert {"new\nline", "n" * 255, "%41", "日本語", "a\\b"} <= set(records)
    [bad] = [record for record in records.values() if record.get("key_encoding") == "percent"]
    assert bad["key"] == "not-utf8-%FF%FE"
    for form in ("human", "csv", "sarif", "html", "json"):
        assay.run("scan", tmp_path / "odd", "--format", form).stdout.decode()  # valid UTF-8


def test_what_is_no_file_is_skipped_with_a_reason(assay, tmp_path, monkeypatch):
    root = tmp_path / "special"
    root.mkdir()
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        (root / "loop").symlink_to("loop")
        (root / "outside").symlink_to("/etc/passwd")
        records = assay.records(root)
    assert {key: (record["outcome"], record["reason"]) for key, record in records.items()} == {
        "pipe": ("skipped", "special-file"), "socket": ("skipped", "special-file"),
        "loop": ("skipped", "symlink"), "outside": ("skipped", "symlink")}


def test_unreadable_files_are_access_denied(assay, estate):
    (estate / "locked.txt").write_text("x")
    (estate / "locked.txt").chmod(0)
    prefix = []
    if os.geteuid() == 0:  # root reads everything, unless it gives up the right to
        rights = "-dac_override,-dac_read_search"
        prefix = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"]
    done = subprocess.run([*prefix, *assay.command("scan", estate, "--format", "jsonl", "--fail-on-scan-errors")],
                          capture_output=True, env=assay.environment, timeout=300)
    record = {json.loads(line)["key"]: json.loads(line) for line in done.stdout.splitlines()}["locked.txt"]
    assert (record["outcome"], record["reason"]) == ("skipped", "access-denied"), done.stderr
    assert done.returncode == 4


def test_quiet_and_verbose(assay, estate):
    assert assay.run("scan", estate, "--format", "jsonl", "-q").stderr == b""
    for i in range(60):
        (estate / "hr" / f"copy-{i}.txt").write_text("social security number 512-44-7731\n")
    short = assay.run("scan", estate).stdout.decode()
    long = assay.run("scan", estate, "-v").stdout.decode()
    assert "more: -v shows" in short and sum("copy-" in line for line in short.splitlines()) <= 30
    assert "more: -v shows" not in long and all(f"copy-{i}.txt" in long for i in range(60))


@pytest.mark.parametrize("flag", ["--enable", "--disable"])
def test_a_name_that_does_not_exist_is_wrong_usage(assay, estate, flag):
    done = assay.run("scan", flag, "NO_SUCH_THING", estate, code=2)
    assert b"'NO_SUCH_THING' is no identifier or theme" in done.stderr
