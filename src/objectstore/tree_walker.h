// TreeWalker: the files below a directory in byte order of their whole paths, in bounded memory.
//
// Per directory it holds only the next batch of names (the smallest ones after the last one given,
// kept under a byte budget while the directory is read), so that a directory of ten million entries
// costs more passes but no more memory. Names that appear or vanish meanwhile are seen or not; no
// path is ever given twice.
//
// Thread rule: one thread at a time.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "objectstore/beneath.h"

namespace assay {

struct TreeEntry {
  // A closed directory is one that may not be read or lies too deep.
  enum class Kind { kFile, kLink, kSpecial, kClosedDirectory };
  std::string path;  // below the base; a closed directory ends with '/'
  Kind kind = Kind::kFile;
  struct stat info = {};  // of the entry itself
};

struct TreeWalkerOptions {
  // Bytes of names held for one directory, and for all directories of the current path together.
  size_t batch_bytes = size_t{8} << 20;
  size_t total_bytes = size_t{24} << 20;
  // Directories of the current path held open; deeper trees reopen them from the root.
  size_t open_directories = 64;
  // Directories deeper than this are not entered.
  size_t max_depth = 2048;
};

class TreeWalker {
 public:
  // Walks the directory `base` below `root_fd` ("" = the root itself), which must stay open.
  // Paths given are relative to it. Starts after `after` ("" = at the start) and shows only paths
  // that start with `prefix`.
  TreeWalker(int root_fd, std::string base, std::string prefix, std::string after,
             TreeWalkerOptions options = {});

  // The next entry; false at the end. Entries that vanish while walking are left out. A directory
  // below the base that cannot be read is an entry (kClosedDirectory); a Status comes when the base
  // itself cannot be read, or a directory stops being readable half-way.
  Result<bool> Next(TreeEntry* entry);

 private:
  struct Level {
    size_t path_size = 0;         // of path_: this directory below the base, "" or "a/b/"
    FileDescriptor directory;     // may be closed to save descriptors
    std::vector<char> arena;      // the names of the batch: "name\0" or "name/\0" for a directory
    std::vector<uint32_t> names;  // offsets into arena, sorted
    size_t position = 0;
    std::string last;       // the batch starts after this name ("" = the start)
    bool complete = false;  // nothing comes after this batch
  };

  Status OpenLevel(Level* level) const;
  Status FillBatch(Level* level) const;
  void KeepSmallest(Level* level, std::string* limit) const;
  // Whether a name of the directory `directory_path` can lead to paths that are asked for.
  bool Wanted(std::string_view directory_path, std::string_view name) const;
  Status Start();
  // The next name of the deepest directory; nullptr when it has no more (or is gone).
  Result<const char*> NextName();
  // Enters the directory `name` ("x/") of the deepest one; false when it cannot be read, with errno
  // saying why.
  bool Descend(const std::string& name);
  void LeaveDeepest();
  void ShrinkParents();
  bool Describe(const std::string& name, TreeEntry* entry);

  const int root_fd_;
  const std::string base_;
  const std::string prefix_;
  const std::string after_;
  const TreeWalkerOptions options_;
  std::vector<Level> levels_;
  std::string path_;  // of the deepest level
  bool started_ = false;
};

}  // namespace assay
