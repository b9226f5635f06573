#include "aws/uri.h"

#include <array>
#include <cctype>
#include <charconv>

namespace assay {
namespace {

bool IsUnreserved(unsigned char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsHostByte(unsigned char c) { return IsUnreserved(c) || c == '[' || c == ']' || c == ':'; }

}  // namespace

std::string UriEncode(std::string_view bytes, SlashRule slashes) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 2);
  for (const char raw : bytes) {
    const auto c = static_cast<unsigned char>(raw);
    if (IsUnreserved(c) || (c == '/' && slashes == SlashRule::kKeep)) {
      out += raw;
    } else {
      out += '%';
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  return out;
}

std::string UriDecode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%' && text.size() - i > 2) {
      const int high = HexValue(text[i + 1]);
      const int low = HexValue(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += (c == '+' && plus_is_space) ? ' ' : c;
  }
  return out;
}

std::string EncodeQuery(const QueryParameters& query) {
  std::string out;
  for (const auto& [name, value] : query) {
    if (!out.empty()) out += '&';
    out += UriEncode(name);
    out += '=';
    out += UriEncode(value);
  }
  return out;
}

std::string Url::Authority() const {
  if (port == 0 || port == (https ? 443 : 80)) return host;
  return host + ":" + std::to_string(port);
}

std::string Url::Origin() const { return (https ? "https://" : "http://") + Authority(); }

Result<Url> ParseUrl(std::string_view text) {
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.https = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return InvalidArgument("a URL must start with http:// or https://");
  }
  if (rest.find_first_of("?#@\\ ") != std::string_view::npos) {
    return InvalidArgument("a URL of an endpoint may have no user name, query or fragment");
  }
  const size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  if (slash != std::string_view::npos) url.path = std::string(rest.substr(slash));
  while (url.path.ends_with('/')) url.path.pop_back();

  const size_t bracket = authority.rfind(']');
  const size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const std::string_view digits = authority.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (error != std::errc() || end != digits.data() + digits.size() || url.port < 1 ||
        url.port > 65535) {
      return InvalidArgument("a URL with a port that is no number from 1 to 65535");
    }
    authority = authority.substr(0, colon);
  }
  if (authority.empty()) return InvalidArgument("a URL without a host name");
  for (const char c : authority) {
    if (!IsHostByte(static_cast<unsigned char>(c))) {
      return InvalidArgument("a URL with a character that no host name has");
    }
    url.host += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return url;
}

}  // namespace assay
