// Secrets: checksums where a vendor publishes one, else the look of randomness.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "detect/validators_groups.h"

namespace assay {
namespace {

// Shannon entropy in bits a byte.
double Entropy(std::string_view text) {
  std::array<uint32_t, 256> counts{};
  for (char c : text) ++counts[static_cast<uint8_t>(c)];
  double bits = 0;
  for (uint32_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(text.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

bool ContainsAny(std::string_view text, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [text](std::string_view word) {
    return std::search(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) {
             return (IsUpper(a) ? static_cast<char>(a + 32) : a) == b;
           }) != text.end();
  });
}

bool HasPlaceholder(std::string_view text) {
  constexpr std::array<std::string_view, 9> kWords = {
      "example", "placeholder", "xxxx",       "changeme",  "redacted",
      "your_",   "your-",       ":password@", "<password",
  };
  return ContainsAny(text, kWords);
}

bool NotPlaceholder(std::string_view match, const ValidatorContext& /*context*/,
                    SpanChange* /*change*/) {
  return !HasPlaceholder(match) && DistinctBytes(match.substr(match.size() / 2)) >= 6;
}

bool AwsAccessKeyId(std::string_view match, const ValidatorContext& /*context*/,
                    SpanChange* /*change*/) {
  return match.size() == 20 && !HasPlaceholder(match) && DistinctBytes(match.substr(4)) >= 6;
}

// Longest run of lower-case letters: words and paths have long ones, random base64 has not.
size_t LongestLowerRun(std::string_view text) {
  size_t longest = 0;
  size_t run = 0;
  for (char c : text) {
    run = IsLower(c) ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

bool AwsSecretAccessKey(std::string_view match, const ValidatorContext& context,
                        SpanChange* /*change*/) {
  constexpr std::string_view kBefore = "+/-.";
  constexpr std::string_view kAfter = "+/-=";
  if (!context.before.empty() && kBefore.find(context.before.back()) != std::string_view::npos) {
    return false;
  }
  if (!context.after.empty() && kAfter.find(context.after.front()) != std::string_view::npos) {
    return false;
  }
  // A key without a capital, a small letter or a digit has odds below one in 500.
  if (std::none_of(match.begin(), match.end(), IsUpper) ||
      std::none_of(match.begin(), match.end(), IsLower) ||
      std::none_of(match.begin(), match.end(), IsDigit)) {
    return false;
  }
  return std::count(match.begin(), match.end(), '/') < 5 && LongestLowerRun(match) < 10 &&
         Steps(match) < 8 && Entropy(match) >= 4.0 && !HasPlaceholder(match);
}

uint32_t Crc32(std::string_view text) {
  uint32_t crc = 0xffffffffu;
  for (char c : text) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
  }
  return ~crc;
}

bool GithubToken(std::string_view match, const ValidatorContext& /*context*/,
                 SpanChange* /*change*/) {
  constexpr std::string_view kBase62 =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  if (match.size() != 40) return false;
  uint64_t stated = 0;
  for (char c : match.substr(34)) {
    const size_t digit = kBase62.find(c);
    if (digit == std::string_view::npos) return false;
    stated = stated * 62 + digit;
  }
  return stated == Crc32(match.substr(4, 30));
}

bool RandomHex(std::string_view match, const ValidatorContext& context, SpanChange* /*change*/) {
  if (!context.before.empty() && context.before.back() == '-') return false;
  if (!context.after.empty() && context.after.front() == '-') return false;
  return DistinctBytes(match) >= 9 && Steps(match) < 10;
}

bool BackupCodes(std::string_view match, const ValidatorContext& /*context*/,
                 SpanChange* /*change*/) {
  std::vector<std::string_view> codes;
  for (size_t i = 0; i < match.size();) {
    if (!IsDigit(match[i])) {
      ++i;
      continue;
    }
    size_t end = i;
    while (end < match.size() && IsDigit(match[end])) ++end;
    codes.push_back(match.substr(i, end - i));
    i = end;
  }
  const size_t count = codes.size();
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return count >= 4 && codes.size() * 5 >= count * 4;
}

bool JsonWebToken(std::string_view match, const ValidatorContext& /*context*/,
                  SpanChange* /*change*/) {
  const size_t first = match.find('.');
  if (first == std::string_view::npos) return false;
  const size_t second = match.find('.', first + 1);
  if (second == std::string_view::npos) return false;
  const std::string header = DecodeBase64(match.substr(0, first));
  const std::string claims = DecodeBase64(match.substr(first + 1, second - first - 1));
  return header.starts_with('{') && header.ends_with('}') &&
         header.find("\"alg\"") != std::string::npos && claims.starts_with('{') &&
         claims.ends_with('}');
}

bool HttpBasic(std::string_view match, const ValidatorContext& /*context*/,
               SpanChange* /*change*/) {
  const size_t space = match.rfind(' ');
  if (space == std::string_view::npos) return false;
  const std::string pair = DecodeBase64(match.substr(space + 1));
  const size_t colon = pair.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == pair.size()) return false;
  return std::all_of(pair.begin(), pair.end(),
                     [](char c) { return static_cast<uint8_t>(c) >= 0x20 && c != 0x7f; });
}

constexpr std::array kTable = {
    ValidatorEntry{"aws_access_key_id", AwsAccessKeyId, "twenty characters, no placeholder"},
    ValidatorEntry{"aws_secret_access_key", AwsSecretAccessKey,
                   "forty base64 characters with the entropy of a key, no hash, no path"},
    ValidatorEntry{"backup_codes", BackupCodes, "a run of different codes"},
    ValidatorEntry{"github_token", GithubToken,
                   "last six characters are the CRC-32 (GitHub, 2021)"},
    ValidatorEntry{"http_basic", HttpBasic, "decodes to user:password (RFC 7617)"},
    ValidatorEntry{"json_web_token", JsonWebToken,
                   "two JSON objects, the first with alg (RFC 7515)"},
    ValidatorEntry{"not_placeholder", NotPlaceholder,
                   "no word of documentation, not one character"},
    ValidatorEntry{"random_hex", RandomHex, "digits vary as random ones do"},
};

}  // namespace

std::span<const ValidatorEntry> SecretValidators() { return kTable; }

}  // namespace assay
