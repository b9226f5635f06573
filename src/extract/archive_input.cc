#include "extract/archive_input.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace assay {
namespace {

constexpr size_t kBlock = 256 * 1024;

}  // namespace

int ArchiveInput::Open(archive* reader) {
  archive_read_set_callback_data(reader, this);
  archive_read_set_read_callback(reader, &ArchiveInput::ReadBlock);
  if (!memory_.empty()) {
    archive_read_set_skip_callback(reader, &ArchiveInput::SkipBytes);
    archive_read_set_seek_callback(reader, &ArchiveInput::SeekTo);
  }
  return archive_read_open1(reader);
}

uint64_t ArchiveInput::TakeConsumed() {
  const uint64_t taken = furthest_ - reported_;
  reported_ = furthest_;
  return taken;
}

la_ssize_t ArchiveInput::ReadBlock(archive* reader, void* self, const void** block) {
  auto* input = static_cast<ArchiveInput*>(self);
  std::string_view bytes;
  if (!input->memory_.empty()) {
    bytes =
        input->memory_.substr(std::min<uint64_t>(input->position_, input->memory_.size()), kBlock);
  } else {
    Result<std::string_view> next = input->source_.Next(kBlock);
    if (!next.ok()) {
      archive_set_error(reader, EIO, "input failed");
      return -1;
    }
    bytes = *next;
  }
  input->position_ += bytes.size();
  input->furthest_ = std::max(input->furthest_, input->position_);
  *block = bytes.data();
  return static_cast<la_ssize_t>(bytes.size());
}

la_int64_t ArchiveInput::SkipBytes(archive*, void* self, la_int64_t request) {
  auto* input = static_cast<ArchiveInput*>(self);
  if (request <= 0) return 0;
  const uint64_t left = input->memory_.size() - input->position_;
  const uint64_t skipped = std::min<uint64_t>(static_cast<uint64_t>(request), left);
  input->position_ += skipped;
  return static_cast<la_int64_t>(skipped);
}

la_int64_t ArchiveInput::SeekTo(archive*, void* self, la_int64_t offset, int whence) {
  auto* input = static_cast<ArchiveInput*>(self);
  const auto size = static_cast<la_int64_t>(input->memory_.size());
  la_int64_t base = 0;
  if (whence == SEEK_CUR) base = static_cast<la_int64_t>(input->position_);
  if (whence == SEEK_END) base = size;
  if (offset > size - base || offset < -base) return ARCHIVE_FATAL;
  input->position_ = static_cast<uint64_t>(base + offset);
  return base + offset;
}

}  // namespace assay
