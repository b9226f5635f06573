#include "extract/ole.h"

#include <algorithm>
#include <ctime>

#include "extract/charset.h"
#include "extract/mime.h"

namespace assay {
namespace {

constexpr std::string_view kSignature = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
constexpr uint32_t kLastRegularSector = 0xFFFFFFF9;  // greater ones are marks: end, free, FAT
constexpr uint32_t kNoEntry = 0xFFFFFFFF;
constexpr size_t kDirectoryEntryBytes = 128;
constexpr size_t kMaxEntries = 200'000;

uint64_t ReadLe(std::string_view bytes, size_t offset, size_t count) {
  if (offset > bytes.size() || bytes.size() - offset < count) return 0;
  uint64_t value = 0;
  for (size_t i = count; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[offset + i]);
  return value;
}

void AppendNumbers(std::string_view sector, std::vector<uint32_t>* numbers) {
  for (size_t i = 0; i + 4 <= sector.size(); i += 4) numbers->push_back(ReadLe32(sector, i));
}

}  // namespace

uint16_t ReadLe16(std::string_view bytes, size_t offset) {
  return static_cast<uint16_t>(ReadLe(bytes, offset, 2));
}
uint32_t ReadLe32(std::string_view bytes, size_t offset) {
  return static_cast<uint32_t>(ReadLe(bytes, offset, 4));
}
uint64_t ReadLe64(std::string_view bytes, size_t offset) { return ReadLe(bytes, offset, 8); }

std::string FileTimeText(uint64_t file_time) {
  constexpr uint64_t kSecondsTo1970 = 11'644'473'600;
  const uint64_t seconds = file_time / 10'000'000;
  if (file_time == 0 || seconds > 300'000'000'000) return {};
  const auto unix_time =
      static_cast<time_t>(static_cast<int64_t>(seconds) - static_cast<int64_t>(kSecondsTo1970));
  std::tm fields{};
  if (gmtime_r(&unix_time, &fields) == nullptr) return {};
  char text[64];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &fields)};
}

bool OleFile::HasSignature(std::string_view bytes) { return bytes.starts_with(kSignature); }

Result<OleFile> OleFile::Open(std::string_view bytes) {
  OleFile file(bytes);
  ASSAY_RETURN_IF_ERROR(file.ReadHeader());
  return file;
}

Status OleFile::ReadHeader() {
  if (!HasSignature(bytes_) || bytes_.size() < 512) return DataLoss("not a compound file");
  const uint16_t sector_shift = ReadLe16(bytes_, 30);
  const uint16_t mini_shift = ReadLe16(bytes_, 32);
  if (sector_shift < 7 || sector_shift > 16 || mini_shift < 4 || mini_shift >= sector_shift) {
    return DataLoss("compound file with absurd sector sizes");
  }
  sector_bytes_ = 1u << sector_shift;
  mini_sector_bytes_ = 1u << mini_shift;
  mini_cutoff_ = ReadLe32(bytes_, 56);

  // The sectors of the FAT: 109 numbers in the header, more in a chain of DIFAT sectors.
  std::vector<uint32_t> fat_sectors;
  AppendNumbers(bytes_.substr(76, 436), &fat_sectors);
  const size_t max_sectors = bytes_.size() / sector_bytes_ + 1;
  uint32_t difat = ReadLe32(bytes_, 68);
  for (size_t steps = 0; difat < kLastRegularSector && steps < max_sectors; ++steps) {
    const std::string_view sector = Sector(difat);
    if (sector.size() < sector_bytes_) break;
    AppendNumbers(sector.substr(0, sector_bytes_ - 4), &fat_sectors);
    difat = ReadLe32(sector, sector_bytes_ - 4);
  }
  for (const uint32_t number : fat_sectors) {
    if (fat_.size() > max_sectors) break;  // enough for every sector there is
    if (number < kLastRegularSector) AppendNumbers(Sector(number), &fat_);
  }

  ReadDirectory(ReadLe32(bytes_, 48));
  if (entries_.empty()) return DataLoss("compound file without a directory");
  read_budget_ = 4 * uint64_t{bytes_.size()};
  AppendNumbers(ReadChain(ReadLe32(bytes_, 60), bytes_.size()), &mini_fat_);
  mini_stream_ = ReadChain(root().first_sector, std::min<uint64_t>(root().size, bytes_.size()));
  return Status::Ok();
}

void OleFile::ReadDirectory(uint32_t first_sector) {
  const std::string directory = ReadChain(first_sector, kMaxEntries * kDirectoryEntryBytes);
  std::vector<uint32_t> left;
  std::vector<uint32_t> right;
  std::vector<uint32_t> child;
  for (size_t at = 0; at + kDirectoryEntryBytes <= directory.size(); at += kDirectoryEntryBytes) {
    const std::string_view raw = std::string_view(directory).substr(at, kDirectoryEntryBytes);
    Entry entry;
    const size_t name_bytes = std::min<size_t>(ReadLe16(raw, 64), 64);
    entry.name = DecodeUtf16Le(raw.substr(0, name_bytes < 2 ? 0 : name_bytes - 2));
    const char type = raw[66];
    entry.is_storage = type == 1 || type == 5;
    entry.first_sector = ReadLe32(raw, 116);
    // Files with 512-byte sectors may have rubbish in the upper half of the size.
    entry.size = sector_bytes_ == 512 ? ReadLe32(raw, 120) : ReadLe64(raw, 120);
    left.push_back(ReadLe32(raw, 68));
    right.push_back(ReadLe32(raw, 72));
    child.push_back(entry.is_storage ? ReadLe32(raw, 76) : kNoEntry);
    entries_.push_back(std::move(entry));
  }
  Link(left, right, child);
}

// Each storage points at the root of a tree of siblings. An entry is taken once only, whatever
// loops the pointers make.
void OleFile::Link(const std::vector<uint32_t>& left, const std::vector<uint32_t>& right,
                   const std::vector<uint32_t>& child) {
  struct Visit {
    uint32_t entry;
    uint32_t parent;
  };
  std::vector<bool> taken(entries_.size(), false);
  std::vector<Visit> todo;
  if (entries_.empty()) return;
  taken[kRoot] = true;
  todo.push_back({child[kRoot], kRoot});
  while (!todo.empty()) {
    const Visit visit = todo.back();
    todo.pop_back();
    if (visit.entry >= entries_.size() || taken[visit.entry]) continue;
    taken[visit.entry] = true;
    entries_[visit.parent].children.push_back(visit.entry);
    todo.push_back({child[visit.entry], visit.entry});
    todo.push_back({right[visit.entry], visit.parent});
    todo.push_back({left[visit.entry], visit.parent});
  }
}

const OleFile::Entry* OleFile::Find(const Entry& storage, std::string_view name) const {
  for (const uint32_t child : storage.children) {
    if (EqualsIgnoreCase(entries_[child].name, name)) return &entries_[child];
  }
  return nullptr;
}

std::string_view OleFile::Sector(uint32_t sector) const {
  const uint64_t offset = (uint64_t{sector} + 1) * sector_bytes_;
  return offset < bytes_.size() ? bytes_.substr(offset, sector_bytes_) : std::string_view();
}

std::string OleFile::ReadChain(uint32_t first, uint64_t max) const {
  std::string out;
  uint32_t sector = first;
  for (size_t steps = 0; sector < kLastRegularSector && steps <= fat_.size(); ++steps) {
    const std::string_view bytes = Sector(sector);
    if (bytes.empty() || out.size() >= max || out.size() > bytes_.size()) break;
    out.append(bytes.substr(0, max - out.size()));
    if (sector >= fat_.size()) break;
    sector = fat_[sector];
  }
  return out;
}

std::string OleFile::Read(const Entry& stream, uint64_t max) {
  max = std::min({max, stream.size, read_budget_});
  std::string out;
  if (stream.size >= mini_cutoff_) {
    out = ReadChain(stream.first_sector, max);
    read_budget_ -= out.size();
    return out;
  }
  uint32_t sector = stream.first_sector;
  for (size_t steps = 0; sector < mini_fat_.size() && steps <= mini_fat_.size(); ++steps) {
    const uint64_t offset = uint64_t{sector} * mini_sector_bytes_;
    if (offset >= mini_stream_.size() || out.size() >= max) break;
    const uint64_t room = std::min<uint64_t>(max - out.size(), mini_sector_bytes_);
    out.append(std::string_view(mini_stream_).substr(offset, room));
    sector = mini_fat_[sector];
  }
  read_budget_ -= out.size();
  return out;
}

}  // namespace assay
