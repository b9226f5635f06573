// OleFile: the streams of a compound file ([MS-CFB]), the container of legacy Office documents,
// Outlook messages and encrypted OOXML.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace assay {

class OleFile {
 public:
  static constexpr uint32_t kRoot = 0;
  struct Entry {
    std::string name;  // UTF-8; may begin with a control character ("\005SummaryInformation")
    bool is_storage = false;
    uint64_t size = 0;  // as claimed: never trust it for an allocation
    uint32_t first_sector = 0;
    std::vector<uint32_t> children;  // indices into entries(), in no particular order
  };

  static bool HasSignature(std::string_view bytes);
  // Reads the directory of `bytes`, which must outlive the file. kDataLoss: no compound file.
  static Result<OleFile> Open(std::string_view bytes);

  // entries()[kRoot] is the root storage.
  const std::vector<Entry>& entries() const { return entries_; }
  // The child of `storage` with that name (ASCII case ignored), or null.
  const Entry* Find(const Entry& storage, std::string_view name) const;
  const Entry& root() const { return entries_[kRoot]; }
  // The stream's bytes, at most `max`; what there is of it when the chain is damaged or cut.
  // All reads together give at most a few times the bytes of the file: entries of a hostile file
  // may all name the same sectors.
  std::string Read(const Entry& stream, uint64_t max);

 private:
  explicit OleFile(std::string_view bytes) : bytes_(bytes) {}

  Status ReadHeader();
  void ReadDirectory(uint32_t first_sector);
  void Link(const std::vector<uint32_t>& left, const std::vector<uint32_t>& right,
            const std::vector<uint32_t>& child);
  std::string_view Sector(uint32_t sector) const;
  std::string ReadChain(uint32_t first, uint64_t max) const;

  std::string_view bytes_;
  uint32_t sector_bytes_ = 512;
  uint32_t mini_sector_bytes_ = 64;
  uint32_t mini_cutoff_ = 4096;
  std::vector<uint32_t> fat_;
  std::vector<uint32_t> mini_fat_;
  std::string mini_stream_;
  std::vector<Entry> entries_;
  uint64_t read_budget_ = 0;
};

// Little-endian integers at `offset`; 0 when they lie beyond the end.
uint16_t ReadLe16(std::string_view bytes, size_t offset);
uint32_t ReadLe32(std::string_view bytes, size_t offset);
uint64_t ReadLe64(std::string_view bytes, size_t offset);

// Windows FILETIME (100 ns since 1601) as "2024-05-06T07:08:09Z"; "" for 0 and absurd values.
std::string FileTimeText(uint64_t file_time);

}  // namespace assay
