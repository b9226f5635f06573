#include "extract/zip_reader.h"

#include <algorithm>
#include <cstring>

#include "extract/inflate.h"

namespace assay {
namespace {

constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr uint32_t kCentralSignature = 0x02014b50;
constexpr uint32_t kEndSignature = 0x06054b50;
constexpr uint32_t kEnd64Signature = 0x06064b50;
constexpr uint32_t kEnd64LocatorSignature = 0x07064b50;
constexpr uint32_t kDescriptorSignature = 0x08074b50;
constexpr size_t kLocalSize = 30;
constexpr size_t kCentralSize = 46;
constexpr size_t kEndSize = 22;
constexpr size_t kMaxComment = 65535;
constexpr uint16_t kFlagEncrypted = 1 << 0;
constexpr uint16_t kFlagDescriptor = 1 << 3;
constexpr uint16_t kFlagUtf8 = 1 << 11;
constexpr uint16_t kZip64Extra = 1;

// Little-endian integer at `offset`; 0 when it does not fit.
template <typename T>
T Get(std::string_view bytes, uint64_t offset) {
  T value = 0;
  if (offset <= bytes.size() && bytes.size() - offset >= sizeof(T)) {
    std::memcpy(&value, bytes.data() + offset, sizeof(T));
  }
  return value;
}

std::string_view Slice(std::string_view bytes, uint64_t offset, uint64_t size) {
  if (offset >= bytes.size()) return {};
  return bytes.substr(offset, size);
}

void ApplyFlags(uint16_t flags, ZipMember* member) {
  member->encrypted = (flags & kFlagEncrypted) != 0;
  member->is_utf8 = (flags & kFlagUtf8) != 0;
}

// Takes the 64-bit fields of the ZIP64 extra record for those that are all ones in the header.
void ApplyZip64(std::string_view extra, ZipMember* member, bool has_offset) {
  constexpr uint32_t kSaturated = 0xffffffff;
  while (extra.size() >= 4) {
    const auto id = Get<uint16_t>(extra, 0);
    const std::string_view body = Slice(extra, 4, Get<uint16_t>(extra, 2));
    if (id == kZip64Extra) {
      uint64_t at = 0;
      auto take = [&](uint64_t* field) {
        if (*field != kSaturated || at + 8 > body.size()) return;
        *field = Get<uint64_t>(body, at);
        at += 8;
      };
      take(&member->size);
      take(&member->compressed_size);
      if (has_offset) take(&member->data_offset);
      return;
    }
    extra.remove_prefix(std::min(extra.size(), body.size() + 4));
  }
}

// Position of the end-of-central-directory record, or npos.
size_t FindEnd(std::string_view bytes) {
  if (bytes.size() < kEndSize) return std::string_view::npos;
  const size_t first = bytes.size() - std::min(bytes.size(), kEndSize + kMaxComment);
  for (size_t at = bytes.size() - kEndSize + 1; at-- > first;) {
    if (bytes[at] == 'P' && Get<uint32_t>(bytes, at) == kEndSignature) return at;
  }
  return std::string_view::npos;
}

// Size of the data that starts at `data` when the header left it to a descriptor behind the data:
// the descriptor is found by its signature and by naming the right size.
uint64_t SizeByDescriptor(std::string_view bytes, uint64_t data) {
  static constexpr std::string_view kMark = "PK\x07\x08";
  size_t at = bytes.find(kMark, data);
  while (at != std::string_view::npos) {
    const uint64_t size = at - data;
    if (Get<uint32_t>(bytes, at + 8) == static_cast<uint32_t>(size)) return size;
    at = bytes.find(kMark, at + 1);
  }
  return bytes.size() - data;
}

// Bytes that a data descriptor takes at `at`.
uint64_t DescriptorSize(std::string_view bytes, uint64_t at) {
  if (Get<uint32_t>(bytes, at) != kDescriptorSignature) return 0;
  auto starts_record = [&](uint64_t next) {
    const auto signature = Get<uint32_t>(bytes, next);
    return signature == kLocalSignature || signature == kCentralSignature;
  };
  return starts_record(at + 24) && !starts_record(at + 16) ? 24 : 16;
}

}  // namespace

Result<ZipReader> ZipReader::Open(std::string_view bytes, uint64_t max_members) {
  ZipReader reader(bytes);
  reader.complete_ = reader.ReadDirectory(max_members);
  if (reader.too_many_) return ResourceExhausted("zip file with too many members");
  if (!reader.complete_) {
    reader.members_.clear();
    reader.WalkLocalHeaders(max_members);
    if (reader.members_.empty()) return DataLoss("no zip structure found");
  }
  reader.Index();
  return reader;
}

bool ZipReader::ReadDirectory(uint64_t max_members) {
  const size_t end = FindEnd(bytes_);
  if (end == std::string_view::npos) return false;
  uint64_t count = Get<uint16_t>(bytes_, end + 10);
  uint64_t offset = Get<uint32_t>(bytes_, end + 16);
  if (end >= 20 && Get<uint32_t>(bytes_, end - 20) == kEnd64LocatorSignature) {
    const auto end64 = Get<uint64_t>(bytes_, end - 12);
    if (Get<uint32_t>(bytes_, end64) == kEnd64Signature) {
      count = Get<uint64_t>(bytes_, end64 + 32);
      offset = Get<uint64_t>(bytes_, end64 + 48);
    }
  }
  if (count > max_members) {
    too_many_ = true;
    return false;
  }
  for (uint64_t i = 0; i < count; i++) {
    const std::string_view record = Slice(bytes_, offset, std::string_view::npos);
    if (record.size() < kCentralSize || Get<uint32_t>(record, 0) != kCentralSignature) return false;
    const auto name_size = Get<uint16_t>(record, 28);
    const auto extra_size = Get<uint16_t>(record, 30);
    const auto comment_size = Get<uint16_t>(record, 32);
    ZipMember member;
    ApplyFlags(Get<uint16_t>(record, 8), &member);
    member.method = Get<uint16_t>(record, 10);
    member.compressed_size = Get<uint32_t>(record, 20);
    member.size = Get<uint32_t>(record, 24);
    member.data_offset = Get<uint32_t>(record, 42);
    member.name = Slice(record, kCentralSize, name_size);
    ApplyZip64(Slice(record, kCentralSize + name_size, extra_size), &member, true);
    members_.push_back(member);
    offset += kCentralSize + name_size + extra_size + comment_size;
  }
  return true;
}

void ZipReader::WalkLocalHeaders(uint64_t max_members) {
  uint64_t offset = 0;
  // Descriptor searches run to the end of the file when none fits; a few are enough to tell that
  // the file is not worth more.
  int failed_searches = 0;
  while (members_.size() < max_members && failed_searches < 4) {
    const std::string_view header = Slice(bytes_, offset, std::string_view::npos);
    if (header.size() < kLocalSize || Get<uint32_t>(header, 0) != kLocalSignature) return;
    const auto flags = Get<uint16_t>(header, 6);
    const auto name_size = Get<uint16_t>(header, 26);
    const auto extra_size = Get<uint16_t>(header, 28);
    ZipMember member;
    ApplyFlags(flags, &member);
    member.method = Get<uint16_t>(header, 8);
    member.compressed_size = Get<uint32_t>(header, 18);
    member.size = Get<uint32_t>(header, 22);
    member.name = Slice(header, kLocalSize, name_size);
    if (member.name.size() < name_size) return;
    ApplyZip64(Slice(header, kLocalSize + name_size, extra_size), &member, false);
    const uint64_t data = offset + kLocalSize + name_size + extra_size;
    member.data_offset = offset;
    if (data > bytes_.size()) return;
    uint64_t descriptor = 0;
    if ((flags & kFlagDescriptor) != 0 && member.compressed_size == 0) {
      member.compressed_size = SizeByDescriptor(bytes_, data);
      if (data + member.compressed_size == bytes_.size()) failed_searches++;
    }
    member.compressed_size = std::min<uint64_t>(member.compressed_size, bytes_.size() - data);
    if ((flags & kFlagDescriptor) != 0) {
      descriptor = DescriptorSize(bytes_, data + member.compressed_size);
    }
    members_.push_back(member);
    offset = data + member.compressed_size + descriptor;
  }
}

void ZipReader::Index() {
  by_name_.reserve(members_.size());
  for (size_t i = 0; i < members_.size(); i++) by_name_.emplace(members_[i].name, i);
}

const ZipMember* ZipReader::Find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &members_[found->second];
}

std::string_view ZipReader::Data(const ZipMember& member) const {
  const std::string_view header = Slice(bytes_, member.data_offset, std::string_view::npos);
  if (header.size() < kLocalSize || Get<uint32_t>(header, 0) != kLocalSignature) return {};
  const uint64_t start =
      kLocalSize + Get<uint16_t>(header, 26) + uint64_t{Get<uint16_t>(header, 28)};
  return Slice(header, start, member.compressed_size);
}

Result<std::string> ZipReader::Read(const ZipMember& member, uint64_t max, bool* cut) const {
  if (cut != nullptr) *cut = false;
  if (member.encrypted) return PermissionDenied("encrypted zip member");
  const std::string_view data = Data(member);
  if (member.method == 0) {
    if (cut != nullptr) *cut = data.size() > max || data.size() < member.size;
    return std::string(data.substr(0, max));
  }
  if (member.method != 8) return Unimplemented("zip compression method");
  if (data.empty()) {
    if (member.size == 0) return std::string();
    return DataLoss("zip member without data");
  }
  if (member.size == 0 && data.size() <= 2) return std::string();  // an empty deflate stream
  return InflateRaw(data, max, cut);
}

}  // namespace assay
