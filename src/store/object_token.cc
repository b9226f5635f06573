// Where a list stands, as text that a caller hands back (object_select.h).
#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>

#include "base/hmac.h"
#include "store/object_select.h"

namespace assay {
namespace {

constexpr size_t kSealBytes = 8;

void PutString(std::string* out, std::string_view text) {
  *out += fmt::format("{}:", text.size());
  *out += text;
}

void PutNumber(std::string* out, int64_t number) { *out += fmt::format("{};", number); }

// Reads what PutString and PutNumber wrote.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool Number(char end, int64_t* number) {
    const size_t stop = text_.find(end);
    if (stop == std::string_view::npos || stop == 0 || stop > 20) return false;
    const std::string digits(text_.substr(0, stop));
    char* last = nullptr;
    errno = 0;
    *number = std::strtoll(digits.c_str(), &last, 10);
    text_.remove_prefix(stop + 1);
    return errno == 0 && *last == '\0';
  }
  bool String(std::string* out) {
    int64_t size = 0;
    if (!Number(':', &size) || size < 0 || static_cast<uint64_t>(size) > text_.size()) return false;
    *out = text_.substr(0, static_cast<size_t>(size));
    text_.remove_prefix(static_cast<size_t>(size));
    return true;
  }
  bool AtEnd() const { return text_.empty(); }

 private:
  std::string_view text_;
};

void PutOptional(std::string* out, bool present, int64_t value) {
  PutString(out, present ? fmt::format("{}", value) : "");
}

// Eight bytes, as hex, that tie a position to its query.
std::string Seal(const ObjectFilter& filter, ObjectOrder order, std::string_view position) {
  std::string message;
  for (const std::string* text :
       {&filter.account_id, &filter.bucket, &filter.prefix, &filter.outcome, &filter.reason,
        &filter.pii_type, &filter.pii_impact, &filter.theme, &filter.key, &filter.first_prefix,
        &filter.etag, &filter.server_encryption, &filter.sse_kms_key_id, &filter.record.text}) {
    PutString(&message, *text);
  }
  PutOptional(&message, filter.min_risk.has_value(), filter.min_risk.value_or(0));
  PutOptional(&message, filter.max_risk.has_value(), filter.max_risk.value_or(0));
  for (const std::optional<int64_t>* number :
       {&filter.since_ms, &filter.until_ms, &filter.min_size, &filter.max_size,
        &filter.modified_since_ms, &filter.modified_until_ms}) {
    PutOptional(&message, number->has_value(), number->value_or(0));
  }
  PutNumber(&message, filter.world_readable ? 1 : 0);
  PutNumber(&message, static_cast<int64_t>(order));
  PutString(&message, position);
  return DigestHex(HmacSha256("assay list token 1").Sign(message), kSealBytes);
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::optional<std::string> FromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexValue(hex[i]);
    const int low = HexValue(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

}  // namespace

std::string EncodeListToken(const ObjectFilter& filter, ObjectOrder order,
                            const ListPosition& position) {
  std::string text;
  if (order == ObjectOrder::kKey) {
    PutString(&text, position.account_id);
    PutString(&text, position.bucket);
    PutString(&text, position.key);
  } else {
    PutNumber(&text, position.risk);
    PutNumber(&text, position.time_ms);
    PutNumber(&text, position.object_id);
  }
  std::string token = Seal(filter, order, text);
  for (const char c : text) token += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return token;
}

Result<ListPosition> DecodeListToken(const ObjectFilter& filter, ObjectOrder order,
                                     const std::string& token) {
  const Status bad = InvalidArgument("the token is not one of this list: start it anew");
  if (token.size() < 2 * kSealBytes) return bad;
  const std::optional<std::string> text = FromHex(std::string_view(token).substr(2 * kSealBytes));
  if (!text || Seal(filter, order, *text) != token.substr(0, 2 * kSealBytes)) return bad;
  Reader reader(*text);
  ListPosition position;
  const bool read = order == ObjectOrder::kKey
                        ? reader.String(&position.account_id) && reader.String(&position.bucket) &&
                              reader.String(&position.key)
                        : reader.Number(';', &position.risk) &&
                              reader.Number(';', &position.time_ms) &&
                              reader.Number(';', &position.object_id);
  if (!read || !reader.AtEnd()) return bad;
  return position;
}

}  // namespace assay
