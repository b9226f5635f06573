#include "extract/zip_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace assay {
namespace {

void Put16(std::string* out, uint32_t value) {
  out->push_back(static_cast<char>(value & 0xff));
  out->push_back(static_cast<char>(value >> 8 & 0xff));
}
void Put32(std::string* out, uint32_t value) {
  Put16(out, value & 0xffff);
  Put16(out, value >> 16);
}

struct Entry {
  std::string name;
  std::string data;  // as stored
  uint16_t method = 0;
  uint16_t flags = 0;
  uint32_t size = 0;
};

// "hello hello hello hello" deflated with fixed codes (made with zlib, window -15).
const std::string kDeflated = "\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\x01";
constexpr uint32_t kDeflatedSize = 23;

std::string MakeZip(const std::vector<Entry>& entries, bool directory = true) {
  std::string out;
  std::string central;
  for (const Entry& entry : entries) {
    const auto offset = static_cast<uint32_t>(out.size());
    const bool descriptor = (entry.flags & 8) != 0;
    const auto stored = static_cast<uint32_t>(entry.data.size());
    Put32(&out, 0x04034b50);
    for (uint32_t field : {20u, uint32_t{entry.flags}, uint32_t{entry.method}, 0u, 0u}) {
      Put16(&out, field);
    }
    Put32(&out, 0);
    Put32(&out, descriptor ? 0 : stored);
    Put32(&out, descriptor ? 0 : entry.size);
    Put16(&out, static_cast<uint32_t>(entry.name.size()));
    Put16(&out, 0);
    out += entry.name + entry.data;
    if (descriptor) {
      for (uint32_t field : {0x08074b50u, 0u, stored, entry.size}) Put32(&out, field);
    }
    Put32(&central, 0x02014b50);
    for (uint32_t field : {20u, 20u, uint32_t{entry.flags}, uint32_t{entry.method}, 0u, 0u}) {
      Put16(&central, field);
    }
    for (uint32_t field : {0u, stored, entry.size}) Put32(&central, field);
    Put16(&central, static_cast<uint32_t>(entry.name.size()));
    for (int i = 0; i < 4; i++) Put16(&central, 0);
    Put32(&central, 0);
    Put32(&central, offset);
    central += entry.name;
  }
  if (!directory) return out;
  const auto start = static_cast<uint32_t>(out.size());
  out += central;
  Put32(&out, 0x06054b50);
  Put32(&out, 0);
  Put16(&out, static_cast<uint32_t>(entries.size()));
  Put16(&out, static_cast<uint32_t>(entries.size()));
  Put32(&out, static_cast<uint32_t>(central.size()));
  Put32(&out, start);
  Put16(&out, 0);
  return out;
}

std::vector<Entry> Sample() {
  return {{"a.txt", "plain", 0, 0, 5},
          {"dir/", "", 0, 0, 0},
          {"dir/b.txt", kDeflated, 8, 8, kDeflatedSize},
          {"secret", "xxxx", 0, 1, 4}};
}

TEST(ZipReader, ListsAndReadsByDirectory) {
  const std::string zip = MakeZip(Sample());
  auto reader = ZipReader::Open(zip);
  ASSERT_TRUE(reader.ok()) << reader.status().ToString();
  EXPECT_TRUE(reader->complete());
  ASSERT_EQ(reader->members().size(), 4u);
  EXPECT_TRUE(reader->members()[1].is_directory());
  bool cut = true;
  EXPECT_EQ(*reader->Read(*reader->Find("a.txt"), 100, &cut), "plain");
  EXPECT_FALSE(cut);
  EXPECT_EQ(*reader->Read(*reader->Find("dir/b.txt"), 100, &cut), "hello hello hello hello");
  EXPECT_FALSE(cut);
  EXPECT_EQ(*reader->Read(*reader->Find("dir/b.txt"), 23, &cut), "hello hello hello hello");
  EXPECT_FALSE(cut);
  EXPECT_EQ(*reader->Read(*reader->Find("dir/b.txt"), 7, &cut), "hello h");
  EXPECT_TRUE(cut);
  EXPECT_EQ(reader->Find("nothing"), nullptr);
  EXPECT_EQ(reader->Read(*reader->Find("secret"), 100).status().code(),
            StatusCode::kPermissionDenied);
}

TEST(ZipReader, CutFileIsWalkedByLocalHeaders) {
  const std::string zip = MakeZip(Sample(), false);
  auto reader = ZipReader::Open(zip);
  ASSERT_TRUE(reader.ok());
  EXPECT_FALSE(reader->complete());
  ASSERT_EQ(reader->members().size(), 4u);
  EXPECT_EQ(*reader->Read(*reader->Find("dir/b.txt"), 100), "hello hello hello hello");
}

TEST(ZipReader, EveryPrefixIsHandled) {
  const std::string zip = MakeZip(Sample());
  for (size_t n = 0; n < zip.size(); n++) {
    const std::string part = zip.substr(0, n);
    auto reader = ZipReader::Open(part);
    if (!reader.ok()) continue;
    for (const ZipMember& member : reader->members()) {
      bool cut = false;
      auto content = reader->Read(member, 100, &cut);
      EXPECT_LE(content.ok() ? content->size() : 0, 23u);
    }
  }
}

TEST(ZipReader, WrongOffsetsAndCountsAreRefused) {
  std::string zip = MakeZip(Sample());
  zip[zip.size() - 12] = '\x7f';  // 127 members in a directory of 4
  auto reader = ZipReader::Open(zip);
  ASSERT_TRUE(reader.ok());
  EXPECT_FALSE(reader->complete());
  EXPECT_EQ(reader->members().size(), 4u);
  EXPECT_EQ(ZipReader::Open("no zip at all, but long enough to be one").status().code(),
            StatusCode::kDataLoss);
  EXPECT_EQ(ZipReader::Open(MakeZip(Sample()), 3).status().code(), StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace assay
