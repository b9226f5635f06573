#include <arrow/adapters/orc/adapter.h>
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "extract/orc_time_zones.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr int kStruct = 12;  // Type.Kind
constexpr int kTimestamp = 9;
constexpr int kData = 1;  // Stream.Kind
constexpr int kSecondary = 5;

// Protocol Buffers, as much as the footers below take.
class Message {
 public:
  Message& Number(uint32_t field, uint64_t value) {
    Varint(field << 3);
    Varint(value);
    return *this;
  }
  Message& Bytes(uint32_t field, std::string_view bytes) {
    Varint(field << 3 | 2);
    Varint(bytes.size());
    text_ += bytes;
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  void Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) text_ += static_cast<char>(value | 0x80);
    text_ += static_cast<char>(value);
  }
  std::string text_;
};

std::string Stream(int kind) { return Message().Number(1, kind).Number(2, 1).Number(3, 2).text(); }

// The smallest ORC file that needs the zone: one row with one time in it.
std::string FileOfZone(const std::string& zone) {
  const std::string magic = "ORC";
  const std::string one_value("\xff\x00\xff\x00", 4);  // two streams of one literal, 0
  const std::string direct = Message().Number(1, 0).text();
  const std::string stripe = Message()
                                 .Bytes(1, Stream(kData))
                                 .Bytes(1, Stream(kSecondary))
                                 .Bytes(2, direct)
                                 .Bytes(2, direct)
                                 .Bytes(3, zone)
                                 .text();
  const std::string information = Message()
                                      .Number(1, magic.size())
                                      .Number(2, 0)
                                      .Number(3, one_value.size())
                                      .Number(4, stripe.size())
                                      .Number(5, 1)
                                      .text();
  const std::string root =
      Message().Number(1, kStruct).Bytes(2, std::string_view("\x01", 1)).Bytes(3, "t").text();
  const std::string footer = Message()
                                 .Number(1, magic.size())
                                 .Number(2, magic.size() + one_value.size() + stripe.size())
                                 .Bytes(3, information)
                                 .Bytes(4, root)
                                 .Bytes(4, Message().Number(1, kTimestamp).text())
                                 .Number(6, 1)
                                 .Number(8, 0)
                                 .text();
  const std::string postscript = Message()
                                     .Number(1, footer.size())
                                     .Number(2, 0)  // not compressed
                                     .Bytes(4, std::string_view("\x00\x0c", 2))
                                     .Number(5, 0)
                                     .Number(6, 1)
                                     .Bytes(8000, magic)
                                     .text();
  return magic + one_value + stripe + footer + postscript + static_cast<char>(postscript.size());
}

void LoadZone(const std::string& zone) {
  const auto file =
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(FileOfZone(zone)));
  auto reader = arrow::adapters::orc::ORCFileReader::Open(file, arrow::default_memory_pool());
  if (!reader.ok()) return;
  auto batches = (*reader)->GetRecordBatchReader(1, std::vector<std::string>());
  if (!batches.ok()) return;
  std::shared_ptr<arrow::RecordBatch> batch;
  // A zone that does not load is found out again when a file names it.
  static_cast<void>((*batches)->ReadNext(&batch));
}

bool IsZoneFile(const fs::path& path) {
  char magic[4] = {};
  std::ifstream(path, std::ios::binary).read(magic, sizeof(magic));
  return std::string_view(magic, sizeof(magic)) == "TZif";
}

}  // namespace

void LoadOrcTimeZones() {
  const char* given = std::getenv("TZDIR");  // as the ORC library looks for it
  const fs::path root = given != nullptr ? given : "/usr/share/zoneinfo";
  std::error_code error;
  fs::recursive_directory_iterator entry(root, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string zone = entry->path().lexically_relative(root);
    if (zone == "posix" || zone == "right") entry.disable_recursion_pending();  // the same again
    if (!entry->is_regular_file(error) || !IsZoneFile(entry->path())) continue;
    try {
      LoadZone(zone);
    } catch (const std::exception&) {
      continue;  // the library throws for rules that it cannot read
    }
  }
}

}  // namespace assay
