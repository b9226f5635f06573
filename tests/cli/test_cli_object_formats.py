"""Every fixture of the extractors once more, this time through the whole program: what the parsers
read in a unit test, they must also read behind the sandbox's walls."""
import datetime
import io
import shutil
import subprocess
from pathlib import Path

import pyarrow
import pyarrow.orc
import pytest

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "extract" / "golden"
SAMPLES = ROOT / ".deps" / "samples"
DOCUMENTS = ROOT / "tests" / "extract" / "documents"

# Fixtures that are meant not to be readable, with the outcome and reason they must end in.
UNREADABLE = {"cut.parquet": ("failed", "damaged")}


@pytest.fixture
def objects(tmp_path):
    for path in GOLDEN.glob("*.in"):
        shutil.copy(path, tmp_path / path.name.removesuffix(".in"))
    for path in DOCUMENTS.iterdir():
        if path.suffix != ".out":
            shutil.copy(path, tmp_path / path.name)
    return tmp_path


def test_every_fixture_is_read_in_the_sandbox(assay, objects):
    records = assay.records(objects)
    assert set(records) == {path.name for path in objects.iterdir()}
    refused = {key: (record["outcome"], record.get("reason")) for key, record in records.items()
               if record["outcome"] != "classified"}
    assert refused == UNREADABLE


@pytest.mark.parametrize("name", [
    "people.zip", "people.7z", "people.tar", "people.rar", "people.csv.gz", "people.csv.xz", "people.csv.zst",
    "people.csv.br", "people.parquet", "people.orc", "people.arrow", "people_null.avro", "people.sqlite",
    "parquet_inside.zip", "staff.docx", "staff.xlsx", "staff.pptx", "staff.odt", "staff.ods", "staff.rtf",
    "staff.pdf", "staff.doc", "staff.xls", "staff.ppt", "mail.eml", "mail.mbox", "mail.msg"])
def test_something_is_found_in(assay, objects, name):
    # The documents hold the SSN that the Social Security Administration itself has published.
    record = assay.records(objects / name, "--report-examples")[name]
    assert record["outcome"] == "classified"
    assert record["status"] == "COMPLETE", record.get("status_reason")
    assert record["detections"], "the fixture holds synthetic people, and none was found"


def test_orc_with_times_of_any_zone(assay, tmp_path):
    """The ORC library reads the rules of time zones from files, and the sandbox has none."""
    written = datetime.datetime(2024, 2, 29, 23, 59, 58)
    plain = io.BytesIO()
    pyarrow.orc.write_table(pyarrow.table({"email": ["jane.roe@corp-mail.net"], "seen": [written]}), plain)
    named = b"\x1a\x03GMT"  # writerTimezone of the stripe footer
    assert plain.getvalue().count(named) == 1
    for zone in (b"GMT", b"UTC", b"EST"):
        (tmp_path / f"{zone.decode()}.orc").write_bytes(plain.getvalue().replace(named, b"\x1a\x03" + zone))
    (tmp_path / "nowhere.orc").write_bytes(plain.getvalue().replace(named, b"\x1a\x03XYZ"))
    records = assay.records(tmp_path)
    for zone in ("GMT", "UTC", "EST"):
        assert [d["id"] for d in records[f"{zone}.orc"]["detections"]] == ["EMAIL_ADDRESS"]
    assert (records["nowhere.orc"]["outcome"], records["nowhere.orc"]["reason"]) == ("failed", "damaged")


def test_a_real_outlook_folder(assay, tmp_path):
    """Mail and its attachments, down to a cell of a workbook and a page of a PDF."""
    shutil.copy(SAMPLES / "mail.pst", tmp_path / "mail.pst")
    record = assay.records(tmp_path, "--report-examples")["mail.pst"]
    assert record["content_type"] == "application/vnd.ms-outlook-pst"
    assert record["outcome"] == "classified"
    places = [place for detection in record["detections"] for place in detection["occurrences"]]
    assert {"name", "email", "address"} <= set(record["pii_types"])
    assert any(place.get("member", "").endswith(".xls") and "!" in place.get("cell", "") for place in places)
    assert any(place.get("member", "").endswith(".pdf") and place.get("page") for place in places)


def test_lzo_as_lzop_writes_it(assay, tmp_path):
    (tmp_path / "staff.txt").write_text("Employee Mary Johnson, social security number 512-44-7731\n")
    subprocess.run(["lzop", "--delete", tmp_path / "staff.txt"], check=True, timeout=60)
    record = assay.records(tmp_path)["staff.txt.lzo"]
    assert (record["outcome"], record["status"], record["pii_types"]) == ("classified", "COMPLETE", ["name", "ssn"])
