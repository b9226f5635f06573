#!/usr/bin/env python3
"""Writes the document fixtures of the extractor tests into the given folder.

Every byte is made here, so that a change of a fixture can be read as a change of this file. All
people, numbers and addresses are invented or reserved for examples.
"""

import datetime
import io
import re
import struct
import sys
import zipfile
from email.message import EmailMessage
from pathlib import Path

PERSON = ("Maria Lopez", "219-09-9999", datetime.date(1984, 3, 12), 4111111111111111)
WHEN = datetime.datetime(2024, 5, 6, 7, 8, 9)


def steady_zip(data: bytes) -> bytes:
    """The same ZIP file with fixed times, whatever the library wrote."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            stored = name == "mimetype"
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            # openpyxl writes the time of saving, whatever it is told.
            content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2024-05-06T07:08:09Z",
                             old.read(name))
            new.writestr(info, content)
    return out.getvalue()


def docx() -> bytes:
    import docx as library

    document = library.Document()
    document.core_properties.author = "Ana Autora"
    document.core_properties.title = "Staff file"
    document.core_properties.created = document.core_properties.modified = WHEN
    document.add_heading("Personnel", 1)
    document.add_paragraph("Social security number 219-09-9999 of Maria Lopez.")
    table = document.add_table(rows=2, cols=3)
    for cell, text in zip(table.rows[0].cells, ("Name", "SSN", "Born")):
        cell.text = text
    for cell, text in zip(table.rows[1].cells, ("Maria Lopez", "219-09-9999", "1984-03-12")):
        cell.text = text
    section = document.sections[0]
    section.header.paragraphs[0].text = "Confidential header"
    section.footer.paragraphs[0].text = "Footer of page"
    document.part.relate_to("mailto:maria.lopez@example.com", library.opc.constants.
                            RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    out = io.BytesIO()
    document.save(out)
    return steady_zip(out.getvalue())


def xlsx() -> bytes:
    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.workbook.defined_name import DefinedName

    book = openpyxl.Workbook()
    book.properties.creator = "Ana Autora"
    book.properties.created = book.properties.modified = WHEN
    sheet = book.active
    sheet.title = "People"
    sheet.append(["Name", "SSN", "Birth date", "Card"])
    sheet.append(list(PERSON))
    sheet["C2"].number_format = "mm/dd/yyyy"
    sheet["B5"] = 219099999
    sheet["B5"].number_format = "000\\-00\\-0000"
    sheet["D5"] = datetime.datetime(2024, 5, 6, 7, 8, 9)
    sheet["E5"] = 12.5
    sheet["A2"].comment = Comment("call +1 202 555 0143", "Ana")
    sheet["A2"].hyperlink = "https://example.com/maria"
    second = book.create_sheet("Nur Zahlen")
    second["A1"] = 1
    second["B7"] = "AKIDEXAMPLE"
    book.defined_names["Owner"] = DefinedName("Owner", attr_text='"Maria"')
    out = io.BytesIO()
    book.save(out)
    return steady_zip(out.getvalue())


def xls() -> bytes:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("People")
    for column, header in enumerate(("Name", "SSN", "Birth date", "Card")):
        sheet.write(0, column, header)
    style = xlwt.XFStyle()
    style.num_format_str = "MM/DD/YYYY"
    for column, value in enumerate(PERSON):
        sheet.write(1, column, value, style if column == 2 else xlwt.XFStyle())
    sheet.write(9, 1, "Zo\u00eb \u4e2d\u6587")
    sheet.write(9, 2, 2.5)
    book.add_sheet("Second").write(2, 1, "x" * 9000)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pptx() -> bytes:
    import pptx as library

    show = library.Presentation()
    show.core_properties.author = "Ana Autora"
    show.core_properties.created = show.core_properties.modified = WHEN
    for number, text in enumerate(("First slide", "SSN 219-09-9999"), 1):
        slide = show.slides.add_slide(show.slide_layouts[5])
        slide.shapes.title.text = text
        slide.notes_slide.notes_text_frame.text = f"Notes of slide {number}"
    out = io.BytesIO()
    show.save(out)
    return steady_zip(out.getvalue())


def odt() -> bytes:
    from odf import text
    from odf.opendocument import OpenDocumentText

    document = OpenDocumentText()
    document.text.addElement(text.H(outlinelevel=1, text="Personnel"))
    paragraph = text.P(text="SSN 219-09-9999")
    paragraph.addElement(text.Tab())
    paragraph.addElement(text.A(href="mailto:maria@example.com", text="write"))
    document.text.addElement(paragraph)
    out = io.BytesIO()
    document.save(out)
    return steady_zip(out.getvalue())


def ods() -> bytes:
    from odf import table, text
    from odf.opendocument import OpenDocumentSpreadsheet

    document = OpenDocumentSpreadsheet()
    sheet = table.Table(name="People")

    def add(*cells):
        row = table.TableRow()
        for attributes, value in cells:
            cell = table.TableCell(**attributes)
            if value:
                cell.addElement(text.P(text=value))
            row.addElement(cell)
        sheet.addElement(row)

    string = {"valuetype": "string"}
    add((string, "Name"), (string, "SSN"), ({}, ""), (string, "Born"))
    add((string, "Maria Lopez"), (string, "219-09-9999"), ({"numbercolumnsrepeated": 1}, ""),
        ({"valuetype": "date", "datevalue": "1984-03-12"}, "12/03/84"))
    sheet.addElement(table.TableRow(numberrowsrepeated=3))
    add(({"valuetype": "float", "value": "4111111111111111"}, "4111111111111111"))
    document.spreadsheet.addElement(sheet)
    out = io.BytesIO()
    document.save(out)
    return steady_zip(out.getvalue())


def pdf() -> bytes:
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    page = canvas.Canvas(out, invariant=1)
    page.drawString(72, 720, "First page")
    page.showPage()
    page.drawString(72, 720, "SSN 219-09-9999")
    page.showPage()
    page.save()
    return out.getvalue()


def encrypted_pdf() -> bytes:
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    page = canvas.Canvas(out, invariant=1,
                         encrypt=StandardEncryption("secret", ownerPassword="owner"))
    page.drawString(72, 720, "nobody reads this")
    page.save()
    return out.getvalue()


def rtf() -> bytes:
    return (
        rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial;}}"
        rb"{\info{\title Staff file}{\author Ana Autora}}"
        rb"{\*\generator none}{\pict 010203}"
        rb"Social security number 219-09-9999\par "
        rb"Zo\'eb \u20013?\u25991? {\f1\'cc\'ee\'f1\'ea\'e2\'e0}\par"
        rb'{\field{\*\fldinst HYPERLINK "mailto:maria@example.com"}{\fldrslt write}}\par '
        rb"\trowd Name\cell SSN\cell\row }")


def message() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Jos\u00e9 P\u00e9rez <jose@example.com>"
    mail["To"] = "maria.lopez@example.com"
    mail["Subject"] = "Your SSN \u2013 219-09-9999"
    mail["Date"] = "Mon, 06 May 2024 07:08:09 +0000"
    mail.set_content("Gr\u00fc\u00dfe, the number is 219-09-9999.\n", cte="quoted-printable")
    mail.add_alternative("<p>Gr\u00fc\u00dfe, <b>219-09-9999</b></p>", subtype="html",
                         cte="base64")
    mail.add_attachment("name,ssn\nMaria,219-09-9999\n", subtype="csv", filename="l\u00f6hne.csv")
    inner = EmailMessage()
    inner["Subject"] = "inner message"
    inner.set_content("card 4111111111111111\n")
    mail.add_attachment(inner)
    boundary(mail, 0)
    return mail


def boundary(mail: EmailMessage, number: int) -> int:
    if mail.is_multipart() and mail.get_content_maintype() == "multipart":
        mail.set_boundary(f"=====fixed-{number}==")
        for part in mail.iter_parts():
            number = boundary(part, number + 1)
    return number


def eml() -> bytes:
    return message().as_bytes()


def mbox() -> bytes:
    first = b"From jose@example.com Mon May  6 07:08:09 2024\n" + eml() + b"\n"
    second = (b"From maria@example.com Mon May  6 08:08:09 2024\nFrom: maria@example.com\n"
              b"Subject: =?iso-8859-2?Q?=AEena?=\n\n>From now on: card 4111111111111111\n\n")
    return first + second


def epub() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr("META-INF/container.xml",
                      '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles>'
                      "</container>")
        book.writestr(
            "OEBPS/book.opf",
            '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
            "<dc:title>A book</dc:title><dc:creator>Ana Autora</dc:creator></metadata><manifest>"
            '<item id="b" href="two.xhtml"/><item id="a" href="one%201.xhtml"/></manifest>'
            '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>')
        for name, text in (("two", "SSN 219-09-9999"), ("one 1", "Chapter one")):
            book.writestr(f"OEBPS/{name}.xhtml",
                          '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">'
                          f"<head><title>t</title></head><body><p>{text}</p></body></html>")
    return steady_zip(out.getvalue())


class Compound:
    """A compound file ([MS-CFB]) of 512-byte sectors; all streams outside the mini stream."""

    def __init__(self):
        self.entries = [["Root Entry", 5, [], b""]]

    def add(self, parent: int, name: str, content: bytes = None) -> int:
        self.entries.append([name, 1 if content is None else 2, [], content or b""])
        self.entries[parent][2].append(len(self.entries) - 1)
        return len(self.entries) - 1

    def save(self) -> bytes:
        sectors, fat = [], []

        def chain(data: bytes) -> int:
            if not data:
                return 0xFFFFFFFE
            first = len(sectors)
            for at in range(0, len(data), 512):
                sectors.append(data[at:at + 512].ljust(512, b"\0"))
                fat.append(len(sectors))
            fat[-1] = 0xFFFFFFFE
            return first

        starts = [chain(content) for _, _, _, content in self.entries]
        siblings = {}
        for _, _, children, _ in self.entries:
            for one, following in zip(children, children[1:]):
                siblings[one] = following
        directory = b""
        for number, (name, kind, children, content) in enumerate(self.entries):
            raw = name.encode("utf-16-le") + b"\0\0"
            directory += raw.ljust(64, b"\0") + struct.pack(
                "<HBBIII16sI8s8sIQ", len(raw), kind, 1, 0xFFFFFFFF,
                siblings.get(number, 0xFFFFFFFF), children[0] if children else 0xFFFFFFFF,
                b"", 0, b"", b"", starts[number] if kind != 5 else 0xFFFFFFFE, len(content))
        directory_start = chain(directory)
        fat_sectors = (len(fat) + 128) // 128 + 1
        fat_start = len(sectors)
        fat += [0xFFFFFFFD] * fat_sectors
        fat += [0xFFFFFFFF] * (fat_sectors * 128 - len(fat))
        header = struct.pack("<8s16sHHHHH6sIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"",
                             0x3E, 3, 0xFFFE, 9, 6, b"", 0, fat_sectors, directory_start, 0, 0,
                             0xFFFFFFFE, 0, 0xFFFFFFFE, 0, fat_start)
        for number in range(1, 109):
            header += struct.pack("<I", fat_start + number if number < fat_sectors else 0xFFFFFFFF)
        return header + b"".join(sectors) + struct.pack(f"<{len(fat)}I", *fat)


def lzfu(rtf_text: bytes) -> bytes:
    """Compressed RTF that uses no references: every byte stands for itself."""
    body = b""
    for at in range(0, len(rtf_text), 8):
        body += b"\0" + rtf_text[at:at + 8]
    return struct.pack("<II4sI", len(body) + 12, len(rtf_text), b"LZFu", 0) + body


def msg() -> bytes:
    file = Compound()

    def text(parent: int, tag: str, value: str):
        file.add(parent, f"__substg1.0_{tag}001F", value.encode("utf-16-le"))

    filetime = (int(WHEN.replace(tzinfo=datetime.timezone.utc).timestamp()) + 11644473600) * 10**7
    file.add(0, "__properties_version1.0",
             b"\0" * 32 + struct.pack("<HHIQ", 0x40, 0x39, 6, filetime))
    text(0, "0037", "Your SSN")
    text(0, "0C1A", "Jos\u00e9 P\u00e9rez")
    text(0, "0C1F", "jose@example.com")
    file.add(0, "__substg1.0_10090102",
             lzfu(rb"{\rtf1\ansi The number is 219-09-9999\par}"))
    recipient = file.add(0, "__recip_version1.0_#00000000")
    text(recipient, "3001", "Maria Lopez")
    text(recipient, "39FE", "maria.lopez@example.com")
    attachment = file.add(0, "__attach_version1.0_#00000000")
    text(attachment, "3707", "list.txt")
    file.add(attachment, "__substg1.0_37010102", b"card 4111111111111111\n")
    attached = file.add(0, "__attach_version1.0_#00000001")
    inner = file.add(attached, "__substg1.0_3701000D")
    text(inner, "0037", "inner message")
    text(inner, "1000", "inner body\r\n")
    return file.save()


def summary(author: bytes) -> bytes:
    """A summary information property set ([MS-OLEPS]) with code page and author."""
    text = struct.pack("<II", 30, len(author) + 1) + author + b"\0" * (4 - len(author) % 4)
    body = struct.pack("<II", 0, 2) + struct.pack("<IIII", 1, 24, 4, 32) + struct.pack(
        "<II", 2, 1252) + text
    return struct.pack("<HHI16sI16sI", 0xFFFE, 0, 0, b"", 1, b"", 48) + body


def doc() -> bytes:
    text = b"Personnel\rSocial security number 219-09-9999 of Zo\xeb\r"
    fib = struct.pack("<HHHHHHHIBBHHII", 0xA5EC, 0xC1, 0, 0x409, 0, 0, 0xBF, 0, 0, 0, 0, 0, 512,
                      512 + len(text)).ljust(512, b"\0")
    file = Compound()
    file.add(0, "WordDocument", fib + text.ljust(4096, b"\0"))
    file.add(0, "\5SummaryInformation", summary(b"Ana Autor\xe4"))
    return file.save()


def ppt() -> bytes:
    text = "SSN 219-09-9999".encode("utf-16-le")
    atom = struct.pack("<HHI", 0, 0x0FA0, len(text)) + text
    end = struct.pack("<HHI", 0, 0x03EA, 0)
    file = Compound()
    file.add(0, "PowerPoint Document", (atom + end).ljust(4200, b"\0"))
    file.add(0, "Current User", struct.pack("<HHIII", 0, 0x0FF6, 20, 20, 0xE391C05F))
    return file.save()


def encrypted_docx() -> bytes:
    file = Compound()
    file.add(0, "EncryptionInfo", b"\4\0\4\0" + b"\0" * 60)
    file.add(0, "EncryptedPackage", b"\x5a" * 5000)
    return file.save()


FIXTURES = {
    "staff.docx": docx, "staff.xlsx": xlsx, "staff.xls": xls, "staff.pptx": pptx,
    "staff.odt": odt, "staff.ods": ods, "staff.pdf": pdf, "locked.pdf": encrypted_pdf,
    "staff.rtf": rtf, "mail.eml": eml, "mail.mbox": mbox, "book.epub": epub, "mail.msg": msg,
    "locked.docx": encrypted_docx, "staff.doc": doc, "staff.ppt": ppt,
}


def main() -> int:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in FIXTURES.items():
        (folder / name).write_bytes(make())
    return 0


if __name__ == "__main__":
    sys.exit(main())
