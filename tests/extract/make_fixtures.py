#!/usr/bin/env python3
"""Writes the golden inputs that are not plain UTF-8 text (encodings, hostile shapes).

The outputs beside them are written by the runner with ASSAY_UPDATE_GOLDEN=1. Uses nothing but the
standard library, so that the fixtures can be made anywhere; they are committed all the same.
"""
import pathlib

FOLDER = pathlib.Path(__file__).parent / "golden"

LETTER = "Kundin: Jürgen Groß\nTelefon: 030-1234567\nE-Mail: j.gross@example.org\n"
JAPANESE = "お客様の名前は山田太郎です。\n電話番号は03-1234-5678です。\nよろしくお願いいたします。\n"
RUSSIAN = "Имя клиента: Иван Петров\nТелефон: 495-123-45-67\nСпасибо за ваш заказ и до встречи.\n"
CHINESE = "客户姓名:王小明\n电话号码是010-12345678\n感谢您的订购,我们会尽快发货。\n"


def write(name: str, content: bytes) -> None:
    (FOLDER / f"{name}.in").write_bytes(content)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    write("utf8_bom.txt", b"\xef\xbb\xbf" + LETTER.encode())
    write("utf16le_bom.txt", b"\xff\xfe" + LETTER.encode("utf-16-le"))
    write("utf16be.txt", LETTER.encode("utf-16-be"))
    write("utf32le_bom.txt", b"\xff\xfe\0\0" + LETTER.encode("utf-32-le"))
    write("windows1252.txt", (LETTER * 3).encode("cp1252"))
    write("shift_jis.txt", JAPANESE.encode("shift_jis"))
    write("euc_jp.txt", JAPANESE.encode("euc_jp"))
    write("gb18030.txt", CHINESE.encode("gb18030"))
    write("koi8_r.txt", RUSSIAN.encode("koi8_r"))
    write("windows1251.txt", RUSSIAN.encode("cp1251"))
    write("utf16_table.csv", b"\xff\xfe" + "name;card\nann;4111 1\n".encode("utf-16-le"))
    write("latin1.xml", '<?xml version="1.0" encoding="ISO-8859-1"?>\n<p n="é1">ü2</p>'.encode("latin1"))
    write("nul_bytes.log", b"one 1\0two 2\n" + b"a quiet line of log text\n" * 4 + b"no end 3")
    write("old_mac.csv", b"id,name\r\n1,\"a\r\nb\"\r\n2,c")


if __name__ == "__main__":
    main()
