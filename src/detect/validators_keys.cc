// Key blocks: what follows an armour's header must be the key it announces.
#include <array>

#include "detect/validators_groups.h"

namespace assay {
namespace {

bool IsBase64(char c) { return IsAlnum(c) || c == '+' || c == '/' || c == '='; }

// The decoded base64 at the end of the match: the first line of the block's body. In text quoted as
// JSON or C the line break is the two characters "\n", of which the second is no base64.
std::string Body(std::string_view match) {
  size_t begin = match.size();
  while (begin > 0 && IsBase64(match[begin - 1])) --begin;
  if (begin > 0 && begin < match.size() && match[begin - 1] == '\\') ++begin;
  return DecodeBase64(match.substr(begin));
}

// The offset of the content of the DER SEQUENCE that `der` begins with, or 0.
size_t SequenceContent(std::string_view der) {
  if (der.size() < 8 || der[0] != 0x30) return 0;
  const auto length = static_cast<uint8_t>(der[1]);
  if (length < 0x80) return length >= 0x10 ? 2 : 0;
  if (length == 0x81) return 3;
  return length == 0x82 ? 4 : 0;
}

bool DerBlock(std::string_view match, const ValidatorContext& /*context*/, SpanChange* /*change*/) {
  const std::string der = Body(match);
  const size_t content = SequenceContent(der);
  return content != 0 && (der[content] == 0x30 || der[content] == 0x02 || der[content] == 0x06);
}

bool PrivateKeyBlock(std::string_view match, const ValidatorContext& /*context*/,
                     SpanChange* /*change*/) {
  const std::string der = Body(match);
  const size_t content = SequenceContent(der);
  if (content == 0) return false;
  // A version number of one byte, or the algorithm of an encrypted PKCS #8 key.
  return der[content] == 0x30 || (der[content] == 0x02 && der[content + 1] == 0x01);
}

bool OpensshKeyBlock(std::string_view match, const ValidatorContext& /*context*/,
                     SpanChange* /*change*/) {
  return Body(match).starts_with("openssh-key");
}

bool PgpSecretKeyBlock(std::string_view match, const ValidatorContext& /*context*/,
                       SpanChange* /*change*/) {
  const std::string packet = Body(match);
  if (packet.empty()) return false;
  const auto tag = static_cast<uint8_t>(packet[0]);
  return (tag & 0xfc) == 0x94 || tag == 0xc5;  // secret key packet, old and new form
}

bool Pkcs7Encrypted(std::string_view match, const ValidatorContext& /*context*/,
                    SpanChange* /*change*/) {
  if (match.starts_with("application/")) return true;
  constexpr std::string_view kPkcs7 = "\x2a\x86\x48\x86\xf7\x0d\x01\x07";
  const std::string der = Body(match);
  const size_t at = der.find(kPkcs7);
  if (SequenceContent(der) == 0 || at == std::string::npos || at + 8 >= der.size()) return false;
  return der[at + 8] == 3 || der[at + 8] == 6;  // envelopedData, encryptedData
}

constexpr std::array kTable = {
    ValidatorEntry{"der_block", DerBlock, "body is a DER SEQUENCE (X.690)"},
    ValidatorEntry{"openssh_key_block", OpensshKeyBlock, "body has OpenSSH's magic (PROTOCOL.key)"},
    ValidatorEntry{"pgp_secret_key_block", PgpSecretKeyBlock,
                   "body begins with a secret key packet (RFC 4880 section 4.3)"},
    ValidatorEntry{"pkcs7_encrypted", Pkcs7Encrypted,
                   "content type is enveloped or encrypted data (RFC 2315)"},
    ValidatorEntry{"private_key_block", PrivateKeyBlock,
                   "body is a DER private key (RFC 5208, RFC 5915, RFC 8017)"},
};

}  // namespace

std::span<const ValidatorEntry> KeyValidators() { return kTable; }

}  // namespace assay
