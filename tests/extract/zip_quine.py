#!/usr/bin/env python3
"""Makes a ZIP file whose only member is that same ZIP file, byte for byte: an archive without a bottom.

The deflate stream is a program of two instructions: L(n) puts out the n bytes behind it (a stored block),
R(n) puts out the last n bytes again (a block of matches). Instructions take 5 bytes, so the program can
spell itself out; the idea is Russ Cox's, "Zip Files All The Way Down" (2010). The checksum, which is
part of what it sums up, is the solution of 32 linear equations.

Usage: zip_quine.py > quine.zip
"""
import itertools
import struct
import sys
import zlib

UNIT = 5


def literal(size: int, final: bool = False) -> bytes:
    return struct.pack("<BHH", final, size, size ^ 0xFFFF)


class Bits:
    def __init__(self):
        self.text = ""

    def number(self, value, width):  # least significant bit first
        self.text += "".join(str(value >> i & 1) for i in range(width))

    def code(self, value, width):  # Huffman codes: most significant bit first
        self.text += format(value, f"0{width}b")

    def bytes(self):
        assert len(self.text) % 8 == 0
        return bytes(int(self.text[i:i + 8][::-1], 2) for i in range(0, len(self.text), 8))


def put_length(bits, length):
    base, symbol, extra = 3, 257, 0
    while length >= base + (1 << extra):
        base += 1 << extra
        symbol += 1
        extra = max(0, (symbol - 261) // 4)
    bits.code(symbol - 256, 7) if symbol < 280 else bits.code(0b11000000 + symbol - 280, 8)
    bits.number(length - base, extra)


def put_distance(bits, distance):
    base, symbol, extra = 1, 0, 0
    while distance >= base + (1 << extra):
        base += 1 << extra
        symbol += 1
        extra = max(0, symbol // 2 - 1)
    bits.code(symbol, 5)
    bits.number(distance - base, extra)


def repeat(size: int, width: int = UNIT):
    """R(size) in exactly `width` bytes, or None when no way of cutting it into matches comes out even."""
    for cuts in itertools.chain([(size,)], ((a, size - a) for a in range(3, size - 2))):
        for empty_blocks in range(4):
            bits = Bits()
            bits.number(0b010, 3)  # not the last block, fixed codes
            for length in cuts:
                put_length(bits, length)
                put_distance(bits, size)
            bits.code(0, 7)
            for _ in range(empty_blocks):
                bits.number(0b010, 3)
                bits.code(0, 7)
            if len(bits.text) == 8 * width:
                return bits.bytes()
    return None


def layout(name: bytes, stored: int, whole: int, crc: int):
    """The file with these figures in its headers; None when the name's length gives no program."""
    facts = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x21, crc, stored, whole, len(name), 0)
    head = b"PK\3\4" + facts + name
    entry = b"PK\1\2" + struct.pack("<H", 20) + facts + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    tail = entry + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(head) + stored, 0)

    first = len(head) + 2 * UNIT
    again, four = repeat(first), repeat(4 * UNIT)
    ends = [(size, repeat(size, size - len(tail) - UNIT)) for size in range(len(tail) + 9, len(tail) + 16)]
    last, end = next(((size, code) for size, code in ends if code), (0, None))
    if not (again and four and end):
        return None
    l5, l20, l0 = literal(UNIT), literal(4 * UNIT), literal(0)
    opening = literal(len(head)) + head + literal(first)
    closing = end + literal(len(tail), final=True) + tail
    program = (literal(len(head)) + head
               + literal(first) + opening + again
               + l5 + again + l5 + l5
               + l20 + again + l5 + l5 + l20 + four
               + l20 + four + l20 + four + l20 + four
               + l20 + four + l0 + l0 + literal(last) + four
               + l0 + l0 + literal(last) + closing + closing)
    return head, program, tail


def solve(file_of) -> int:
    """The x with crc32(file_of(x)) == x: crc32 is affine in the bits of x."""
    base = zlib.crc32(file_of(0))
    columns = [zlib.crc32(file_of(1 << bit)) ^ base ^ (1 << bit) for bit in range(32)]
    rows = []  # (reduced column, which bits of x it takes)
    for bit, column in enumerate(columns):
        takes = 1 << bit
        for other, other_takes in rows:
            if column ^ other < column:
                column, takes = column ^ other, takes ^ other_takes
        if column:
            rows.append((column, takes))
            rows.sort(reverse=True)
    wanted, x = base, 0
    for column, takes in rows:
        if wanted ^ column < wanted:
            wanted, x = wanted ^ column, x ^ takes
    return x if wanted == 0 else -1


def zip_quine() -> bytes:
    for length in range(5, 100):
        name = b"q" * (length - 4) + b".zip"
        parts = layout(name, 0, 0, 0)
        if parts is None:
            continue
        stored, whole = len(parts[1]), sum(map(len, parts))
        crc = solve(lambda x: b"".join(layout(name, stored, whole, x)))
        if crc < 0:
            continue
        quine = b"".join(layout(name, stored, whole, crc))
        assert zlib.decompress(layout(name, stored, whole, crc)[1], -15) == quine and zlib.crc32(quine) == crc
        return quine
    raise AssertionError("no length of the name gives a program")


if __name__ == "__main__":
    sys.stdout.buffer.write(zip_quine())
