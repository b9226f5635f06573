// Percent-encoding as AWS defines it, and the parts of an http(s) URL.
//
// Thread rule: pure functions and values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace assay {

// Names and values before encoding, in the order in which they are sent.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

enum class SlashRule { kEncode, kKeep };

// Encodes every byte but the unreserved ones (A-Z a-z 0-9 - . _ ~) as %XX with upper-case digits
// ("UriEncode" of the Signature Version 4 documentation); kKeep leaves '/' as it is.
std::string UriEncode(std::string_view bytes, SlashRule slashes = SlashRule::kEncode);

// Decodes %XX; with `plus_is_space` also '+' to ' '. A '%' that no two hex digits follow stays.
std::string UriDecode(std::string_view text, bool plus_is_space = false);

// "a=1&b=" with both sides encoded, in the given order.
std::string EncodeQuery(const QueryParameters& query);

// The parts of "scheme://host:port/path"; no user information, no query, no fragment.
struct Url {
  bool https = false;
  std::string host;  // lower case; an IPv6 address keeps its brackets
  int port = 0;      // 0 = the scheme's default
  std::string path;  // as written, without a trailing '/'; "" or "/..."

  // "host", or "host:port" when the port is not the scheme's own: what the Host header carries.
  std::string Authority() const;
  // "https://host:port", the path left out.
  std::string Origin() const;
};

// kInvalidArgument when `text` is no such URL or carries a query, a fragment or a user name.
Result<Url> ParseUrl(std::string_view text);

}  // namespace assay
