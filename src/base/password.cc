#include "base/password.h"

#include <openssl/evp.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <vector>

#include "base/constant_time.h"
#include "base/random_bytes.h"

namespace assay {
namespace {

// N = 2^15, r = 8, p = 1: the parameters for interactive sign-in (scrypt paper, section 5, moved
// on by a factor of two), 32 MB a guess.
struct Cost {
  uint64_t n = 32768;
  uint64_t r = 8;
  uint64_t p = 1;
};
constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;
constexpr uint64_t kMaxMemoryBytes = 128 << 20;  // a hash from elsewhere cannot ask for more

std::string Hex(std::string_view bytes) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string hex;
  for (const char raw : bytes) {
    hex += kHex[static_cast<uint8_t>(raw) >> 4];
    hex += kHex[static_cast<uint8_t>(raw) & 15];
  }
  return hex;
}

std::optional<std::string> Scrypt(std::string_view password, std::string_view salt_hex,
                                  const Cost& cost) {
  std::string hash(kHashBytes, '\0');
  if (EVP_PBE_scrypt(password.data(), password.size(),
                     reinterpret_cast<const unsigned char*>(salt_hex.data()), salt_hex.size(),
                     cost.n, cost.r, cost.p, kMaxMemoryBytes,
                     reinterpret_cast<unsigned char*>(hash.data()), hash.size()) != 1) {
    return std::nullopt;
  }
  return Hex(hash);
}

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find('$');
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool ReadNumber(std::string_view digits, uint64_t* number) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), *number);
  return error == std::errc() && end == digits.data() + digits.size();
}

}  // namespace

std::string HashPassword(std::string_view password) {
  const Cost cost;
  const std::string salt = Hex(RandomBytes(kSaltBytes));
  const std::optional<std::string> hash = Scrypt(password, salt, cost);
  if (!hash) std::abort();  // only for want of memory
  return "scrypt$" + std::to_string(cost.n) + '$' + std::to_string(cost.r) + '$' +
         std::to_string(cost.p) + '$' + salt + '$' + *hash;
}

bool VerifyPassword(std::string_view password, std::string_view hash) {
  const std::vector<std::string_view> parts = Split(hash);
  Cost cost;
  if (parts.size() != 6 || parts[0] != "scrypt" || !ReadNumber(parts[1], &cost.n) ||
      !ReadNumber(parts[2], &cost.r) || !ReadNumber(parts[3], &cost.p)) {
    return false;
  }
  const std::optional<std::string> made = Scrypt(password, parts[4], cost);
  return made && ConstantTimeEqual(*made, parts[5]);
}

}  // namespace assay
