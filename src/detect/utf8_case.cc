#include "detect/utf8_case.h"

#include <cstddef>
#include <cstdint>

namespace assay {
namespace {

uint32_t LowerCode(uint32_t code) {
  if (code >= 0xC0 && code <= 0xDE && code != 0xD7) return code + 32;
  if (code >= 0x100 && code <= 0x137 && code != 0x130 && code != 0x131) return code | 1;
  if (code >= 0x139 && code <= 0x148) return code + (code & 1);
  if (code >= 0x14A && code <= 0x177) return code | 1;
  if (code == 0x178) return 0xFF;
  if (code >= 0x179 && code <= 0x17E) return code + (code & 1);
  if (code >= 0x391 && code <= 0x3A9 && code != 0x3A2) return code + 32;
  if (code >= 0x400 && code <= 0x40F) return code + 80;
  if (code >= 0x410 && code <= 0x42F) return code + 32;
  return code;
}

}  // namespace

std::string_view LowerUtf8(std::string_view text, char* out) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    out[i] = byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : text[i];
    if (byte < 0xC3 || byte > 0xD1 || i + 1 == text.size()) continue;
    const auto trail = static_cast<uint8_t>(text[i + 1]);
    if ((trail & 0xC0) != 0x80) continue;
    const uint32_t code = LowerCode(((byte & 0x1Fu) << 6) | (trail & 0x3Fu));
    out[i] = static_cast<char>(0xC0 | (code >> 6));
    out[++i] = static_cast<char>(0x80 | (code & 0x3F));
  }
  return {out, text.size()};
}

}  // namespace assay
