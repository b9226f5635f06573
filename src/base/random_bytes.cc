#include "base/random_bytes.h"

#include <openssl/rand.h>

#include <cstdint>
#include <cstdlib>

namespace assay {

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
    std::abort();
  }
  return bytes;
}

std::string RandomText(size_t count, std::string_view alphabet) {
  // Bytes beyond the last whole multiple of the alphabet are thrown away: no character is likelier.
  const size_t even = 256 / alphabet.size() * alphabet.size();
  std::string text;
  while (text.size() < count) {
    for (const char raw : RandomBytes(count)) {
      const auto byte = static_cast<uint8_t>(raw);
      if (byte < even && text.size() < count) text += alphabet[byte % alphabet.size()];
    }
  }
  return text;
}

std::string RandomUuid() {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string bytes = RandomBytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto byte = static_cast<uint8_t>(bytes[i]);
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

}  // namespace assay
