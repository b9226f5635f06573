// ByteSource: where an extractor gets its bytes from. The same interface stands for an object in
// shared memory, an object whose later ranges are fetched on demand, and a member of an archive
// that can only be read forward.
//
// Thread rule: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace assay {

class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // The first min(n, available) bytes, without consuming them, whatever has been read before.
  // n <= kMaxHead. The view stays valid as long as the source.
  static constexpr size_t kMaxHead = 64 * 1024;
  virtual Result<std::string_view> Head(size_t n) = 0;

  // The next contiguous bytes in order, at most `max`, at least 1; empty at the end of what may be
  // read. Zero-copy where the bytes are in memory. Valid until the next call of Next or All.
  virtual Result<std::string_view> Next(size_t max) = 0;

  // Everything that may be read, from the first byte, in one contiguous view that stays valid as
  // long as the source. More than `max` bytes: kResourceExhausted. Do not mix with Next.
  virtual Result<std::string_view> All(size_t max) = 0;

  // Whether ReadAt works (also for bytes behind the limit: Parquet footers, ZIP directories).
  virtual bool seekable() const = 0;
  // Copies up to n bytes at `offset` to `out`; fewer only at the end of the object.
  virtual Result<size_t> ReadAt(uint64_t offset, char* out, size_t n) = 0;

  // Size of the whole object in bytes, when known.
  virtual std::optional<uint64_t> size() const = 0;
  // True when the object goes on behind what Next or All give: a limit has cut it. For sources of
  // unknown size only meaningful after the end was reached.
  virtual bool truncated() const = 0;
};

// Bytes in memory. `whole_size` > bytes.size() says that the object was cut.
class MemorySource final : public ByteSource {
 public:
  // `bytes` must outlive the source.
  explicit MemorySource(std::string_view bytes) : MemorySource(bytes, bytes.size()) {}
  MemorySource(std::string_view bytes, uint64_t whole_size)
      : bytes_(bytes), whole_size_(whole_size) {}

  Result<std::string_view> Head(size_t n) override;
  Result<std::string_view> Next(size_t max) override;
  Result<std::string_view> All(size_t max) override;
  bool seekable() const override { return true; }
  Result<size_t> ReadAt(uint64_t offset, char* out, size_t n) override;
  std::optional<uint64_t> size() const override { return whole_size_; }
  bool truncated() const override { return whole_size_ > bytes_.size(); }

 private:
  std::string_view bytes_;
  uint64_t whole_size_;
  size_t position_ = 0;
};

// A forward-only source over a pull function: decompressed data, archive members.
class StreamSource final : public ByteSource {
 public:
  // Fills `out` with up to n bytes and returns how many; 0 at the end. May fail at any time:
  // the bytes given before stay good.
  using PullFn = std::function<Result<size_t>(char* out, size_t n)>;
  // Gives at most `limit` bytes, then reports truncated() if there were more.
  StreamSource(PullFn pull, uint64_t limit, std::optional<uint64_t> size = std::nullopt);
  ~StreamSource() override;

  Result<std::string_view> Head(size_t n) override;
  Result<std::string_view> Next(size_t max) override;
  Result<std::string_view> All(size_t max) override;
  bool seekable() const override { return false; }
  Result<size_t> ReadAt(uint64_t offset, char* out, size_t n) override;
  std::optional<uint64_t> size() const override { return size_; }
  bool truncated() const override { return truncated_; }

 private:
  // Pulls until `want` bytes are in head_ or the stream ends.
  Status FillHead(size_t want);
  Result<size_t> Pull(char* out, size_t n);

  PullFn pull_;
  uint64_t remaining_;
  std::optional<uint64_t> size_;
  std::string head_;  // pulled for Head, not yet given by Next
  size_t head_given_ = 0;
  std::unique_ptr<char[]> buffer_;
  std::string all_;
  bool all_done_ = false;
  bool ended_ = false;
  bool truncated_ = false;
};

}  // namespace assay
