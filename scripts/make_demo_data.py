#!/usr/bin/env python3
"""Makes the demo estate: some 250 objects as they lie about in the buckets of two accounts.

FOLDER gets one folder per account, and in it one per bucket, as `assay init --directory` takes them.

Every value is synthetic. Names come from short lists below, numbers from a fixed seed; what carries
a checksum gets a right one, so that the classifier has to look as hard as it would at real data.

Usage: make_demo_data.py FOLDER        (the folder is emptied first if this script made it)
"""
import base64
import bz2
import csv
import gzip
import io
import json
import lzma
import random
import shutil
import sqlite3
import string
import sys
import tarfile
import zipfile
import zlib
from datetime import date, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

MARK = ".assay-demo"
EPOCH = 1510000000  # file times inside archives: the same on every run
rng = random.Random(20171109)

GIVEN = ("James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard "
         "Susan Joseph Jessica Thomas Karen Charles Sarah Daniel Lisa Matthew Nancy Anthony Sandra Mark "
         "Ashley Steven Emily Andrew Donna Paul Michelle Joshua Carol Kenneth Amanda Kevin Melissa").split()
FAMILY = ("Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Moore Jackson Martin Lee "
          "Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams "
          "Nelson Baker Hall Campbell Mitchell Carter Roberts Turner Phillips Parker Evans").split()
STREETS = ("Main Street", "Oak Avenue", "Maple Drive", "Washington Street", "Park Avenue", "Lincoln Road",
           "Cedar Lane", "Lake Street", "Hill Road", "River Road", "Church Street", "Pine Street")
CITIES = (("Springfield", "IL", "62704"), ("Madison", "WI", "53703"), ("Austin", "TX", "78701"),
          ("Portland", "OR", "97205"), ("Denver", "CO", "80202"), ("Columbus", "OH", "43215"),
          ("Phoenix", "AZ", "85004"), ("Sacramento", "CA", "95814"), ("Albany", "NY", "12207"))
JOBS = ("Account Manager", "Engineer", "Analyst", "Nurse", "Driver", "Clerk", "Designer", "Director")
PROSE = ("The quarterly planning meeting covered delivery dates, staffing and the move to the new office. "
         "Everybody agreed that the old printer should finally be replaced. The garden behind the building "
         "is open again from spring on. Notes of the workshop are kept in the shared folder, with the "
         "drawings and the list of open questions. Nothing in this text is about anybody in particular. ")


def digits(count):
    return "".join(rng.choice(string.digits) for _ in range(count))


def token(count, letters=string.ascii_letters + string.digits):
    return "".join(rng.choice(letters) for _ in range(count))


def luhn(body):
    total = 0
    for i, d in enumerate(reversed(body)):
        n = int(d) * (2 if i % 2 == 0 else 1)
        total += n - 9 if n > 9 else n
    return body + str(-total % 10)


def card():
    kind = rng.choice(("visa", "visa", "mastercard", "amex"))
    if kind == "visa":
        return luhn("4" + digits(1).replace("1", "5") + digits(13))
    if kind == "mastercard":
        return luhn(str(rng.randint(51, 55)) + digits(13))
    return luhn(rng.choice(("34", "37")) + digits(12))


def grouped(number):
    if len(number) == 15:
        return f"{number[:4]} {number[4:10]} {number[10:]}"
    return " ".join(number[i:i + 4] for i in range(0, 16, 4))


def ssn():
    area = rng.choice([n for n in range(1, 900) if n != 666])
    return f"{area:03}-{rng.randint(1, 99):02}-{rng.randint(1, 9999):04}"


def iban():
    body = "37040044" + digits(10)  # BBAN of a German account
    check = 98 - int(body + "131400") % 97
    return f"DE{check:02}{body}"


def birth():
    return date(1950, 1, 1) + timedelta(days=rng.randint(0, 18500))


def person():
    given, family = rng.choice(GIVEN), rng.choice(FAMILY)
    city, state, code = rng.choice(CITIES)
    return {
        "first_name": given, "last_name": family,
        "email": f"{given}.{family}{rng.randint(1, 99)}@example-{rng.choice(('mail', 'corp', 'post'))}.com".lower(),
        "phone": f"({rng.randint(201, 989)}) {rng.randint(220, 989)}-{digits(4)}",
        "street": f"{rng.randint(1, 9900)} {rng.choice(STREETS)}", "city": city, "state": state, "zip": code,
        "birth_date": birth().strftime("%m/%d/%Y"), "ssn": ssn(), "card": card(),
        "title": rng.choice(JOBS), "salary": rng.randint(31, 190) * 1000,
    }


def moment(day):
    return datetime(2017, 11, 1) + timedelta(days=day, seconds=rng.randint(0, 86399))


def public_ip():
    return f"{rng.choice((23, 52, 81, 93, 104, 151, 185, 203))}.{rng.randint(1, 254)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"


def csv_text(rows, columns, delimiter=","):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, delimiter=delimiter, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def key_block(label, size):
    # Random bytes behind the DER header of a private key of that kind: the look of one, not a key.
    body = base64.b64encode(bytes.fromhex("308204a40201000282010100") + rng.randbytes(size)).decode()
    lines = "\n".join(body[i:i + 64] for i in range(0, len(body), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


def aws_keys():
    return "AKIA" + token(16, string.ascii_uppercase + "234567"), token(40, string.ascii_letters + string.digits + "/+")


def github_token():
    """The last six characters are the CRC-32 of the thirty before them in base 62."""
    body = token(30)
    alphabet = string.digits + string.ascii_uppercase + string.ascii_lowercase
    rest, check = zlib.crc32(body.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        check = alphabet[digit] + check
    return f"ghp_{body}{check}"


def zip_bytes(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (2017, 11, 9, 12, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return out.getvalue()


def tar_bytes(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            data = data.encode() if isinstance(data, str) else data
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), EPOCH
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def gz_bytes(data):
    return gzip.compress(data.encode() if isinstance(data, str) else data, mtime=EPOCH)


OOXML = "http://schemas.openxmlformats.org"


def relationships(kind, target):
    return (f'<?xml version="1.0"?><Relationships xmlns="{OOXML}/package/2006/relationships"><Relationship Id="rId1" '
            f'Type="{OOXML}/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>')


def content_types(parts):
    body = "".join(f'<Override PartName="{name}" ContentType="application/vnd.openxmlformats-officedocument.{kind}+xml"/>'
                   for name, kind in parts.items())
    return (f'<?xml version="1.0"?><Types xmlns="{OOXML}/package/2006/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{body}</Types>')


def docx(paragraphs):
    body = "".join(f"<w:p><w:r><w:t>{escape(p)}</w:t></w:r></w:p>" for p in paragraphs)
    return zip_bytes({
        "[Content_Types].xml": content_types({"/word/document.xml": "wordprocessingml.document.main"}),
        "_rels/.rels": relationships("officeDocument", "word/document.xml"),
        "word/document.xml": f'<?xml version="1.0"?><w:document xmlns:w="{OOXML}/wordprocessingml/2006/main">'
                             f"<w:body>{body}</w:body></w:document>"})


def column_name(index):
    return string.ascii_uppercase[index]


def xlsx(sheet, rows):
    cells = ""
    for r, row in enumerate(rows, 1):
        cells += f'<row r="{r}">' + "".join(
            f'<c r="{column_name(c)}{r}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
            for c, value in enumerate(row)) + "</row>"
    main = f"{OOXML}/spreadsheetml/2006/main"
    return zip_bytes({
        "[Content_Types].xml": content_types({"/xl/workbook.xml": "spreadsheetml.sheet.main",
                                              "/xl/worksheets/sheet1.xml": "spreadsheetml.worksheet"}),
        "_rels/.rels": relationships("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<?xml version="1.0"?><workbook xmlns="{main}" xmlns:r="{OOXML}/officeDocument/2006/relationships">'
                           f'<sheets><sheet name="{sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relationships("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f'<?xml version="1.0"?><worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'})


def pdf(pages):
    """A PDF of Helvetica lines, one list of lines a page."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        shown = " T* ".join("(" + line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") + ") Tj" for line in lines)
        stream = f"BT /F1 11 Tf 14 TL 72 740 Td {shown} ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R "
                       "/Resources << /Font << /F1 3 0 R >> >> >>")
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    start = len(out)
    out += (f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n"
            f"<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n")
    return out.encode("latin-1")


def mail(sender, recipient, subject, body, day, attachment=None):
    head = (f"From: {sender['first_name']} {sender['last_name']} <{sender['email']}>\n"
            f"To: {recipient['first_name']} {recipient['last_name']} <{recipient['email']}>\n"
            f"Date: {moment(day).strftime('%a, %d %b %Y %H:%M:%S')} +0000\nSubject: {subject}\nMIME-Version: 1.0\n")
    if attachment is None:
        return head + f"Content-Type: text/plain; charset=utf-8\n\n{body}\n"
    name, data = attachment
    encoded = base64.encodebytes(data).decode()
    return (head + 'Content-Type: multipart/mixed; boundary="part"\n\n--part\n'
            f"Content-Type: text/plain; charset=utf-8\n\n{body}\n\n--part\n"
            f'Content-Type: application/octet-stream; name="{name}"\nContent-Transfer-Encoding: base64\n'
            f'Content-Disposition: attachment; filename="{name}"\n\n{encoded}\n--part--\n')


# Buckets of the member account; all others are the master's.
MASTER, MEMBER = "111122223333", "444455556666"
MEMBER_BUCKETS = ("hr", "engineering", "backups")


class Estate:
    def __init__(self, root):
        self.root = root
        self.count = 0

    def path(self, key):
        """Where an object lies whose key begins with its bucket's name."""
        account = MEMBER if key.split("/")[0] in MEMBER_BUCKETS else MASTER
        return self.root / account / key

    def put(self, key, data):
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        self.count += 1


def human_resources(estate):
    staff = [person() for _ in range(240)]
    columns = ("first_name", "last_name", "email", "phone", "birth_date", "ssn", "title", "salary")
    estate.put("hr/employees-2017.csv", csv_text(staff, columns))
    estate.put("hr/payroll-november.xlsx", xlsx("Payroll", [("Employee", "SSN", "Birth date", "Salary", "IBAN")] + [
        (f"{p['first_name']} {p['last_name']}", p["ssn"], p["birth_date"], p["salary"], iban()) for p in staff[:80]]))
    for p in staff[:12]:
        name = f"{p['first_name']} {p['last_name']}"
        estate.put(f"hr/contracts/{p['last_name'].lower()}-{p['zip']}-{p['salary'] // 1000}.docx", docx([
            "Employment agreement", f"between the company and {name}, residing at {p['street']}, {p['city']}, "
            f"{p['state']} {p['zip']}.", f"Date of birth: {p['birth_date']}. Social Security Number: {p['ssn']}.",
            f"Position: {p['title']}. Annual salary: ${p['salary']:,}.", PROSE]))
    for p in staff[12:20]:
        estate.put(f"hr/reviews/{p['last_name'].lower()}-{p['first_name'].lower()}-2017.txt",
                   f"Performance review of {p['first_name']} {p['last_name']}\nReviewed on 11/02/2017\n\n{PROSE * 2}")
    estate.put("hr/tax/w2-2016.pdf", pdf([[
        "Form W-2 Wage and Tax Statement 2016", f"Employee: {p['first_name']} {p['last_name']}",
        f"Address: {p['street']}, {p['city']}, {p['state']} {p['zip']}", f"Employee's social security number: {p['ssn']}",
        f"Wages, tips, other compensation: {p['salary']}"] for p in staff[20:32]]))


def customers(estate):
    people = [person() for _ in range(600)]
    columns = ("first_name", "last_name", "email", "street", "city", "state", "zip", "card")
    estate.put("customers/export-2017-11.csv", csv_text(people, columns))
    estate.put("customers/newsletter.tsv", csv_text(people[:300], ("first_name", "last_name", "email"), "\t"))
    lines = "".join(json.dumps({"order": 90000 + i, "at": moment(i % 28).isoformat() + "Z", "customer": {
        "name": f"{p['first_name']} {p['last_name']}", "email": p["email"]}, "payment": {
            "credit_card": grouped(p["card"]), "amount": round(rng.uniform(4, 900), 2)}}) + "\n"
        for i, p in enumerate(people[:200]))
    estate.put("customers/orders.jsonl", lines)
    estate.put("customers/orders-archive.jsonl.gz", gz_bytes(lines))
    for i, p in enumerate(people[:24]):
        estate.put(f"customers/invoices/2017/{80100 + i}.pdf", pdf([[
            f"Invoice {80100 + i}", f"{p['first_name']} {p['last_name']}", p["street"],
            f"{p['city']}, {p['state']} {p['zip']}", f"Paid by card {grouped(p['card'])}" if i % 3 == 0 else "Paid in cash",
            f"Total: ${rng.uniform(4, 900):.2f}"]]))
    profile = "".join(f"<customer id=\"{i}\"><name>{p['first_name']} {p['last_name']}</name><mail>{p['email']}</mail>"
                      f"<born>{p['birth_date']}</born></customer>\n" for i, p in enumerate(people[:60]))
    estate.put("customers/crm-dump.xml", f'<?xml version="1.0" encoding="UTF-8"?>\n<customers>\n{profile}</customers>\n')


def logs(estate):
    paths = ("/", "/index.html", "/cart", "/products/12", "/login", "/static/site.css", "/api/v1/items")
    for day in range(30):
        lines = "".join(
            f'{public_ip()} - - [{moment(day).strftime("%d/%b/%Y:%H:%M:%S")} +0000] "GET {rng.choice(paths)} HTTP/1.1" '
            f'{rng.choice((200, 200, 200, 304, 404))} {rng.randint(120, 90000)} "-" "Mozilla/5.0"\n' for _ in range(150))
        key = f"logs/web/2017/11/access-{day + 1:02}.log"
        estate.put(key + (".gz" if day < 20 else ""), gz_bytes(lines) if day < 20 else lines)
    for day in range(30):
        lines = "".join(json.dumps({"time": moment(day).isoformat() + "Z", "level": rng.choice(("info", "info", "warn")),
                                    "service": rng.choice(("cart", "auth", "mailer")), "request": token(12),
                                    "took_ms": rng.randint(1, 900)}) + "\n" for _ in range(120))
        if day == 17:  # the day somebody logged whole requests
            lines += "".join(json.dumps({"time": moment(day).isoformat() + "Z", "level": "debug", "body": {
                "name": f"{p['first_name']} {p['last_name']}", "card_number": p["card"], "email": p["email"]}}) + "\n"
                for p in (person() for _ in range(40)))
        estate.put(f"logs/app/2017-11-{day + 1:02}.json", lines)


def engineering(estate):
    key, secret = aws_keys()
    estate.put("engineering/deploy/.env", f"DATABASE_URL=postgres://shop:{token(14)}@db.internal:5432/shop\n"
               f"AWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY={secret}\nDEBUG=false\n")
    key, secret = aws_keys()
    estate.put("engineering/deploy/credentials.bak", f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
    estate.put("engineering/keys/id_rsa", key_block("RSA PRIVATE KEY", 1180))
    estate.put("engineering/keys/server.pem", key_block("PRIVATE KEY", 1204))
    estate.put("engineering/keys/legacy_dsa.pem", key_block("DSA PRIVATE KEY", 640))
    estate.put("engineering/chat-export.txt", f"{PROSE}\n[14:02] kevin: the new hook is https://hooks.slack.com/services/"
               f"T{token(8, string.ascii_uppercase + string.digits)}/B{token(8, string.ascii_uppercase + string.digits)}/{token(24)}\n"
               f"[14:03] donna: and the github token {github_token()}\n{PROSE}")
    estate.put("engineering/network/core-router.cfg",
               "version 15.2\nhostname core-router\nenable secret 5 $1$" + token(4) + "$" + token(22) + "\n"
               "interface GigabitEthernet0/0\n ip address 10.20.0.1 255.255.255.0\n no shutdown\n"
               "router ospf 10\n network 10.20.0.0 0.0.0.255 area 0\nline vty 0 4\n password 7 " + token(14, "0123456789ABCDEF") + "\n")
    estate.put("engineering/hosts/passwd", "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
               "bin:x:2:2:bin:/bin:/usr/sbin/nologin\nsys:x:3:3:sys:/dev:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n")
    for i in range(24):
        estate.put(f"engineering/src/module_{i:02}.py", f'"""Part {i} of the shop."""\nimport os\n\n\ndef total(prices):\n'
                   f'    """Sum of all prices, with part {i} of the discount."""\n    return sum(prices) * {100 - i} / 100\n')
    for i in range(10):
        estate.put(f"engineering/src/widget_{i}.js", f"'use strict';\nmodule.exports = function (items) {{\n"
                   f"  return items.filter((item) => item.kind === {i});\n}};\n")
    estate.put("engineering/config.example.yaml", "service:\n  name: shop\n  port: 8080\n  # put your own key here\n  key: AKIAIOSFODNN7EXAMPLE\n")


def backups(estate):
    people = [person() for _ in range(150)]
    path = estate.path("backups/app.sqlite")
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, birth_date TEXT, card TEXT)")
        database.executemany("INSERT INTO users (name, email, birth_date, card) VALUES (?, ?, ?, ?)", [
            (f"{p['first_name']} {p['last_name']}", p["email"], p["birth_date"], p["card"]) for p in people])
    database.close()
    estate.count += 1
    rows = ",\n".join(f"({i},'{p['first_name']} {p['last_name']}','{p['email']}','{p['ssn']}')" for i, p in enumerate(people[:90], 1))
    estate.put("backups/mysql-shop.sql", "-- MySQL dump 10.13  Distrib 5.7.20\n--\n-- Host: localhost    Database: shop\n"
               f"CREATE TABLE `customers` (`id` int, `name` text, `email` text, `ssn` char(11));\nINSERT INTO `customers` VALUES\n{rows};\n")
    inner = zip_bytes({"people.csv": csv_text(people[:70], ("first_name", "last_name", "ssn", "birth_date")),
                       "readme.txt": PROSE})
    estate.put("backups/laptop-kevin.tar.gz", gz_bytes(tar_bytes({
        "home/kevin/notes.txt": PROSE, "home/kevin/old/export.zip": inner,
        "home/kevin/.ssh/id_rsa": key_block("RSA PRIVATE KEY", 1180)})))
    estate.put("backups/site-2017-10.tar.bz2", bz2.compress(tar_bytes({f"www/page{i}.html": f"<html><body><p>{PROSE}</p></body></html>" for i in range(6)})))
    estate.put("backups/journal.txt.xz", lzma.compress((PROSE * 40).encode()))
    estate.put("backups/truncated.zip", inner[:len(inner) // 2])
    estate.put("backups/disk.bin", rng.randbytes(60000))


def correspondence(estate):
    people = [person() for _ in range(30)]
    for i in range(7):
        body = f"Hello,\n\n{PROSE}\nBest regards,\n{people[i]['first_name']}\n"
        attachment = None
        if i == 2:
            body = f"Please book the trip on my card {grouped(people[i]['card'])}, valid until 09/21.\n{body}"
        if i == 5:
            attachment = ("applicants.csv", csv_text(people, ("first_name", "last_name", "email", "ssn")).encode())
        estate.put(f"mail/inbox/{i:03}.eml", mail(people[i], people[i + 1], "Minutes and next steps", body, i, attachment))
    box = "".join("From - Thu Nov  9 12:00:00 2017\n" + mail(people[i], people[0], "Re: lunch", PROSE, i) + "\n" for i in range(12))
    estate.put("mail/archive-2017.mbox", box)


def public_pages(estate):
    for i in range(40):
        estate.put(f"website/articles/{i:02}.html", f"<!DOCTYPE html><html><head><title>Article {i}</title></head><body>"
                   f"<h1>Article {i}</h1><p>{PROSE}</p></body></html>\n")
    for i in range(20):
        estate.put(f"website/guides/{i:02}.md", f"# Guide {i}\n\n{PROSE}\n\n- one\n- two\n- three\n")
    pixel = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
    for i in range(12):
        estate.put(f"website/images/pixel-{i}.png", pixel)
    estate.put("website/prices.csv", "article,price\n" + "".join(f"{1000 + i},{rng.uniform(1, 99):.2f}\n" for i in range(200)))
    estate.put("website/empty.txt", "")
    estate.put("website/robots.txt", "User-agent: *\nDisallow: /cart\n")
    estate.put("website/日本語のメモ.txt", ("会議は来週の月曜日に開かれます。資料は共有フォルダにあります。" * 5).encode("shift_jis"))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = Path(sys.argv[1])
    mark = root.parent / f"{root.name}{MARK}"
    if root.exists():
        if not mark.exists():
            sys.exit(f"{root} exists and was not made by this script; remove it or give another folder")
        shutil.rmtree(root)
    root.mkdir(parents=True)
    mark.touch()
    estate = Estate(root)
    for department in (human_resources, customers, logs, engineering, backups, correspondence, public_pages):
        department(estate)
    made = sum(1 for path in root.rglob("*") if path.is_file())
    assert made == estate.count, "two objects under one name"
    print(f"{estate.count} synthetic objects in {root}")


if __name__ == "__main__":
    main()
