#include "api/page_token.h"

#include <openssl/evp.h>

#include "aws/sigv4.h"
#include "base/constant_time.h"
#include "base/hmac.h"

namespace assay {
namespace {

constexpr size_t kMacBytes = 16;
constexpr size_t kHashBytes = 16;  // hex digits
// 500 characters of Base64 hold 375 bytes: the MAC, a byte for the kind, two for the length.
constexpr size_t kMaxPosition = 375 - kMacBytes - 3;

std::string Encode(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

// Empty for what Encode does not write.
std::string Decode(std::string_view text) {
  if (text.empty() || text.size() > kMaxPageToken || text.size() % 4 != 0) return {};
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return {};
  // DecodeBlock counts the padding as bytes.
  size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  bytes.resize(static_cast<size_t>(size) - padding);
  return Encode(bytes) == text ? bytes : std::string();
}

std::string Mac(const SealingKey& key, std::string_view list, std::string_view data) {
  std::string message(list);
  message += '\0';
  message += data;
  const Sha256Digest digest = HmacSha256(key.Derive("page token")).Sign(message);
  return {reinterpret_cast<const char*>(digest.data()), kMacBytes};
}

std::string RestHash(std::string_view rest) { return Sha256Hex(rest).substr(0, kHashBytes); }

}  // namespace

std::string MakePageToken(const SealingKey& key, std::string_view list,
                          const PagePosition& position) {
  const std::string name = position.name.substr(0, kMaxPosition - kHashBytes);
  const bool whole = name.size() + position.rest.size() <= kMaxPosition;
  std::string data(1, whole ? 'w' : 'h');
  data += static_cast<char>(name.size() >> 8);
  data += static_cast<char>(name.size() & 0xff);
  data += name;
  if (whole) {
    data += position.rest;
  } else {
    data += RestHash(position.rest);
    data += position.rest.substr(0, kMaxPosition - kHashBytes - name.size());
  }
  return Encode(Mac(key, list, data) + data);
}

Result<PagePosition> ReadPageToken(const SealingKey& key, std::string_view list,
                                   std::string_view token) {
  const Status refused = InvalidArgument("nextToken is not one that this list gave out");
  const std::string bytes = Decode(token);
  if (bytes.size() < kMacBytes + 3) return refused;
  const std::string_view mac = std::string_view(bytes).substr(0, kMacBytes);
  std::string_view data = std::string_view(bytes).substr(kMacBytes);
  if (!ConstantTimeEqual(mac, Mac(key, list, data))) return refused;
  const bool whole = data[0] == 'w';
  const size_t size = static_cast<size_t>(static_cast<unsigned char>(data[1])) << 8 |
                      static_cast<unsigned char>(data[2]);
  data.remove_prefix(3);
  PagePosition position;
  position.name = std::string(data.substr(0, size));
  data.remove_prefix(position.name.size());
  if (!whole) {
    position.rest_hash = std::string(data.substr(0, kHashBytes));
    data.remove_prefix(position.rest_hash.size());
  }
  position.rest = std::string(data);
  return position;
}

bool IsPagePosition(const PagePosition& position, std::string_view name, std::string_view rest) {
  if (name != position.name) return false;
  if (position.rest_hash.empty()) return rest == position.rest;
  return rest.starts_with(position.rest) && RestHash(rest) == position.rest_hash;
}

}  // namespace assay
