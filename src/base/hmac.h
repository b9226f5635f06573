// HMAC-SHA-256 (RFC 2104 with FIPS 180-4's SHA-256).
//
// Thread rule: HmacSha256 belongs to one thread; the function is free.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace assay {

using Sha256Digest = std::array<uint8_t, 32>;

// One key, many messages: the key is mixed in once.
class HmacSha256 {
 public:
  explicit HmacSha256(std::string_view key);
  ~HmacSha256();
  HmacSha256(const HmacSha256&) = delete;
  HmacSha256& operator=(const HmacSha256&) = delete;

  Sha256Digest Sign(std::string_view message) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Lower-case hex of the first `bytes` bytes of `digest`. REQUIRES: bytes <= 32.
std::string DigestHex(const Sha256Digest& digest, size_t bytes);

}  // namespace assay
