// The compact encoding of everything that crosses the border between `assay` and assay-classifier:
// little integers and length-prefixed strings. The reader is made for hostile input.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace assay {

class WireWriter {
 public:
  explicit WireWriter(std::string* out) : out_(out) {}
  void U8(uint8_t value) { out_->push_back(static_cast<char>(value)); }
  void U32(uint32_t value) { Raw(&value, sizeof(value)); }
  void U64(uint64_t value) { Raw(&value, sizeof(value)); }
  void Bool(bool value) { U8(value ? 1 : 0); }
  // Seven bits a byte, the lowest first: for numbers that are mostly small.
  void Var(uint64_t value) {
    for (; value >= 0x80; value >>= 7) U8(static_cast<uint8_t>(value | 0x80));
    U8(static_cast<uint8_t>(value));
  }
  void VarStr(std::string_view value) {
    Var(value.size());
    out_->append(value);
  }
  void Bytes(std::string_view value) { out_->append(value); }
  // Longer than 4 GiB - 1 is cut.
  void Str(std::string_view value) {
    const uint32_t size =
        value.size() > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(value.size());
    U32(size);
    out_->append(value.data(), size);
  }

 private:
  void Raw(const void* value, size_t size) { out_->append(static_cast<const char*>(value), size); }
  std::string* out_;
};

// Every read behind the end, or of a value that is not allowed, latches ok() to false and gives a
// zero or empty value; check ok() once at the end. Views point into the bytes given.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}
  uint8_t U8() {
    uint8_t value = 0;
    Raw(&value, sizeof(value));
    return value;
  }
  uint32_t U32() {
    uint32_t value = 0;
    Raw(&value, sizeof(value));
    return value;
  }
  uint64_t U64() {
    uint64_t value = 0;
    Raw(&value, sizeof(value));
    return value;
  }
  bool Bool() {
    const uint8_t value = U8();
    if (value > 1) ok_ = false;
    return value == 1;
  }
  uint64_t Var() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = U8();
      if (shift == 63 && byte > 1) break;
      value |= uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }
  std::string_view Str() { return Take(U32()); }
  std::string_view VarStr() { return Take(Var()); }
  std::string_view Bytes(size_t size) { return Take(size); }
  // What is left; the reader stays where it is.
  std::string_view rest() const { return rest_; }

  // The number of elements of a list whose elements take at least `min_bytes` each: a count that
  // the remaining bytes cannot hold is refused before anybody reserves memory for it.
  uint32_t Count(size_t min_bytes) {
    const uint32_t count = U32();
    if (!ok_ || count > rest_.size() / min_bytes) {
      ok_ = false;
      return 0;
    }
    return count;
  }
  void Fail() { ok_ = false; }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view Take(uint64_t size) {
    if (!ok_ || size > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }
  void Raw(void* value, size_t size) {
    if (!ok_ || rest_.size() < size) {
      ok_ = false;
      return;
    }
    std::memcpy(value, rest_.data(), size);
    rest_.remove_prefix(size);
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace assay
