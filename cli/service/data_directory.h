// DataDirectory: the folder a service lives in: assay.toml, the key file, the SQLite database, the
// lock that keeps a second service out, and the address the running one answers at.
//
// Thread rule: one thread, except key(), which is immutable.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/sealed_secret.h"
#include "base/status.h"

namespace assay {

class DataDirectory {
 public:
  // Creates the folder (0700) and its key file (0600) where they are missing. kPermissionDenied
  // when the key file can be read by others: then nothing sealed with it is safe.
  static Result<DataDirectory> CreateOrOpen(const std::string& path);
  // The same, but the key must be there: kNotFound says to run `assay init`.
  static Result<DataDirectory> Open(const std::string& path);

  const std::string& path() const { return path_; }
  // Under which secrets are sealed.
  const SealingKey& key() const { return key_; }
  // The secret of the command line's own requests to the service of this directory.
  std::string LocalClientSecret() const;

  // Held until the process ends, however it ends. kUnavailable: another service runs here.
  Status Lock();
  // Where the running service answers: "http://127.0.0.1:8765"; replaced atomically.
  Status WriteAddress(std::string_view base_url) const;
  void RemoveAddress() const;
  Result<std::string> ReadAddress() const;  // kNotFound: none is running

 private:
  DataDirectory(std::string path, const SealingKey& key) : path_(std::move(path)), key_(key) {}

  std::string path_;
  SealingKey key_;
};

// The access key id of the command line's own requests.
inline constexpr std::string_view kLocalClientAccessKeyId = "ASSAYLOCALCLIENT";

// Writes `text` to `path` (0600) so that a reader sees the old or the new file, never a part.
Status WriteFileAtomically(const std::string& path, std::string_view text);

}  // namespace assay
