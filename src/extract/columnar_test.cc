#include "extract/columnar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "extract/byte_source.h"
#include "extract/extractor.h"

namespace assay {
namespace {

class Sink final : public TextSink {
 public:
  bool OnText(const TextPiece& piece) override {
    text.append(piece.text);
    return true;
  }
  std::string text;
};

std::string Golden(const std::string& name) {
  std::ifstream file(std::string(ASSAY_SOURCE_DIR "/tests/extract/golden/") + name,
                     std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Status Extract(ByteSource& source, std::string_view name, Sink* sink, ExtractReport* report) {
  return ExtractObject(source, name, {}, nullptr, *sink, report);
}

// An object of which only the first part was fetched; the rest comes when asked for.
class RemoteSource final : public ByteSource {
 public:
  RemoteSource(std::string_view bytes, size_t part) : bytes_(bytes), part_(part) {}
  Result<std::string_view> Head(size_t n) override { return bytes_.substr(0, std::min(n, part_)); }
  Result<std::string_view> Next(size_t) override { return std::string_view(); }
  Result<std::string_view> All(size_t) override { return bytes_.substr(0, part_); }
  bool seekable() const override { return true; }
  Result<size_t> ReadAt(uint64_t offset, char* out, size_t n) override {
    return offset < bytes_.size() ? bytes_.copy(out, n, offset) : 0;
  }
  std::optional<uint64_t> size() const override { return bytes_.size(); }
  bool truncated() const override { return part_ < bytes_.size(); }

 private:
  std::string_view bytes_;
  size_t part_;
};

TEST(ColumnarDeathTest, WithoutThePluginTheReportAsksForIt) {
  // A process of its own: another test may have loaded the plug-in into this one.
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        bool good = !ColumnarPluginLoaded();
        for (const char* name : {"people.parquet", "people.orc", "people.arrow", "people.arrows"}) {
          const std::string bytes = Golden(std::string(name) + ".in");
          MemorySource source(bytes);
          Sink sink;
          ExtractReport report;
          const Status status = Extract(source, name, &sink, &report);
          good = good && status.code() == StatusCode::kUnimplemented && report.needs_columnar;
        }
        const std::string nested = Golden("parquet_inside.zip.in");
        MemorySource source(nested);
        Sink sink;
        ExtractReport report;
        good = good && Extract(source, "a.zip", &sink, &report).ok() && report.needs_columnar;
        std::exit(good ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(Columnar, MissingPluginSaysWhy) {
  if (!ColumnarPluginLoaded()) {
    EXPECT_EQ(LoadColumnarPlugin("/nonexistent").code(), StatusCode::kNotFound);
  }
  EXPECT_TRUE(NeedsColumnarPlugin("PAR1"));
  EXPECT_FALSE(NeedsColumnarPlugin("name,ssn"));
  EXPECT_FALSE(NeedsColumnarPlugin(""));
}

TEST(Columnar, FooterBehindTheLimitIsFetched) {
  ASSERT_TRUE(LoadColumnarPlugin(ASSAY_BINARY_DIR).ok());
  const std::string bytes = Golden("people.parquet.in");
  RemoteSource source(bytes, 400);
  Sink sink;
  ExtractReport report;
  EXPECT_TRUE(Extract(source, "people.parquet", &sink, &report).ok());
  EXPECT_EQ(report.partial, PartialReason::kFileExceedsSizeLimit);
  EXPECT_THAT(sink.text, testing::HasSubstr("4111111111111111"));
}

TEST(Columnar, EveryCutAndManyFlipsEndWell) {
  ASSERT_TRUE(LoadColumnarPlugin(ASSAY_BINARY_DIR).ok());
  for (const char* name :
       {"people.parquet", "people.orc", "people.arrow", "people.arrows", "people.feather"}) {
    const std::string good = Golden(std::string(name) + ".in");
    ASSERT_FALSE(good.empty());
    for (size_t n = 1; n < good.size(); n += good.size() / 100 + 1) {
      MemorySource source(std::string_view(good).substr(0, n), good.size());
      Sink sink;
      ExtractReport report;
      if (Extract(source, name, &sink, &report).ok()) {
        EXPECT_NE(report.partial, PartialReason::kNone) << name << " " << n;
      }
    }
    uint32_t seed = 7;
    for (int i = 0; i < 300; i++) {
      std::string bad = good;
      for (int k = 0; k < 3; k++) {
        seed = seed * 1664525u + 1013904223u;
        bad[seed % bad.size()] = static_cast<char>(seed >> 24);
      }
      MemorySource source(bad);
      Sink sink;
      ExtractReport report;
      (void)Extract(source, name, &sink, &report).ok();
    }
  }
}

}  // namespace
}  // namespace assay
