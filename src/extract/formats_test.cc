#include "extract/formats.h"

#include <gtest/gtest.h>

#include <string>

#include "extract/content_types.h"
#include "extract/format_list.h"

namespace assay {
namespace {

using std::string_literals::operator""s;

struct Case {
  std::string head;
  std::string name;
  std::string type;
};

// A local file header of a stored ZIP member.
std::string ZipMember(const std::string& name, const std::string& data = "") {
  const auto le16 = [](size_t n) {
    return std::string{static_cast<char>(n & 255), static_cast<char>(n >> 8)};
  };
  return "PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0"s + le16(data.size()) + "\0\0"s +
         le16(data.size()) + "\0\0"s + le16(name.size()) + "\0\0"s + name + data;
}

// The start of a compound file whose directory holds one stream name.
std::string OleWith(const std::string& stream) {
  std::string file(1024, '\0');
  file.replace(0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
  file[30] = 9;
  for (const char c : stream) file += {c, '\0'};
  return file + std::string(64, '\0');
}

std::string Elf(char type) { return "\x7f"s + "ELF\2\1\1"s + std::string(9, '\0') + type + "\0"s; }

class FormatTest : public testing::TestWithParam<Case> {};

TEST_P(FormatTest, IsRecognised) {
  const Case& c = GetParam();
  EXPECT_EQ(DetectFormat(c.head, c.name).content_type, c.type) << c.head.substr(0, 40);
}

const std::string kTable = "ustar  \0"s;

INSTANTIATE_TEST_SUITE_P(
    Binary, FormatTest,
    testing::Values(
        Case{"\x1f\x8b\x08\0"s, "a.gz", "application/x-gzip"},
        Case{"\x1f\x8b\x08\0"s, "a.wmz", "application/x-ms-wmz"},
        Case{"BZh91AY&SY\0\1"s, "", "application/x-bzip2"},
        Case{"7z\xbc\xaf\x27\x1c"s, "", "application/x-7z-compressed"},
        Case{"Rar!\x1a\x07\x01\0"s, "", "application/x-rar-compressed"},
        Case{"%PDF-1.7\n"s, "", "application/pdf"}, Case{"{\\rtf1\\ansi"s, "", "application/rtf"},
        Case{std::string(257, 'a') + kTable, "", "application/x-gtar"},
        Case{std::string(257, 'a') + "ustar\0"
                                     "00"s,
             "", "application/x-tar"},
        Case{"PAR1\x15\x04\x15\0"s, "", "application/vnd.apache.parquet"},
        Case{"Obj\x01\x04"s, "", "application/vnd.apache.avro"},
        Case{"SQLite format 3\0"s, "", "application/vnd.sqlite3"},
        Case{"\0\1\0\0Standard Jet DB\0"s, "", "application/msaccess"},
        Case{"\xd4\xc3\xb2\xa1\2\0\4\0"s, "", "application/vnd.tcpdump.pcap"},
        Case{"\xed\xab\xee\xdb\3\0"s, "", "application/x-redhat-package-manager"},
        Case{Elf(1), "", "application/x-object"}, Case{Elf(2), "", "application/x-executable"},
        Case{Elf(3), "", "application/x-sharedlib"}, Case{Elf(4), "", "application/x-coredump"},
        Case{"\xca\xfe\xba\xbe\0\0\0\x34"s, "", "application/java-vm"},
        Case{"\xac\xed\0\5sr"s, "", "application/java-serialized-object"},
        Case{"MZ"s + std::string(100, '\0'), "a.exe", "application/x-dosexec"},
        Case{"MZ"s + std::string(100, '\0'), "a.fon", "application/octet-stream+fon"},
        Case{"\x30\x82\x09\x01\x02\x01\x03\x30"s, "", "application/x-pkcs12"},
        Case{"\x30\x82\x03\x01\x30\x82\x02\x01\xa0\x03\x02\x01"s, "", "application/x-x509-ca-cert"},
        Case{"%!PS-Adobe-3.0\n%%Creator: Adobe Illustrator"s, "", "application/illustrator"},
        Case{"%!PS-Adobe-3.0\n%%Title: x"s, "", "application/postscript"},
        Case{std::string(60, 'a') + "BOOKMOBI\0"s, "", "application/x-mobipocket-ebook"},
        Case{"OTTO\0\x0b"s, "", "application/x-font-otf"},
        Case{"gimp xcf file\0"s, "", "application/x-xcf"},
        Case{"\0\1\2\3\4\5\6\x0e\x0f\x10"s, "", "application/octet-stream"}));

INSTANTIATE_TEST_SUITE_P(
    Containers, FormatTest,
    testing::Values(Case{ZipMember("a.txt", "hello"), "a.zip", "application/zip"},
                    Case{ZipMember("mimetype", "application/epub+zip"), "", "application/epub+zip"},
                    Case{ZipMember("mimetype", "application/vnd.oasis.opendocument.text"), "",
                         "application/vnd.oasis.opendocument.text"},
                    Case{ZipMember("META-INF/MANIFEST.MF"), "", "application/java-archive"},
                    Case{ZipMember("META-INF/MANIFEST.MF") + ZipMember("AndroidManifest.xml"), "",
                         "application/vnd.android.package-archive"},
                    Case{ZipMember("[Content_Types].xml") + ZipMember("word/document.xml"), "",
                         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
                    Case{ZipMember("[Content_Types].xml") + ZipMember("xl/workbook.xml"), "",
                         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
                    Case{ZipMember("[Content_Types].xml") + ZipMember("ppt/presentation.xml"),
                         "a.ppsx",
                         "application/vnd.openxmlformats-officedocument.presentationml.slideshow"},
                    Case{ZipMember("[Content_Types].xml"), "a.docx",
                         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
                    Case{ZipMember("doc.kml"), "", "application/vnd.google-earth.kmz"},
                    Case{OleWith("WordDocument"), "", "application/msword"},
                    Case{OleWith("Workbook"), "", "application/vnd.ms-excel"},
                    Case{OleWith("PowerPoint Document"), "", "application/vnd.ms-powerpoint"},
                    Case{OleWith("__properties_version1.0"), "", "application/vns.ms-outlook"},
                    Case{OleWith("VisioDocument"), "", "application/vnd.visio"},
                    Case{OleWith("Nothing known"), "a.msi", "application/x-msi"}));

INSTANTIATE_TEST_SUITE_P(
    Text, FormatTest,
    testing::Values(
        Case{"Just a few words, nothing special.\n", "a", "text/plain"},
        Case{"ORCHESTRA and more\n", "a", "text/plain"}, Case{"", "a", "text/plain"},
        Case{"Dear John,\nplease come, soon.\nYours, Ann\n", "a.txt", "text/plain"},
        Case{"a,b,c\n1,2,3\n4,5,6\n", "x", "text/csv"},
        Case{"One thing, another\nTwo things, more\nA third, too\nThe end, now\n", "x",
             "text/plain"},
        Case{"a\tb\tc\n1\t2\t3\n4\t5\t6\n", "x", "text/tab-separated-values"},
        Case{"{\"a\": [1, 2]}", "x", "application/json"},
        Case{"[section]\nkey=value\n", "x.ini", "text/plain"},
        Case{"[2024-01-01 10:00] INFO start\n", "x.log", "text/plain"},
        Case{"{not json}", "x", "text/plain"},
        Case{"<?xml version=\"1.0\"?><a/>", "x", "application/xml"},
        Case{"<?xml version=\"1.0\"?><rss version=\"2.0\">", "x", "application/rss+xml"},
        Case{"<html xmlns=\"http://www.w3.org/1999/xhtml\">", "x", "application/xhtml+xml"},
        Case{"<!DOCTYPE html>\n<html>", "x", "text/html"}, Case{"<p>hi</p>", "x", "text/html"},
        Case{"---\na: 1\n", "x", "application/yaml"},
        Case{"a: 1\nb: 2\n", "x.yml", "application/yaml"},
        Case{"BEGIN:VCALENDAR\r\n", "x", "text/calendar"},
        Case{"BEGIN:VCARD\r\n", "x", "text/x-vcard"},
        Case{"CREATE TABLE a (b int);\nINSERT INTO a VALUES (1);\n", "x", "text/x-sql"},
        Case{"diff --git a/x b/x\n", "x", "text/x-diff"},
        Case{"--- a\n+++ b\n@@ -1 +1 @@\n", "x", "text/x-diff"},
        Case{"\\documentclass{article}\n", "x", "text/x-tex"},
        Case{"@article{a,\n title={x}}\n", "x", "text/x-bibtex"},
        Case{"#!/usr/bin/env python3\n", "x", "text/x-python"},
        Case{"#!/bin/sh\n", "x", "text/x-sh"}, Case{"#!/bin/csh\n", "x", "text/x-csh"},
        Case{"#!/usr/bin/perl\n", "x", "text/x-perl"},
        Case{"#include <a.h>\nint main() {}\n", "a.c", "text/x-c"},
        Case{"#include <a>\nnamespace a {\nclass B {};\n", "a.cc", "text/x-c++src"},
        Case{"package a;\nimport java.util.List;\npublic class A {}\n", "A", "text/x-java"},
        Case{"import os\n\ndef f():\n  pass\n", "a.py", "text/x-python"},
        Case{"digraph g { a -> b }\n", "x", "text/vnd.graphviz"},
        Case{"# Title\n\nSome text\n", "README.md", "text/x-markdown"},
        Case{"1\n00:00:01,000 --> 00:00:02,000\nHi\n", "x", "application/x-subrip"},
        Case{"-----BEGIN PGP MESSAGE-----\n", "x", "application/pgp-encrypted"},
        Case{"-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "x", "application/pgp-keys"},
        Case{"-----BEGIN PGP SIGNATURE-----\n", "x", "application/pgp-signature"},
        Case{"-----BEGIN CERTIFICATE-----\n", "x", "application/x-x509-ca-cert"},
        Case{"-----BEGIN RSA PRIVATE KEY-----\n", "x", "application/x-pem-file"},
        Case{"From: a@x.org\nTo: b@x.org\nSubject: hi\nDate: x\n\nbody\n", "x", "message/rfc822"},
        Case{"From a@x.org Mon\nFrom: a@x.org\nTo: b@x.org\nSubject: s\n\nx\n", "x",
             "application/mbox"},
        Case{"function FindProxyForURL(url, host) {}\n", "x", "application/x-ns-proxy-autoconfig"},
        Case{".TH LS 1\n", "x", "application/x-troff-man"},
        Case{"\\input texinfo\n", "x", "application/x-texinfo"},
        Case{"CACHE MANIFEST\n", "x", "text/cache-manifest"},
        Case{"[InternetShortcut]\nURL=x\n", "x", "text/x-url"},
        Case{"body {\n color: red;\n}\n@media print {}\n", "x.css", "text/css"},
        Case{"\xff\xfe<\0?\0x\0m\0l\0 \0?\0>\0<\0a\0/\0>\0"s, "x", "application/xml"}));

TEST(DetectFormat, Prepares) { EXPECT_TRUE(PrepareFormatDetection().ok()); }

// Readers that exist for types the list does not have are found; pictures have none.
TEST(DetectFormat, GivesReaders) {
  EXPECT_EQ(DetectFormat("a,b\n1,2\n", "x.csv").extract, &ExtractCsv);
  EXPECT_EQ(DetectFormat("#!/bin/sh\n", "x").extract, &ExtractText);
  EXPECT_EQ(DetectFormat("\x89PNG\r\n\x1a\n"s, "x").extract, nullptr);
  EXPECT_EQ(DetectFormat("\0\1\2\3\4"s, "x").extract, nullptr);
}

}  // namespace
}  // namespace assay
