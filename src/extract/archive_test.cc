// Hostile and odd archives and compressed streams through the real driver.
#include "extract/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <isa-l/igzip_lib.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "extract/byte_source.h"
#include "extract/extractor.h"
#include "extract/inflate.h"

namespace assay {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class Sink final : public TextSink {
 public:
  bool OnText(const TextPiece& piece) override {
    bytes += piece.own_end - piece.own_begin;
    if (text.size() < 1 << 20) {
      text.append(piece.text.substr(piece.own_begin, piece.own_end - piece.own_begin));
    }
    if (members.empty() || members.back() != piece.member) members.emplace_back(piece.member);
    return true;
  }
  uint64_t bytes = 0;
  std::string text;
  std::vector<std::string> members;
};

struct Outcome {
  Status status;
  ExtractReport report;
  Sink sink;
};

Outcome Extract(std::string_view bytes, std::string_view name, const ExtractLimits& limits = {},
                uint64_t whole_size = 0) {
  Outcome outcome;
  MemorySource source(bytes, std::max<uint64_t>(whole_size, bytes.size()));
  outcome.status = ExtractObject(source, name, limits, nullptr, outcome.sink, &outcome.report);
  return outcome;
}

std::string Gzip(std::string_view plain) {
  isal_zstream stream;
  isal_deflate_init(&stream);
  std::string out(plain.size() + plain.size() / 8 + 512, '\0');
  std::vector<uint8_t> level(ISAL_DEF_LVL1_DEFAULT);
  stream.level = 1;
  stream.level_buf = level.data();
  stream.level_buf_size = static_cast<uint32_t>(level.size());
  stream.gzip_flag = IGZIP_GZIP;
  stream.end_of_stream = 1;
  stream.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uint32_t>(plain.size());
  stream.next_out = reinterpret_cast<uint8_t*>(out.data());
  stream.avail_out = static_cast<uint32_t>(out.size());
  EXPECT_EQ(isal_deflate(&stream), COMP_OK);
  out.resize(stream.total_out);
  return out;
}

struct Member {
  std::string name;
  std::string content;
};

std::string Pack(int format, const std::vector<Member>& members) {
  archive* writer = archive_write_new();
  archive_write_set_format(writer, format);
  size_t total = 1 << 20;
  for (const Member& member : members) total += member.content.size() + member.name.size() + 2048;
  std::string out(total, '\0');
  size_t used = 0;
  archive_write_open_memory(writer, out.data(), out.size(), &used);
  for (const Member& member : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(member.content.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_write_header(writer, entry);
    archive_write_data(writer, member.content.data(), member.content.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

std::string Golden(const std::string& name) {
  std::ifstream file(std::string(ASSAY_SOURCE_DIR "/tests/extract/golden/") + name,
                     std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Log(size_t lines) {
  std::string log;
  for (size_t i = 0; i < lines; i++) {
    log += "line " + std::to_string(i) + " of the log " + std::to_string(i * 2654435761u) + "\n";
  }
  return log;
}

TEST(Gzip, EveryCutKeepsWhatItsPartHolds) {
  const std::string log = Log(200);
  const std::string packed = Gzip(log);
  for (size_t n = 1; n < packed.size(); n += 7) {
    Outcome outcome = Extract(std::string_view(packed).substr(0, n), "a.log.gz", {}, packed.size());
    EXPECT_TRUE(log.starts_with(outcome.sink.text)) << n;
    EXPECT_EQ(outcome.report.partial, PartialReason::kFileExceedsSizeLimit) << n;
  }
  const Outcome half = Extract(std::string_view(packed).substr(0, packed.size() / 2), "a.log.gz");
  EXPECT_TRUE(half.status.ok());
  EXPECT_GT(half.sink.bytes, log.size() / 4);
  EXPECT_EQ(half.report.partial, PartialReason::kMalformedFile);
}

TEST(Gzip, ManyMembersOfAllSizes) {
  std::string packed;
  std::string plain;
  for (size_t i = 0; i < 600; i++) {
    const std::string part = Log(i % 40);
    plain += part;
    packed += Gzip(part);
  }
  const Outcome outcome = Extract(packed, "a.log.gz");
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.report.partial, PartialReason::kNone);
  EXPECT_EQ(outcome.sink.bytes, plain.size());
}

TEST(Gzip, DecoderTakesAnyChunksAndAnyRoom) {
  // ISA-L reads ahead and steps back: every border between calls must be one where it may.
  std::string packed;
  std::string plain;
  for (size_t i = 0; i < 12; i++) {
    plain += Log(i % 4);
    packed += Gzip(Log(i % 4));
  }
  for (size_t chunk = 1; chunk < 40; chunk++) {
    for (const size_t room : {1, 3, 17, 1000}) {
      const auto decoder = NewInflateDecoder(DeflateWrapper::kGzip);
      std::string out;
      std::string buffer(room, 0);
      std::string_view left = packed;
      for (bool ended = false; !ended;) {
        const std::string in(left.substr(0, chunk));  // moves in memory with every call
        const auto step = decoder->Decode(in, in.size() == left.size(), buffer.data(), room);
        ASSERT_TRUE(step.ok()) << chunk << " " << room << " " << out.size();
        ASSERT_LE(step->consumed, in.size());
        out.append(buffer, 0, step->produced);
        left.remove_prefix(step->consumed);
        ended = step->ended;
        ASSERT_TRUE(ended || step->consumed > 0 || step->produced > 0) << chunk << " " << room;
      }
      EXPECT_EQ(out, plain) << chunk << " " << room;
      EXPECT_TRUE(left.empty());
    }
  }
}

TEST(Gzip, DamageBehindReadAheadIsDamage) {
  // Found by a fuzzer: ISA-L stepped back over more than the call had been given.
  const std::string bytes(
      "\x1f\x8b\x08\x00\x00\xe3\x00\x00\x00\x02\x03\xcb\x4b\xcc\x4d\xd5\x29\x2e\x2c\xd3\x49\xcd\x4d"
      "\xcc\xcc\xe1\xf2\x4d\x2c\xca\x4c\x54\xf0\xc9\x00\x0f\x00\x57\xe3\x00\x00\x00\x02\x03",
      45);
  const Outcome outcome = Extract(bytes, "a.gz");
  EXPECT_TRUE(outcome.report.partial == PartialReason::kMalformedFile || !outcome.status.ok());
}

TEST(Gzip, BombStopsAtTheRatioAndKeepsWhatWasRead) {
  // Packed twice, 1 GiB of zeros is a few KB.
  std::string packed;
  const std::string block = Gzip(std::string(64 << 20, 'A'));
  for (int i = 0; i < 16; i++) packed += block;
  ExtractLimits limits;
  limits.max_ratio = 100;
  const Outcome outcome = Extract(packed, "zeros.gz", limits);
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.ToString();
  EXPECT_EQ(outcome.report.partial, PartialReason::kCompressionRatioOverLimit);
  EXPECT_GT(outcome.sink.bytes, 0u);
  EXPECT_LE(outcome.sink.bytes, limits.ratio_floor_bytes + (8 << 20));
}

TEST(Gzip, TotalLimitEndsEverything) {
  ExtractLimits limits;
  limits.max_expanded_bytes = 100'000;
  const std::string part = Gzip(Log(2000));
  const Outcome outcome =
      Extract(Pack(ARCHIVE_FORMAT_TAR_USTAR, {{"a.gz", part}, {"b.gz", part}, {"c.gz", part}}),
              "a.tar", limits);
  EXPECT_EQ(outcome.report.partial, PartialReason::kArchiveTotalBytesOverLimit);
  EXPECT_GT(outcome.sink.bytes, 0u);
  EXPECT_LE(outcome.sink.bytes, limits.max_expanded_bytes + (256 << 10));
}

TEST(Archive, NestsToTheDepthAndNoFurther) {
  std::string inner = "name 555-0100\n";
  for (int i = 0; i < 9; i++)
    inner = Pack(ARCHIVE_FORMAT_TAR_USTAR, {{"d" + std::to_string(i), inner}});
  Outcome outcome = Extract(inner, "nested.tar");
  EXPECT_EQ(outcome.report.partial, PartialReason::kNone);
  EXPECT_THAT(outcome.sink.members, ElementsAre("d8/d7/d6/d5/d4/d3/d2/d1/d0"));
  inner = Pack(ARCHIVE_FORMAT_TAR_USTAR, {{"x", Pack(ARCHIVE_FORMAT_TAR_USTAR, {{"y", inner}})},
                                          {"after.txt", "still read\n"}});
  outcome = Extract(inner, "nested.tar");
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.report.partial, PartialReason::kArchiveNestingLevelOverLimit);
  EXPECT_THAT(outcome.sink.text, HasSubstr("still read"));
}

TEST(Archive, MembersAreCountedOverAllLevels) {
  std::vector<Member> members;
  for (int i = 0; i < 3000; i++) members.push_back({"m" + std::to_string(i), ""});
  members.push_back({"last.txt", "beyond\n"});
  ExtractLimits limits;
  limits.max_members = 1000;
  const Outcome outcome = Extract(Pack(ARCHIVE_FORMAT_TAR_USTAR, members), "many.tar", limits);
  EXPECT_EQ(outcome.report.partial, PartialReason::kArchiveTotalDocumentsOverLimit);
  EXPECT_LE(outcome.report.members, limits.max_members);
  EXPECT_EQ(outcome.sink.bytes, 0u);
}

TEST(Archive, OneTooLargeMemberDoesNotHideTheNext) {
  ExtractLimits limits;
  limits.max_member_bytes = 50'000;
  for (const int format : {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FORMAT_ZIP}) {
    const Outcome outcome = Extract(
        Pack(format, {{"big.log", Log(5000)}, {"small.txt", "the small one\n"}}), "a", limits);
    EXPECT_EQ(outcome.report.partial, PartialReason::kArchiveExceedsSizeLimit);
    EXPECT_THAT(outcome.sink.text, HasSubstr("line 0 of the log"));
    EXPECT_THAT(outcome.sink.text, HasSubstr("the small one"));
  }
}

TEST(Archive, EveryCutOfEveryFormatEndsWell) {
  const std::vector<std::string> names = {
      "people.tar",    "people.zip",     "people.7z",     "people.rar",          "people5.rar",
      "people.lzh",    "people.cab",     "people.cpio",   "people.xar",          "people.warc",
      "demo.rpm",      "demo.deb",       "people.sqlite", "people_deflate.avro", "people.csv.bz2",
      "people.csv.xz", "people.csv.zst", "people.csv.br", "people.csv.sz",       "people.csv.lz4",
      "people.csv.Z",  "people.csv.lz"};
  for (const std::string& name : names) {
    const std::string bytes = Golden(name + ".in");
    ASSERT_FALSE(bytes.empty()) << name;
    const uint64_t whole = Extract(bytes, name).sink.bytes;
    EXPECT_GT(whole, 0u) << name;
    const size_t step = std::max<size_t>(1, bytes.size() / 150);
    for (size_t n = 1; n < bytes.size(); n += step) {
      const Outcome outcome = Extract(std::string_view(bytes).substr(0, n), name, {}, bytes.size());
      EXPECT_LE(outcome.sink.bytes, whole + bytes.size()) << name << " " << n;
      if (outcome.status.ok()) {
        EXPECT_NE(outcome.report.partial, PartialReason::kNone) << name << " " << n;
      }
    }
  }
}

TEST(Archive, FlippedBytesEndWell) {
  for (const char* name : {"people.7z.in", "people.zip.in", "people.xar.in", "people.cab.in",
                           "people.sqlite.in", "people_null.avro.in", "people.iso.in"}) {
    const std::string good = Golden(name);
    uint32_t seed = 1;
    for (int i = 0; i < 200; i++) {
      std::string bad = good;
      for (int k = 0; k < 4; k++) {
        seed = seed * 1664525u + 1013904223u;
        bad[seed % bad.size()] = static_cast<char>(seed >> 24);
      }
      (void)Extract(bad, name).status.ok();
    }
  }
}

TEST(Archive, EncryptedMembersAreMarkedAndTheOthersRead) {
  const Outcome zip = Extract(Golden("encrypted.zip.in"), "encrypted.zip");
  EXPECT_TRUE(zip.status.ok());
  EXPECT_EQ(zip.report.partial, PartialReason::kEncrypted);
  EXPECT_THAT(zip.sink.members, ElementsAre("plain.txt"));
  const Outcome seven = Extract(Golden("encrypted.7z.in"), "encrypted.7z");
  EXPECT_TRUE(seven.status.ok());
  EXPECT_EQ(seven.report.partial, PartialReason::kEncrypted);
}

TEST(Archive, BombOfBombsStopsAtTheTotal) {
  // Ten archives of ten members of 4 MB: none is large by itself.
  std::vector<Member> inner;
  for (int i = 0; i < 10; i++)
    inner.push_back({std::to_string(i) + ".txt", std::string(4 << 20, 'A')});
  const std::string packed = Pack(ARCHIVE_FORMAT_ZIP, inner);
  std::vector<Member> outer;
  for (int i = 0; i < 10; i++) outer.push_back({std::to_string(i) + ".zip", packed});
  const std::string bomb = Pack(ARCHIVE_FORMAT_ZIP, outer);
  EXPECT_LT(bomb.size(), 1u << 20);
  ExtractLimits limits;
  limits.max_expanded_bytes = 50 << 20;
  const Outcome outcome = Extract(bomb, "42.zip", limits);
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.ToString();
  EXPECT_EQ(outcome.report.partial, PartialReason::kArchiveTotalBytesOverLimit);
  EXPECT_GT(outcome.sink.bytes, 40u << 20);
  EXPECT_LE(outcome.sink.bytes, limits.max_expanded_bytes + (1 << 20));
}

TEST(Archive, NamesAreLabelsOnly) {
  const Outcome outcome = Extract(Pack(ARCHIVE_FORMAT_TAR_USTAR, {{"../../etc/passwd", "one 1\n"},
                                                                  {"/root/.ssh/id", "two 2\n"}}),
                                  "a.tar");
  EXPECT_THAT(outcome.sink.members, ElementsAre("../../etc/passwd", "/root/.ssh/id"));
}

}  // namespace
}  // namespace assay
