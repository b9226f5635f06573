#include "classify/arena_source.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace assay {

ArenaSource::ArenaSource(ParentLink* link, std::string_view first, uint64_t allowed, uint64_t size)
    : link_(link),
      window_(first),
      head_view_(first.substr(0, kMaxHead)),
      allowed_(allowed),
      size_(size) {
  if (first.size() < allowed) {
    head_ = head_view_;
    head_view_ = head_;
  }
}

Result<std::string_view> ArenaSource::Head(size_t n) {
  const std::string_view head = head_view_.substr(0, std::min<uint64_t>(n, allowed_));
  bytes_read_ = std::max<uint64_t>(bytes_read_, head.size());
  return head;
}

Result<std::string_view> ArenaSource::Fetch(uint64_t offset, uint64_t length, uint64_t window) {
  auto bytes = link_->Fetch(offset, length, window);
  if (!bytes.ok()) failed_ = true;
  return bytes;
}

std::string_view ArenaSource::AtHand(uint64_t offset) const {
  if (offset < window_offset_ || offset - window_offset_ >= window_.size()) return {};
  return window_.substr(offset - window_offset_);
}

Result<std::string_view> ArenaSource::Next(size_t max) {
  if (position_ >= allowed_) return std::string_view();
  std::string_view bytes = AtHand(position_);
  if (bytes.empty()) {
    auto fetched = Fetch(position_, allowed_ - position_, kWindowLarge);
    if (!fetched.ok()) return fetched.status();
    window_ = *fetched;
    window_offset_ = position_;
    bytes = window_;
  }
  bytes = bytes.substr(0, std::min<uint64_t>(max, allowed_ - position_));
  position_ += bytes.size();
  bytes_read_ = std::max(bytes_read_, position_);
  return bytes;
}

Result<std::string_view> ArenaSource::All(size_t max) {
  if (allowed_ > max) return ResourceExhausted("the object is too large to be read as a whole");
  bytes_read_ = allowed_;
  if (window_offset_ == 0 && window_.size() >= allowed_) return window_.substr(0, allowed_);
  if (!all_) {
    ASSAY_RETURN_IF_ERROR(FetchAll());
  }
  return std::string_view(all_.get(), allowed_);
}

Status ArenaSource::FetchAll() {
  auto all = std::make_unique_for_overwrite<char[]>(allowed_);
  uint64_t have = 0;
  while (have < allowed_) {
    std::string_view bytes = AtHand(have);
    if (bytes.empty()) {
      auto fetched = Fetch(have, allowed_ - have, kWindowLarge);
      if (!fetched.ok()) return fetched.status();
      window_ = bytes = *fetched;
      window_offset_ = have;
      if (bytes.empty()) break;
    }
    bytes = bytes.substr(0, allowed_ - have);
    std::memcpy(all.get() + have, bytes.data(), bytes.size());
    have += bytes.size();
  }
  allowed_ = have;
  all_ = std::move(all);
  return {};
}

Result<size_t> ArenaSource::ReadAt(uint64_t offset, char* out, size_t n) {
  constexpr uint64_t kLeastFetch = 64 * 1024;
  size_t done = 0;
  while (done < n && offset < size_) {
    std::string_view bytes = AtHand(offset);
    if (bytes.empty() && range_use_ == link_->range_uses() && offset >= range_offset_ &&
        offset - range_offset_ < range_.size()) {
      bytes = range_.substr(offset - range_offset_);
    }
    if (bytes.empty()) {
      const uint64_t wanted = std::min(std::max<uint64_t>(n - done, kLeastFetch), size_ - offset);
      auto fetched = Fetch(offset, wanted, kWindowRange);
      if (!fetched.ok()) return fetched.status();
      range_ = *fetched;
      range_offset_ = offset;
      range_use_ = link_->range_uses();
      bytes = range_;
      if (bytes.empty()) break;
    }
    const size_t take = std::min(bytes.size(), n - done);
    std::memcpy(out + done, bytes.data(), take);
    done += take;
    offset += take;
    bytes_read_ = std::min(size_, bytes_read_ + take);
  }
  return done;
}

}  // namespace assay
