#!/usr/bin/env python3
"""Writes the golden inputs that are archives, compressed streams, databases and columnar files.

Needs tests/extract/fixture_requirements.txt. Formats that nothing free can write (RAR, LHA, CAB,
compress) are put together here byte by byte, with stored members. All people and numbers are
invented or reserved for examples. The outputs are written by the runner with
ASSAY_UPDATE_GOLDEN=1. Encrypted members carry random salts, so they differ at each run.
"""
import bz2
import gzip
import io
import lzma
import pathlib
import sqlite3
import struct
import tarfile
import zipfile
import zlib

import cramjam
import fastavro
import libarchive
import py7zr
import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pyarrow.parquet
from zip_quine import zip_quine

FOLDER = pathlib.Path(__file__).parent / "golden"
CSV = b"name,ssn,email\nMaria Lopez,219-09-9999,maria.lopez@example.com\n"
NOTE = b"Call Maria at 555-0100 about card 4111 1111 1111 1111.\n"
WHEN = (2024, 1, 1, 0, 0, 0)


def write(name: str, content: bytes) -> None:
    (FOLDER / f"{name}.in").write_bytes(content)


def tar(members, **options) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", **options) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def make_zip(members, method=zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, WHEN)
            info.compress_type = method
            archive.writestr(info, content)
    return out.getvalue()


def encrypted_zip() -> bytes:
    """A traditional-encryption flag on a member whose bytes are noise, before a plain member."""
    data = bytearray(make_zip([("secret.txt", NOTE * 4), ("plain.txt", NOTE)]))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def rar4(name: bytes, content: bytes) -> bytes:
    def block(body: bytes) -> bytes:
        return struct.pack("<H", zlib.crc32(body) & 0xFFFF) + body

    main = block(struct.pack("<BHH6x", 0x73, 0, 13))
    fixed = struct.pack("<IIBIIBBHI", len(content), len(content), 3, zlib.crc32(content), 0x58210000,
                        20, 0x30, len(name), 0o100644)
    member = block(struct.pack("<BHH", 0x74, 0x8000, 7 + len(fixed) + len(name)) + fixed + name)
    return b"Rar!\x1a\x07\0" + main + member + content + block(struct.pack("<BHH", 0x7B, 0x4000, 7))


def rar5(name: bytes, content: bytes) -> bytes:
    def vint(n: int) -> bytes:
        out = b""
        while n > 0x7F:
            out += bytes([n & 0x7F | 0x80])
            n >>= 7
        return out + bytes([n])

    def block(body: bytes) -> bytes:
        sized = vint(len(body)) + body
        return struct.pack("<I", zlib.crc32(sized)) + sized

    member = (vint(2) + vint(2) + vint(len(content)) + vint(4) + vint(len(content)) + vint(0o100644) +
              struct.pack("<I", zlib.crc32(content)) + vint(0) + vint(1) + vint(len(name)) + name)
    return (b"Rar!\x1a\x07\x01\0" + block(vint(1) + vint(0) + vint(0)) + block(member) + content +
            block(vint(5) + vint(0) + vint(0)))


def lha(name: bytes, content: bytes) -> bytes:
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    body = (b"-lh0-" + struct.pack("<III", len(content), len(content), 0x58210000) + b"\x20\0" +
            bytes([len(name)]) + name + struct.pack("<H", crc))
    return bytes([len(body), sum(body) & 0xFF]) + body + content + b"\0"


def cab(name: bytes, content: bytes) -> bytes:
    file_entry = struct.pack("<IIHHHH", len(content), 0, 0, 0x5821, 0, 0x20) + name + b"\0"
    data_offset = 36 + 8 + len(file_entry)
    data = struct.pack("<IHH", 0, len(content), len(content)) + content
    header = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, data_offset + len(data), 0, 44, 0, 3, 1, 1, 1,
                         0, 7, 0)
    return header + struct.pack("<IHH", data_offset, 1, 0) + file_entry + data


def compress_z(content: bytes) -> bytes:
    """compress(1) with literals only, which need no more than 9 bits below 255 of them."""
    assert len(content) < 250
    bits = 0
    for i, byte in enumerate(content):
        bits |= byte << 9 * i
    return b"\x1f\x9d\x90" + bits.to_bytes((9 * len(content) + 7) // 8, "little")


def lzip(content: bytes) -> bytes:
    alone = lzma.compress(content, lzma.FORMAT_ALONE, filters=[
        {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20, "lc": 3, "lp": 0, "pb": 2}])
    stream = b"LZIP\x01\x14" + alone[13:]
    return stream + struct.pack("<IQQ", zlib.crc32(content), len(content), len(stream) + 20)


def by_libarchive(kind: str, members, **options) -> bytes:
    chunks = []

    def take(chunk) -> int:
        chunks.append(bytes(chunk))
        return len(chunks[-1])

    with libarchive.custom_writer(take, kind, **options) as archive:
        for name, content in members:
            archive.add_file_from_memory(name, len(content), content)
    return b"".join(chunks)


def ar(members) -> bytes:
    out = b"!<arch>\n"
    for name, content in members:
        out += b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name, 0, 0, 0, b"100644", len(content))
        out += content + b"\n" * (len(content) % 2)
    return out


def rpm(content: bytes) -> bytes:
    lead = struct.pack(">IBBHH66sHH16x", 0xEDABEEDB, 3, 0, 0, 1, b"demo-1.0-1", 1, 5)
    header = bytes.fromhex("8eade80100000000") + struct.pack(">II", 0, 0)
    return lead + header + header + gzip.compress(content, mtime=0)


def seven_zip(members, password=None) -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", password=password) as archive:
        for name, content in members:
            archive.writestr(content, name)
    return out.getvalue()


def compressed() -> None:
    write("people.csv.gz", gzip.compress(CSV, mtime=0))
    write("two_members.csv.gz", gzip.compress(CSV, mtime=0) + gzip.compress(b"Ann,1,2\n", mtime=0) +
          b"\0" * 64)
    write("bad_crc.txt.gz", gzip.compress(NOTE, mtime=0)[:-8] + b"\x01\x02\x03\x04" + b"\0" * 4)
    noise = b"".join(b"%d: %08x\n" % (i, zlib.crc32(b"%d" % i)) for i in range(200))
    write("cut.txt.gz", gzip.compress(noise, mtime=0)[:900])
    write("people.csv.bz2", bz2.compress(CSV) + bz2.compress(b"Ann,1,2\n"))
    write("people.csv.xz", lzma.compress(CSV) + lzma.compress(b"Ann,1,2\n"))
    write("people.csv.lzma", lzma.compress(CSV, lzma.FORMAT_ALONE))
    write("people.csv.lz", lzip(CSV))
    write("people.csv.zst", bytes(cramjam.zstd.compress(CSV)))
    write("people.csv.br", bytes(cramjam.brotli.compress(CSV)))
    write("people.csv.sz", bytes(cramjam.snappy.compress(CSV)))
    write("people.csv.snappy", bytes(cramjam.snappy.compress_raw(CSV)))
    write("people.csv.lz4", bytes(cramjam.lz4.compress(CSV)))
    write("people.csv.zz", zlib.compress(CSV))
    write("people.csv.Z", compress_z(CSV))


def archives() -> None:
    write("quine.zip", zip_quine())
    members = [("hr/people.csv", CSV), ("note.txt", NOTE)]
    write("people.tar", tar(members))
    write("people.tgz", gzip.compress(tar(members), mtime=0))
    write("odd_names.tar", tar([("../../etc/passwd", NOTE), ("/abs/ü\n.txt", NOTE), ("", NOTE)]))
    write("cut.tar", tar(members)[:1560])
    write("people.zip", make_zip(members))
    write("lzma.zip", make_zip(members, zipfile.ZIP_LZMA))
    write("odd_names.zip", make_zip([("..\\..\\x.txt", NOTE), ("../y.txt", NOTE)]))
    write("cut.zip", make_zip(members)[:150])
    write("encrypted.zip", encrypted_zip())
    write("nested.zip", make_zip([("a/inner.tgz", gzip.compress(tar([("b/deep.zip", make_zip(members))]),
                                                                mtime=0))]))
    write("people.7z", seven_zip(members))
    write("encrypted.7z", seven_zip(members, "secret"))
    write("people.rar", rar4(b"hr\\people.csv", CSV))
    write("people5.rar", rar5(b"hr/people.csv", CSV))
    write("people.lzh", lha(b"people.csv", CSV))
    write("people.cab", cab(b"people.csv", CSV))
    for kind, ending in (("cpio_newc", "cpio"), ("iso9660", "iso"), ("xar", "xar"), ("warc", "warc")):
        write(f"people.{ending}", by_libarchive(kind, members))
    cpio = by_libarchive("cpio_newc", members)
    write("demo.rpm", rpm(cpio))
    write("demo.deb", ar([(b"debian-binary", b"2.0\n"),
                          (b"control.tar.gz",
                           gzip.compress(tar([("./control", b"Maintainer: Maria <maria@example.com>\n")]), mtime=0)),
                          (b"data.tar.xz", lzma.compress(tar([("./etc/demo.conf", NOTE)])))]))


def databases() -> None:
    path = FOLDER / "people.sqlite.in"
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT, ssn TEXT, photo BLOB, memo BLOB)")
    db.execute("CREATE TABLE \"odd \"\" name\"(\"a b\" REAL, c)")
    db.execute("CREATE VIEW trap AS SELECT load_extension('x') FROM people")
    db.executemany("INSERT INTO people VALUES(?,?,?,?,?)",
                   [(i, f"Person {i}", f"219-09-{9000 + i}", b"\x89PNG\0\xff", NOTE) for i in range(3)])
    db.execute("INSERT INTO \"odd \"\" name\" VALUES(1.5, 4111111111111111)")
    db.commit()
    db.close()
    write("cut.sqlite", path.read_bytes()[:9000])
    schema = {"type": "record", "name": "Person", "namespace": "hr", "fields": [
        {"name": "name", "type": "string"},
        {"name": "ssn", "type": ["null", "string"]},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "notes", "type": {"type": "map", "values": "string"}},
        {"name": "level", "type": {"type": "enum", "name": "Level", "symbols": ["LOW", "HIGH"]}},
        {"name": "boss", "type": ["null", "Person"]},
    ]}
    boss = {"name": "Ann Boss", "ssn": None, "tags": [], "notes": {}, "level": "HIGH", "boss": None}
    rows = [{"name": f"Person {i}", "ssn": f"219-09-{9000 + i}", "tags": ["a1", "b2"],
             "notes": {"phone": "555-0100"}, "level": "LOW", "boss": boss} for i in range(2)]
    for codec in ("null", "deflate", "snappy", "bzip2", "xz", "zstandard"):
        out = io.BytesIO()
        try:
            fastavro.writer(out, fastavro.parse_schema(schema), rows, codec=codec, sync_marker=b"s" * 16)
        except ValueError:
            continue
        write(f"people_{codec}.avro", out.getvalue())
        if codec == "null":
            write("cut.avro", out.getvalue()[:-40])


def columnar() -> None:
    table = pa.table({
        "name": ["Maria Lopez", None, "Ann Lee"],
        "card": pa.array([4111111111111111, 1, None], pa.int64()),
        "born": pa.array([5000, None, 6000], pa.date32()),
        "kind": pa.array(["x1", "y2", "x1"]).dictionary_encode(),
        "phones": [["555-0100", "555-0101"], [], None],
        "home": [{"city": "Lima", "zip": ["12345"]}, None, {"city": "Rome", "zip": []}],
        "raw": pa.array([b"mail a@example.com", b"\0\1\2", None], pa.binary()),
    })
    plain = table.set_column(3, "kind", table["kind"].cast(pa.string()))
    out = io.BytesIO()
    pa.parquet.write_table(table, out, row_group_size=2, compression="snappy")
    write("people.parquet", out.getvalue())
    write("cut.parquet", out.getvalue()[:-200])
    out = io.BytesIO()
    pa.orc.write_table(plain, out)
    write("people.orc", out.getvalue())
    out = io.BytesIO()
    with pa.ipc.new_file(out, table.schema) as sink:
        sink.write_table(table, max_chunksize=1)
    write("people.arrow", out.getvalue())
    write("cut.arrow", out.getvalue()[: len(out.getvalue()) * 6 // 10])
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as sink:
        sink.write_table(table)
    write("people.arrows", out.getvalue())
    out = io.BytesIO()
    pa.feather.write_feather(plain, out, compression="zstd")
    write("people.feather", out.getvalue())
    write("parquet_inside.zip", make_zip([("data/people.feather", out.getvalue())]))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    compressed()
    archives()
    databases()
    columnar()


if __name__ == "__main__":
    main()
