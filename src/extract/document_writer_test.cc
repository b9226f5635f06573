#include "extract/document_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "extract/document_test_context.h"
#include "extract/format_list.h"

namespace assay {
namespace {

TEST(DocumentWriterTest, OwnsEveryByteOnceOverPieces) {
  // Long enough for several pieces; each line says where it is.
  RecordingContext context;
  DocumentWriter writer(context);
  for (int line = 1; line <= 20'000; ++line) {
    const std::string text = "word " + std::to_string(line) + " and so on and on";
    writer.Text(text);
    writer.EndLine();
  }
  EXPECT_TRUE(writer.Finish().ok());
  // Pieces cut lines in two: joined again, nothing is lost and nothing said twice.
  size_t at = 0;
  for (int line = 1; line <= 20'000; ++line) {
    const std::string text = "word " + std::to_string(line) + " and so on and on";
    std::string found;
    while (found.size() < text.size()) {
      const size_t bar = context.record.find("| ", at);
      const size_t end = context.record.find('\n', bar);
      ASSERT_NE(end, std::string::npos) << line;
      EXPECT_EQ(context.record.substr(at, context.record.find(" column", at) - at),
                "line " + std::to_string(line));
      found += context.record.substr(bar + 2, end - bar - 2);
      at = end + 1;
    }
    ASSERT_EQ(found, text);
  }
  EXPECT_EQ(at, context.record.size());
}

TEST(DocumentWriterTest, StopsWhenTheSinkDoes) {
  RecordingContext context;
  context.pieces_wanted = 1;
  DocumentWriter writer(context);
  const std::string text(3 << 20, 'a');
  writer.Text(text);
  EXPECT_TRUE(writer.stopped());
  EXPECT_EQ(writer.Finish().code(), StatusCode::kCancelled);
}

TEST(DocumentWriterTest, NamesPagesCellsAndFields) {
  RecordingContext context;
  DocumentWriter writer(context);
  writer.BeginPage(3);
  writer.Text("on three");
  writer.EndPage();
  writer.BeginTable("S");
  writer.Cell(5, 28, "Head", "v");
  writer.Cell(5, 29, "", "w");
  writer.EndTable();
  writer.Field("Name", "value");
  ASSERT_TRUE(writer.Finish().ok());
  EXPECT_EQ(context.record,
            "page 3 | on three\nS!AB5 [Head] | v\nS!AC5 | w\n"
            "line 3 column 1 {Name} | Name: value\n");
}

TEST(RtfTest, SurvivesDeepNestingAndStrayBraces) {
  for (const std::string& rtf :
       {std::string(100'000, '{') + "x", std::string(100'000, '}') + "x",
        std::string("{\\rtf1\\bin99999999999 x"), std::string("{\\rtf1 \\'"),
        std::string("{\\rtf1\\u-1?\\u99999999999 x}")}) {
    RecordingContext context;
    MemorySource source(rtf);
    EXPECT_TRUE(ExtractRtf(source, context).ok());
  }
}

}  // namespace
}  // namespace assay
