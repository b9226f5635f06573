#include "extract/extractor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "extract/byte_source.h"

namespace assay {
namespace {

struct Found {
  std::string text;
  Location location;
  std::string field;
};

// Looks for one value in every piece and keeps where it stands.
class FindSink : public TextSink {
 public:
  explicit FindSink(std::string value) : value_(std::move(value)) {}

  bool OnText(const TextPiece& piece) override {
    for (size_t at = piece.text.find(value_); at != std::string_view::npos;
         at = piece.text.find(value_, at + 1)) {
      if (at < piece.own_begin || at >= piece.own_end) continue;
      Found found;
      found.field = std::string(piece.locator->FieldName(at));
      found.location.start = piece.base_offset + at;
      found.location.end = found.location.start + value_.size();
      piece.locator->Locate(at, at + value_.size(), &found.location);
      found.text = std::string(piece.member);
      found_.push_back(found);
    }
    return true;
  }

  const std::vector<Found>& found() const { return found_; }

 private:
  std::string value_;
  std::vector<Found> found_;
};

std::vector<Found> Find(std::string_view object, std::string_view name, const std::string& value,
                        ExtractReport* report = nullptr) {
  FindSink sink(value);
  MemorySource source(object);
  ExtractReport local;
  const Status status =
      ExtractObject(source, name, {}, nullptr, sink, report == nullptr ? &local : report);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return sink.found();
}

// The same through a source that gives a few bytes at a time.
std::vector<Found> FindInStream(std::string_view object, const std::string& value, size_t step) {
  FindSink sink(value);
  size_t at = 0;
  StreamSource source(
      [&](char* out, size_t n) -> Result<size_t> {
        const size_t count = std::min({n, step, object.size() - at});
        object.copy(out, count, at);
        at += count;
        return count;
      },
      UINT64_MAX);
  ExtractReport report;
  const Status status = ExtractObject(source, "", {}, nullptr, sink, &report);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return sink.found();
}

TEST(ExtractText, KnowsLineAndColumnInCodePoints) {
  const auto found = Find("first\nöö needle\n", "a.txt", "needle");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].location.line, 2u);
  EXPECT_EQ(found[0].location.column, 4u);
  EXPECT_EQ(found[0].location.start, 11u);
}

TEST(ExtractText, ReadsUtf16WithAndWithoutByteOrderMark) {
  std::string wide;
  for (const char c : std::string("some text and a needle here")) wide += {c, '\0'};
  ExtractReport report;
  EXPECT_EQ(Find(wide, "a.txt", "needle", &report).size(), 1u);
  EXPECT_EQ(report.encoding, "UTF-16LE");
  EXPECT_EQ(Find("\xff\xfe" + wide, "a.txt", "needle").size(), 1u);
}

TEST(ExtractText, ReadsWindows1252AndShiftJis) {
  ExtractReport report;
  const std::string german = "Gr\xfc\xdf Gott, sch\xf6ner Tag f\xfcr M\xfcller und J\xe4ger.\n";
  EXPECT_EQ(Find(german + german, "a.txt", "Müller", &report).size(), 2u);
  std::string japanese;  // "これはテストです。" as Shift-JIS
  for (int i = 0; i < 8; ++i) {
    japanese += "\x82\xb1\x82\xea\x82\xcd\x83\x65\x83\x58\x83\x67\x82\xc5\x82\xb7\x81\x42\n";
  }
  EXPECT_EQ(Find(japanese, "a.txt", "テスト", &report).size(), 8u);
  EXPECT_EQ(report.encoding, "Shift_JIS");
}

TEST(ExtractText, FindsEverythingOnceAcrossWindows) {
  std::string text;
  size_t count = 0;
  while (text.size() < (11u << 20)) {
    text += "line " + std::to_string(count) + " needle\n";
    ++count;
  }
  const auto found = FindInStream(text, "needle", 100'000);
  ASSERT_EQ(found.size(), count);
  EXPECT_EQ(found.back().location.line, count);
  EXPECT_EQ(found.back().location.start, text.size() - 7);
  const std::string one_line(9u << 20, 'x');
  EXPECT_EQ(FindInStream(one_line + "needle", "needle", 65'536).size(), 1u);
}

TEST(ExtractCsv, KnowsCellColumnNameAndField) {
  const std::string csv = "name,note,ssn\nann,\"two\nlines, \"\"x\"\"\",111\nbob,b,needle\n";
  ExtractReport report;
  const auto found = Find(csv, "people.csv", "needle", &report);
  EXPECT_EQ(report.content_type, "text/csv");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].location.cell, "C3");
  EXPECT_EQ(found[0].location.column_name, "ssn");
  EXPECT_EQ(found[0].location.line, 4u);
  EXPECT_EQ(found[0].field, "ssn");
}

TEST(ExtractCsv, CarriesRowsAcrossWindows) {
  std::string csv = "id,value\n";
  size_t rows = 1;
  while (csv.size() < (9u << 20)) csv += std::to_string(++rows) + ",\"a \n b\"\n";
  csv += "1,needle\n";
  const auto found = FindInStream(csv, "needle", 262'144);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].location.cell, "B" + std::to_string(rows + 1));
  EXPECT_EQ(found[0].location.column_name, "value");
}

TEST(ExtractJson, KnowsPathAndDecodesEscapes) {
  const std::string json =
      R"({"a":[1,{"b c":"x"},{"mail":"line\nneed\u006ce \"q\""}],"z":"caf\u00e9"})";
  const auto found = Find(json, "a.json", "needle");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].location.json_path, "$.a[2].mail");
  EXPECT_FALSE(found[0].location.record.has_value());
  EXPECT_EQ(found[0].field, "mail");
  EXPECT_EQ(found[0].location.start, json.find("need"));
  EXPECT_EQ(found[0].location.end, json.find("need") + 11);
  EXPECT_EQ(Find(json, "a.json", "café").size(), 1u);
}

TEST(ExtractJson, CountsRecordsOfJsonLines) {
  const auto found =
      Find("{\"a\":1}\n{\"a\":2}\n{\"b\":{\"c\":\"needle\"}}\n", "a.jsonl", "needle");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].location.record, 2u);
  EXPECT_EQ(found[0].location.json_path, "$.b.c");
}

TEST(ExtractJson, MarksDepthAndDamage) {
  ExtractReport report;
  Find(std::string(300, '[') + "\"needle\"" + std::string(300, ']'), "a.json", "x", &report);
  EXPECT_EQ(report.partial, PartialReason::kJsonNestingLevelOverLimit);
  EXPECT_EQ(Find("{\"a\": [1, \"needle\"", "a.json", "needle", &report).size(), 1u);
  EXPECT_EQ(report.partial, PartialReason::kMalformedFile);
  Find("{\"a\": \"]}\\\"{[\"}", "a.json", "x", &report);
  EXPECT_EQ(report.partial, PartialReason::kNone);
}

TEST(ExtractXml, KnowsElementsAndIgnoresEntityBombs) {
  const std::string xml =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE l [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;\">]>\n"
      "<people>\n<person id=\"needle\"><ssn>1 &amp; needle</ssn>&b;</person></people>";
  ExtractReport report;
  const auto found = Find(xml, "a.xml", "needle", &report);
  EXPECT_EQ(report.content_type, "application/xml");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].field, "id");
  EXPECT_EQ(found[1].field, "ssn");
  EXPECT_EQ(found[1].location.line, 4u);
  EXPECT_EQ(found[1].location.start, xml.rfind("needle"));
}

TEST(ExtractXml, CarriesElementsAcrossWindowsAndMarksDepth) {
  std::string xml = "<?xml version=\"1.0\"?>\n<list attr='1'>\n";
  while (xml.size() < (9u << 20)) xml += "<a><b/><!-- <c> --><d x='2'>&amp;text</d></a>\n";
  const std::string tail = "needle</list>";
  const auto found = Find(xml + tail, "a.xml", "needle");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].field, "list");
  EXPECT_EQ(found[0].location.start, xml.size());
  std::string deep = "<?xml version=\"1.0\"?>";
  for (int i = 0; i < 300; ++i) deep += "<n>";
  ExtractReport report;
  EXPECT_EQ(Find(deep + "needle", "a.xml", "needle", &report).size(), 1u);
  EXPECT_EQ(report.partial, PartialReason::kNestingLevelOverLimit);
}

TEST(ExtractHtml, JoinsInlineMarkupAndKeepsAttributesAndComments) {
  const std::string html =
      "<!DOCTYPE html>\n<html><body><p>nee<b>dle</b></p><div>nee</div><div>dle</div>\n"
      "<a href=\"mailto:needle\">x</a><!-- needle --><script>if (a<b) 'needle'</script>";
  const auto found = Find(html, "a.html", "needle");
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].location.line, 2u);
  EXPECT_EQ(found[0].location.start, html.find("nee"));
  EXPECT_EQ(found[2].field, "href");
}

TEST(ExtractYaml, KnowsKeys) {
  const auto found = Find("---\nname: x\nlist:\n  - needle\nssn: needle\n", "a.yaml", "needle");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].field, "list");
  EXPECT_EQ(found[1].field, "ssn");
}

TEST(ExtractObject, SaysWhenAnObjectWasCut) {
  const std::string text = "some text\n";
  MemorySource source(text, 1000);
  FindSink sink("text");
  ExtractReport report;
  ASSERT_TRUE(ExtractObject(source, "a.txt", {}, nullptr, sink, &report).ok());
  EXPECT_EQ(report.partial, PartialReason::kFileExceedsSizeLimit);
  EXPECT_EQ(sink.found().size(), 1u);
}

TEST(ExtractObject, NamesTheTypeItCannotRead) {
  const std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
  MemorySource source(png);
  FindSink sink("x");
  ExtractReport report;
  EXPECT_EQ(ExtractObject(source, "a", {}, nullptr, sink, &report).code(),
            StatusCode::kUnimplemented);
  EXPECT_EQ(report.content_type, "image/png");
}

TEST(ExtractObject, EmptyObjectIsPlainText) {
  ExtractReport report;
  Find("", "a", "x", &report);
  EXPECT_EQ(report.content_type, "text/plain");
}

}  // namespace
}  // namespace assay
