// Secrets at rest: sealed with AES-256-GCM under the key file of the installation.
//
// A sealed secret is bytes: version 1, a random nonce of 12 bytes, the encrypted secret, and the
// tag of 16 bytes. The name of the secret is authenticated with it, so that one sealed secret put
// in the place of another does not open.
//
// Thread rule: values and free functions; a SealingKey may be read by several threads at once.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace assay {

inline constexpr size_t kSealingKeyBytes = 32;

// The key file's bytes; wiped from memory when the last copy goes.
class SealingKey {
 public:
  // kInvalidArgument unless there are exactly 32 bytes.
  static Result<SealingKey> FromBytes(std::string_view bytes);
  // kNotFound: no such file. kPermissionDenied: others than its owner may read or write it.
  // kInvalidArgument: not a file of 32 bytes.
  static Result<SealingKey> ReadFile(const std::string& path);
  // Makes a new key and writes it to a new file of mode 0600. kInvalidArgument: `path` exists.
  static Result<SealingKey> CreateFile(const std::string& path);

  SealingKey(const SealingKey&) = default;
  SealingKey& operator=(const SealingKey&) = default;
  ~SealingKey();

  std::string_view bytes() const { return bytes_; }
  // Lower-case hex of HMAC-SHA-256 of `purpose` under the key: a secret of its own for each
  // purpose ("assay local client").
  std::string Derive(std::string_view purpose) const;

 private:
  explicit SealingKey(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string bytes_;
};

// `name` says which secret it is ("api-credential/ASSAY0123").
std::string SealSecret(const SealingKey& key, std::string_view name, std::string_view secret);
// kDataLoss: another key, another name, or bytes that were changed.
Result<std::string> OpenSecret(const SealingKey& key, std::string_view name,
                               std::string_view sealed);

// The name under which the secret of an API credential is sealed.
std::string ApiCredentialSecretName(std::string_view access_key_id);

}  // namespace assay
