// DirectoryStore: an ObjectStore over a directory tree of this machine, or one file of it.
//
// Links are never followed: each is listed with unreadable_reason "symlink"; sockets, pipes and
// devices with "special-file"; a directory that may not be opened is listed as one entry "name/"
// with "access-denied". The path given to Open* may itself be a link: the user named it.
// Keys are the raw bytes of the path below the root, "/" between the components, in byte order of
// the whole key; what a path in a key resolves to never lies outside the root, whatever is renamed
// or replaced meanwhile.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "objectstore/object_store.h"

namespace assay {

class DirectoryStore : public ObjectStore {
 public:
  // Each entry directly under `root` is a bucket: a directory with all files below it, or a single
  // file (one object whose key is the file's name). Links and special files are no buckets.
  static Result<std::unique_ptr<DirectoryStore>> OpenRoot(const std::string& root);

  // One bucket named "": everything below the directory `path`; or, when `path` is a file, that one
  // file with its name as the key.
  static Result<std::unique_ptr<DirectoryStore>> OpenPath(const std::string& path);

  // Buckets have no region; created_ms is the time of the last change of the directory entry.
  // With OpenPath: the one bucket "".
  Result<std::vector<BucketInfo>> ListBuckets() override = 0;
};

}  // namespace assay
