// ZipReader: random access to the members of a ZIP file that is in memory (APPNOTE.TXT 6.3.10,
// PKWARE), for the formats that are ZIP files underneath: OOXML, OpenDocument, EPUB. When the
// central directory is missing (the object was cut), the members are found by their local headers.
//
// Thread rule: const after Open; any number of threads may read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"

namespace assay {

struct ZipMember {
  std::string_view name;  // bytes as stored, '/' between folders; borrowed from the file
  uint16_t method = 0;    // 0 stored, 8 deflate; others are not read here
  bool encrypted = false;
  bool is_utf8 = false;          // flag bit 11: the name is UTF-8
  uint64_t compressed_size = 0;  // as claimed, cut to what there is
  uint64_t size = 0;             // as claimed: never trust it for an allocation
  uint64_t data_offset = 0;      // of the local header (from the directory) or of the data

  bool is_directory() const { return !name.empty() && name.back() == '/'; }
};

class ZipReader {
 public:
  // Lists the members of `bytes`, which must outlive the reader. kDataLoss: no ZIP structure found.
  // kResourceExhausted: more than `max_members`.
  static Result<ZipReader> Open(std::string_view bytes, uint64_t max_members = 1'000'000);

  // In the order of the directory.
  const std::vector<ZipMember>& members() const { return members_; }
  // The first member of that exact name, or null.
  const ZipMember* Find(std::string_view name) const;
  // False when the central directory is missing or damaged: there may have been more members.
  bool complete() const { return complete_; }

  // The member's content, at most `max` bytes. `*cut` (may be null) is set when that is not all of
  // it. kPermissionDenied: encrypted. kUnimplemented: a method other than stored and deflate.
  // kDataLoss: nothing can be read of it.
  Result<std::string> Read(const ZipMember& member, uint64_t max, bool* cut = nullptr) const;

 private:
  explicit ZipReader(std::string_view bytes) : bytes_(bytes) {}

  bool ReadDirectory(uint64_t max_members);
  void WalkLocalHeaders(uint64_t max_members);
  void Index();
  // The compressed bytes of a member; empty when its local header is not one.
  std::string_view Data(const ZipMember& member) const;

  std::string_view bytes_;
  std::vector<ZipMember> members_;
  std::unordered_map<std::string_view, size_t> by_name_;
  bool complete_ = false;
  bool too_many_ = false;
};

}  // namespace assay
