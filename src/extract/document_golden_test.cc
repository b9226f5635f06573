// Golden pairs of the document formats: tests/extract/documents/NAME and NAME.out. The inputs come
// from tests/extract/make_document_fixtures.py. With ASSAY_UPDATE_GOLDEN set, the outputs are
// written anew.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "extract/document_test_context.h"
#include "extract/format_list.h"

namespace assay {

bool RecordingContext::Emit(TextPiece piece) {
  std::string_view owned = piece.text.substr(0, piece.own_end);
  for (size_t at = piece.own_begin; at < owned.size();) {
    const size_t end = std::min(owned.find_first_of("\t\n", at), owned.size());
    if (end > at) {
      Location location;
      piece.locator->Locate(at, end, &location);
      std::ostringstream place;
      if (location.record) place << "record " << *location.record << ' ';
      if (location.page) place << "page " << *location.page << ' ';
      if (!location.cell.empty()) {
        place << location.cell << ' ';
      } else if (location.line) {
        place << "line " << *location.line << " column " << *location.column << ' ';
      }
      if (!location.column_name.empty()) place << "[" << location.column_name << "] ";
      // The name of a field line stands before the value: asked for at the end.
      const std::string_view field = piece.locator->FieldName(end - 1);
      if (!field.empty() && location.cell.empty()) place << "{" << field << "} ";
      std::string text(owned.substr(at, std::min<size_t>(end - at, 200)));
      std::replace(text.begin(), text.end(), '\r', '~');
      record += place.str() + "| " + text + "\n";
    }
    at = end + 1;
  }
  return pieces_wanted-- > 1;
}

void RecordingContext::Partial(PartialReason reason) {
  record += "partial " + std::string(PartialReasonCode(reason)) + "\n";
}

Status RecordingContext::ExtractMember(std::string_view name, ByteSource& member) {
  ASSAY_ASSIGN_OR_RETURN(const std::string_view content, member.All(1 << 30));
  record += "member " + std::string(name) + " of " + std::to_string(content.size()) + " bytes\n";
  return Status::Ok();
}

Status RecordingContext::Charge(uint64_t produced, uint64_t) {
  charged_ += produced;
  return charged_ > (1 << 30) ? ResourceExhausted("test limit") : Status::Ok();
}

Result<std::string> PlainToolRunner::Run(Tool tool, std::string_view input, uint64_t max_output,
                                         bool* truncated) {
  std::string path = (std::filesystem::temp_directory_path() / "assay-tool-XXXXXX").string();
  const int fd = mkstemp(path.data());
  if (fd < 0 || write(fd, input.data(), input.size()) != static_cast<ssize_t>(input.size())) {
    return Internal("no temporary file");
  }
  close(fd);
  std::string command;
  if (tool == Tool::kPdfToText) command = "pdftotext -q -enc UTF-8 " + path + " -";
  if (tool == Tool::kCatDoc) command = "catdoc -d utf-8 -w " + path;
  if (tool == Tool::kXls2Csv) command = "xls2csv -d utf-8 " + path;
  if (tool == Tool::kCatPpt) command = "catppt -d utf-8 " + path;
  std::string output;
  FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
  std::array<char, 4096> buffer{};
  while (const size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), got);
  }
  const int status = pclose(pipe);
  std::filesystem::remove(path);
  *truncated = output.size() > max_output;
  return status == 0 ? Result<std::string>(output) : DataLoss("refused");
}

namespace {

using std::filesystem::path;

const path kFolder = path(ASSAY_SOURCE_DIR) / "tests/extract/documents";

std::string ReadFile(const path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

ExtractFn ReaderOf(const path& file) {
  const std::string ending = file.extension();
  if (ending == ".docx" && file.stem() == "locked") return ExtractOle;
  if (ending == ".docx") return ExtractDocx;
  if (ending == ".xlsx") return ExtractXlsx;
  if (ending == ".pptx") return ExtractPptx;
  if (ending == ".odt" || ending == ".ods") return ExtractOdf;
  if (ending == ".pdf") return ExtractPdf;
  if (ending == ".rtf") return ExtractRtf;
  if (ending == ".eml") return ExtractEml;
  if (ending == ".mbox") return ExtractMbox;
  if (ending == ".epub") return ExtractEpub;
  return ExtractOle;
}

class DocumentGolden : public testing::TestWithParam<std::string> {};

TEST_P(DocumentGolden, GivesTheExpectedPieces) {
  const path input = kFolder / GetParam();
  const std::string bytes = ReadFile(input);
  ASSERT_FALSE(bytes.empty());
  PlainToolRunner tools;
  RecordingContext context(&tools);
  MemorySource source(bytes);
  const Status status = ReaderOf(input)(source, context);
  const std::string actual = context.record + "status " + status.ToString() + "\n";
  const path golden = input.string() + ".out";
  if (std::getenv("ASSAY_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(golden, std::ios::binary) << actual;
  }
  EXPECT_EQ(actual, ReadFile(golden));
}

// A cut or damaged document gives what it gives, and never more than a status.
TEST_P(DocumentGolden, SurvivesCutsAndFlippedBytes) {
  const std::string bytes = ReadFile(kFolder / GetParam());
  const ExtractFn reader = ReaderOf(kFolder / GetParam());
  for (size_t step = 1; step <= 60; ++step) {
    RecordingContext cut_context;
    MemorySource cut(std::string_view(bytes).substr(0, bytes.size() * step / 61), bytes.size());
    (void)reader(cut, cut_context).ok();
    std::string flipped = bytes;
    for (size_t at = step * 7 % 61; at < flipped.size(); at += 61 + step) flipped[at] ^= 0x55;
    RecordingContext flipped_context;
    MemorySource source(flipped);
    (void)reader(source, flipped_context).ok();
  }
}

std::vector<std::string> Fixtures() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".out") names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, DocumentGolden, testing::ValuesIn(Fixtures()), [](const auto& test) {
  std::string name = test.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

TEST(PdfTest, SaysWhatIsMissingWithoutTools) {
  RecordingContext context;
  MemorySource source("%PDF-1.4");
  const Status status = ExtractPdf(source, context);
  EXPECT_EQ(status.code(), StatusCode::kUnimplemented);
  EXPECT_NE(status.message().find("pdftotext"), std::string::npos);
}

}  // namespace
}  // namespace assay
