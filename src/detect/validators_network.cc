// Addresses by value.
#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "detect/validators_groups.h"

namespace assay {
namespace {

// Whether the word before says that four numbers are something else: a version, or an object
// identifier ("urn:oid:2.5.29.14").
bool EndsWithOtherMeaning(std::string_view before) {
  while (!before.empty() && (before.back() == ' ' || before.back() == ':')) before.remove_suffix(1);
  for (const std::string_view word : {"version", "release", "build", "oid"}) {
    if (before.size() < word.size()) continue;
    std::string tail(before.substr(before.size() - word.size()));
    for (char& c : tail) c = IsUpper(c) ? static_cast<char>(c + 32) : c;
    if (tail == word) return true;
  }
  return false;
}

// The object identifiers of four numbers that certificates are full of: attribute types (2.5.4.x)
// and extensions (2.5.29.x) of X.500. As addresses they would be a few hosts of one provider.
bool IsX500Identifier(const std::array<int, 4>& parts) {
  return parts[0] == 2 && parts[1] == 5 && (parts[2] == 4 || parts[2] == 29) && parts[3] < 100;
}

bool Ipv4(std::string_view match, const ValidatorContext& context, SpanChange* /*change*/) {
  if (GoesOn(context, ".") || EndsWithOtherMeaning(context.before)) return false;
  std::array<int, 4> parts{};
  size_t part = 0;
  size_t digits = 0;
  for (char c : match) {
    if (c == '.') {
      if (digits == 0 || ++part == 4) return false;
      digits = 0;
    } else {
      if (!IsDigit(c) || (digits == 1 && parts[part] == 0) || ++digits > 3) return false;
      parts[part] = parts[part] * 10 + (c - '0');
      if (parts[part] > 255) return false;
    }
  }
  if (part != 3 || digits == 0) return false;
  // "This" network, loopback and the broadcast address name no host.
  return parts[0] != 0 && parts[0] != 127 && !IsX500Identifier(parts) &&
         !std::all_of(parts.begin(), parts.end(), [](int value) { return value == 255; });
}

// Ranges that IANA has given a meaning to.
bool Assigned(const in6_addr& address) {
  const uint8_t a = address.s6_addr[0];
  const uint8_t b = address.s6_addr[1];
  return (a & 0xe0) == 0x20 || (a & 0xfe) == 0xfc || (a == 0xfe && (b & 0xc0) == 0x80) ||
         a == 0xff || (a == 0 && b == 0x64);
}

bool Ipv6(std::string_view match, const ValidatorContext& context, SpanChange* change) {
  if (!context.before.empty() && context.before.back() == ':') return false;
  if (match.ends_with(':') && !match.ends_with("::")) {
    match.remove_suffix(1);
    change->drop_back = 1;
  } else if (context.after.size() >= 2 && context.after[0] == ':' && IsAlnum(context.after[1])) {
    return false;
  }
  std::array<char, 48> text{};
  if (match.size() >= text.size()) return false;
  std::copy(match.begin(), match.end(), text.begin());
  in6_addr address{};
  if (inet_pton(AF_INET6, text.data(), &address) != 1 || !Assigned(address)) return false;
  // "fe::" or "ff::" alone is code or prose.
  return std::count_if(match.begin(), match.end(), IsDigit) >= 2;
}

// Endings that name a file where the text before them only looks like an address.
constexpr std::array<std::string_view, 10> kFileEndings = {"png",  "jpg", "jpeg", "gif", "svg",
                                                           "webp", "css", "js",   "bmp", "ico"};

bool Email(std::string_view match, const ValidatorContext& /*context*/, SpanChange* change) {
  while (change->drop_front < match.size() && match[change->drop_front] == '.') {
    ++change->drop_front;
  }
  match.remove_prefix(change->drop_front);
  const size_t at = match.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || match.size() > 254) return false;
  const std::string_view local = match.substr(0, at);
  const std::string_view domain = match.substr(at + 1);
  if (local.back() == '.' || local.find("..") != std::string_view::npos) return false;
  if (domain.front() == '-' || domain.find("-.") != std::string_view::npos ||
      domain.find(".-") != std::string_view::npos) {
    return false;
  }
  const std::string_view ending = domain.substr(domain.rfind('.') + 1);
  return std::find(kFileEndings.begin(), kFileEndings.end(), ending) == kFileEndings.end();
}

constexpr std::array kTable = {
    ValidatorEntry{"email", Email, "dot-atom and host name rules (RFC 5321), no file name"},
    ValidatorEntry{
        "ipv4", Ipv4,
        "four octets of a host or network (RFC 791), no version number or object identifier"},
    ValidatorEntry{"ipv6", Ipv6, "RFC 4291 text form in a range that IANA assigned"},
};

}  // namespace

std::span<const ValidatorEntry> NetworkValidators() { return kTable; }

}  // namespace assay
