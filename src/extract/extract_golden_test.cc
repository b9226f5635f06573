// Golden pairs: tests/extract/golden/NAME.in goes through ExtractObject under the name NAME, and
// what comes out, in words, is NAME.out. With ASSAY_UPDATE_GOLDEN set, the outputs are written
// anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "extract/byte_source.h"
#include "extract/columnar.h"
#include "extract/extractor.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

fs::path Folder() { return fs::path(ASSAY_SOURCE_DIR) / "tests/extract/golden"; }

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool IsWordByte(char c) {
  return c == '@' || c == '.' || c == '-' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
         (c >= 'a' && c <= 'z') || (c & 0x80) != 0;
}

std::string Describe(const Location& location) {
  std::ostringstream out;
  out << "[" << location.start << "," << location.end << ")";
  if (location.line) out << " line " << *location.line;
  if (location.column) out << " column " << *location.column;
  if (!location.cell.empty()) out << " cell " << location.cell;
  if (!location.column_name.empty()) out << " name \"" << location.column_name << "\"";
  if (location.record) out << " record " << *location.record;
  if (!location.json_path.empty()) out << " path " << location.json_path;
  if (location.page) out << " page " << *location.page;
  return out.str();
}

// Every line of text as it comes, and every word with a digit or an '@' with its place.
class Writer final : public TextSink {
 public:
  bool OnText(const TextPiece& piece) override {
    out_ << "piece member=\"" << piece.member << "\" base=" << piece.base_offset << " own=["
         << piece.own_begin << "," << piece.own_end << ")\n";
    std::istringstream lines{std::string(piece.text)};
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      out_ << "| " << line << "\n";
    }
    size_t at = piece.own_begin;
    while (at < piece.own_end) {
      size_t end = at;
      while (end < piece.own_end && IsWordByte(piece.text[end])) ++end;
      const std::string word(piece.text.substr(at, end - at));
      if (word.find_first_of("0123456789@") != std::string::npos) WriteWord(piece, at, end, word);
      at = std::max(end, at + 1);
    }
    return true;
  }
  std::string str() const { return out_.str(); }

 private:
  void WriteWord(const TextPiece& piece, size_t begin, size_t end, const std::string& word) {
    Location location;
    location.start = piece.base_offset + begin;
    location.end = piece.base_offset + end;
    const std::string field(piece.locator->FieldName(begin));
    piece.locator->Locate(begin, end, &location);
    out_ << "  " << word << " " << Describe(location);
    if (!field.empty()) out_ << " field \"" << field << "\"";
    out_ << "\n";
  }

  std::ostringstream out_;
};

std::string Render(const fs::path& input) {
  const std::string bytes = ReadFile(input);
  MemorySource source(bytes);
  Writer writer;
  ExtractReport report;
  EXPECT_TRUE(LoadColumnarPlugin(ASSAY_BINARY_DIR).ok());
  const Status status = ExtractObject(source, input.stem().string(), {}, nullptr, writer, &report);
  std::ostringstream out;
  out << "status " << status.ToString() << "\ntype";
  for (const std::string& type : report.content_types) out << " " << type;
  out << "\nencoding " << report.encoding << "\npartial " << PartialReasonCode(report.partial)
      << "\n"
      << writer.str();
  return out.str();
}

std::vector<std::string> Inputs() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(Folder())) {
    if (entry.path().extension() == ".in") names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class ExtractGolden : public testing::TestWithParam<std::string> {};

TEST_P(ExtractGolden, GivesTheExpectedPieces) {
  const fs::path input = Folder() / GetParam();
  fs::path output = input;
  output.replace_extension(".out");
  const std::string actual = Render(input);
  if (std::getenv("ASSAY_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(output, std::ios::binary) << actual;
  }
  EXPECT_EQ(actual, ReadFile(output));
}

INSTANTIATE_TEST_SUITE_P(Files, ExtractGolden, testing::ValuesIn(Inputs()), [](const auto& param) {
  std::string name = param.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return isalnum(static_cast<unsigned char>(c)) == 0; },
      '_');
  return name;
});

}  // namespace
}  // namespace assay
