// ArenaSource: an object whose first part lies in the arena and whose rest is fetched through the
// parent when somebody asks for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "classify/parent_link.h"
#include "extract/byte_source.h"

namespace assay {

class ArenaSource final : public ByteSource {
 public:
  // `first`: the first bytes, in the arena. `allowed`: how many bytes Next and All may give.
  // `size`: of the whole object. first.size() <= allowed <= size. When first.size() < allowed,
  // `first` lies in the large window, which later parts overwrite.
  ArenaSource(ParentLink* link, std::string_view first, uint64_t allowed, uint64_t size);

  Result<std::string_view> Head(size_t n) override;
  Result<std::string_view> Next(size_t max) override;
  Result<std::string_view> All(size_t max) override;
  bool seekable() const override { return true; }
  Result<size_t> ReadAt(uint64_t offset, char* out, size_t n) override;
  std::optional<uint64_t> size() const override { return size_; }
  bool truncated() const override { return allowed_ < size_; }

  // How much of the object was looked at, from its start on (All, Next) or anywhere (ReadAt).
  uint64_t bytes_read() const { return bytes_read_; }
  // Whether a range could not be fetched: what was made of the object is then not the whole truth.
  bool failed() const { return failed_; }

 private:
  Result<std::string_view> Fetch(uint64_t offset, uint64_t length, uint64_t window);
  // Copies everything that may be read into all_.
  Status FetchAll();
  // The part of [offset, ...) that is at hand; empty when it must be fetched.
  std::string_view AtHand(uint64_t offset) const;

  ParentLink* link_;
  std::string_view window_;     // what the first part's place holds now
  uint64_t window_offset_ = 0;  // and where in the object that begins
  std::string head_;            // a copy, for objects whose first part will be overwritten
  std::string_view head_view_;
  uint64_t allowed_;
  uint64_t size_;
  uint64_t position_ = 0;
  uint64_t bytes_read_ = 0;
  bool failed_ = false;
  std::string_view range_;  // last range fetched for ReadAt
  uint64_t range_offset_ = 0;
  uint64_t range_use_ = 0;
  std::unique_ptr<char[]> all_;
};

}  // namespace assay
