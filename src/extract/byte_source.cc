#include "extract/byte_source.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace assay {
namespace {

constexpr size_t kBufferSize = 256 * 1024;

}  // namespace

Result<std::string_view> MemorySource::Head(size_t n) {
  return bytes_.substr(0, std::min(n, kMaxHead));
}

Result<std::string_view> MemorySource::Next(size_t max) {
  std::string_view chunk = bytes_.substr(position_, max);
  position_ += chunk.size();
  return chunk;
}

Result<std::string_view> MemorySource::All(size_t max) {
  if (bytes_.size() > max) return ResourceExhausted("object larger than the memory limit");
  return bytes_;
}

Result<size_t> MemorySource::ReadAt(uint64_t offset, char* out, size_t n) {
  if (offset >= bytes_.size()) return size_t{0};
  const size_t count = std::min<uint64_t>(n, bytes_.size() - offset);
  std::memcpy(out, bytes_.data() + offset, count);
  return count;
}

StreamSource::StreamSource(PullFn pull, uint64_t limit, std::optional<uint64_t> size)
    : pull_(std::move(pull)), remaining_(limit), size_(size) {}

StreamSource::~StreamSource() = default;

Result<size_t> StreamSource::Pull(char* out, size_t n) {
  if (ended_ || n == 0) return size_t{0};
  if (remaining_ == 0) {
    char probe;
    ASSAY_ASSIGN_OR_RETURN(const size_t more, pull_(&probe, 1));
    truncated_ = more > 0;
    ended_ = true;
    return size_t{0};
  }
  ASSAY_ASSIGN_OR_RETURN(const size_t got, pull_(out, std::min<uint64_t>(n, remaining_)));
  remaining_ -= got;
  if (got == 0) ended_ = true;
  return got;
}

Status StreamSource::FillHead(size_t want) {
  // Reserved once, so that views given by Head stay valid.
  if (head_.capacity() < kMaxHead) head_.reserve(kMaxHead);
  while (head_.size() < want) {
    const size_t old = head_.size();
    head_.resize(want);
    Result<size_t> got = Pull(head_.data() + old, want - old);
    head_.resize(old + (got.ok() ? *got : 0));
    if (!got.ok()) return got.status();
    if (*got == 0) break;
  }
  return Status::Ok();
}

Result<std::string_view> StreamSource::Head(size_t n) {
  const size_t want = std::min(n, kMaxHead);
  if (head_given_ == 0 && !all_done_) {
    const Status status = FillHead(want);
    if (!status.ok() && head_.empty()) return status;
  }
  return std::string_view(head_).substr(0, want);
}

Result<std::string_view> StreamSource::Next(size_t max) {
  if (head_given_ < head_.size()) {
    std::string_view chunk = std::string_view(head_).substr(head_given_, max);
    head_given_ += chunk.size();
    return chunk;
  }
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(kBufferSize);
  head_given_ = std::max<size_t>(head_given_, 1);
  ASSAY_ASSIGN_OR_RETURN(const size_t got, Pull(buffer_.get(), std::min(max, kBufferSize)));
  return std::string_view(buffer_.get(), got);
}

Result<std::string_view> StreamSource::All(size_t max) {
  if (all_done_) return std::string_view(all_);
  all_ = head_;
  all_done_ = true;
  // The room behind what was read is filled before there is more of it: a decoder that gives a few
  // bytes at a time must not cost a cleared buffer each time.
  size_t filled = all_.size();
  while (true) {
    if (filled > max) return ResourceExhausted("member larger than the memory limit");
    if (filled == all_.size()) all_.resize(filled + kBufferSize);
    const Result<size_t> got = Pull(all_.data() + filled, all_.size() - filled);
    if (!got.ok()) {
      // What was read before the damage is still worth reading.
      truncated_ = true;
      ended_ = true;
      break;
    }
    if (*got == 0) break;
    filled += *got;
  }
  all_.resize(filled);
  return std::string_view(all_);
}

Result<size_t> StreamSource::ReadAt(uint64_t, char*, size_t) {
  return Unimplemented("this source can only be read forward");
}

}  // namespace assay
