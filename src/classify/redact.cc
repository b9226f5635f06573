#include "classify/redact.h"

#include <algorithm>
#include <cstddef>

#include "base/utf8.h"

namespace assay {
namespace {

constexpr size_t kMaxShown = 128;
constexpr std::string_view kStars = "***";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnum(char c) { return IsDigit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// The first `count` characters of `text`.
std::string FirstCharacters(std::string_view text, size_t count) {
  size_t end = 0;
  while (count > 0 && end < text.size()) {
    end += std::max<size_t>(Utf8SequenceLength(text.substr(end)), 1);
    --count;
  }
  return ToValidUtf8(text.substr(0, end));
}

// Letters and digits become '*' but for the last `keep` of them; other ASCII stays.
std::string KeepLast(std::string_view value, size_t keep) {
  if (value.size() > kMaxShown / 2) value = value.substr(value.size() - kMaxShown / 2);
  std::string out(value.size(), '*');
  for (size_t i = value.size(); i-- > 0;) {
    const char c = value[i];
    if (IsAlnum(c)) {
      if (keep > 0) {
        out[i] = c;
        --keep;
      }
    } else if (c >= ' ' && c < 0x7f) {
      out[i] = c;
    }
  }
  return out;
}

std::string RedactEmail(std::string_view value) {
  const size_t at = value.rfind('@');
  if (at == std::string_view::npos) return std::string(kStars);
  return FirstCharacters(value, 1) + std::string(kStars) + ToValidUtf8(value.substr(at, 100));
}

std::string RedactWords(std::string_view value) {
  std::string out;
  bool inside = false;
  for (size_t i = 0; i < value.size() && out.size() < kMaxShown / 2;) {
    const size_t length = std::max<size_t>(Utf8SequenceLength(value.substr(i)), 1);
    const char c = value[i];
    const bool word = static_cast<unsigned char>(c) >= 0x80 || IsAlnum(c);
    if (word && !inside) {
      out += ToValidUtf8(value.substr(i, length));
      out += kStars;
    } else if (!word && (c == ' ' || c == ',')) {
      out += c;
    }
    inside = word || c == '\'' || c == '-' || c == '.';
    i += length;
  }
  return out;
}

std::string RedactAddress(std::string_view value) {
  const size_t first = value.find_first_of(".:");
  if (first == std::string_view::npos) return std::string(kStars);
  if (value[first] == ':') return FirstCharacters(value.substr(0, first), 4) + ":***";
  const size_t second = value.find('.', first + 1);
  return FirstCharacters(value.substr(0, second), 7) + ".*.*";
}

std::string RedactCredential(std::string_view value) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  if (value.starts_with(kBegin)) {
    const size_t end = value.find("-----", kBegin.size());
    if (end != std::string_view::npos && end < 64) {
      return ToValidUtf8(value.substr(0, end + 5)) + std::string(kStars);
    }
  }
  return FirstCharacters(value, std::min<size_t>(4, value.size() / 5)) + std::string(kStars);
}

std::string RedactOther(std::string_view value) {
  const auto digits = static_cast<size_t>(std::count_if(value.begin(), value.end(), IsDigit));
  const size_t keep = std::min<size_t>(4, value.size() / 5);
  if (2 * digits > value.size()) return KeepLast(value, keep);
  return FirstCharacters(value, keep) + std::string(kStars);
}

}  // namespace

std::string Redact(const Identifier& identifier, std::string_view value) {
  const std::string& pii = identifier.pii_type;
  if (identifier.category == "CREDENTIALS") return RedactCredential(value);
  if (pii == "credit_card" || pii == "ssn") return KeepLast(value, value.size() >= 9 ? 4 : 1);
  if (pii == "email") return RedactEmail(value);
  if (pii == "name" || pii == "address") return RedactWords(value);
  if (pii == "ip_address") return RedactAddress(value);
  return RedactOther(value);
}

}  // namespace assay
