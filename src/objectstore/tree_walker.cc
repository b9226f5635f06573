#include "objectstore/tree_walker.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace assay {
namespace {

constexpr size_t kReadBytes = size_t{128} << 10;

// Whether the entry is a directory itself (a link to one is not).
bool IsDirectory(int directory_fd, const dirent64& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat info = {};
  return fstatat(directory_fd, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(info.st_mode);
}

bool IsDotOrDotDot(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

TreeEntry::Kind KindOf(mode_t mode) {
  if (S_ISREG(mode)) return TreeEntry::Kind::kFile;
  if (S_ISLNK(mode)) return TreeEntry::Kind::kLink;
  return TreeEntry::Kind::kSpecial;
}

}  // namespace

TreeWalker::TreeWalker(int root_fd, std::string base, std::string prefix, std::string after,
                       TreeWalkerOptions options)
    : root_fd_(root_fd),
      base_(std::move(base)),
      prefix_(std::move(prefix)),
      after_(std::move(after)),
      options_(options) {}

bool TreeWalker::Wanted(std::string_view directory_path, std::string_view name) const {
  std::string path(directory_path);
  path += name;
  const bool directory = name.ends_with('/');
  if (!path.starts_with(prefix_) && !(directory && std::string_view(prefix_).starts_with(path))) {
    return false;
  }
  return path > after_ || (directory && std::string_view(after_).starts_with(path));
}

Status TreeWalker::OpenLevel(Level* level) const {
  if (level->directory.ok()) return Status::Ok();
  std::string path = base_;
  if (level->path_size > 0) {
    if (!path.empty()) path += '/';
    path.append(path_, 0, level->path_size - 1);
  }
  if (path.empty()) {
    level->directory = FileDescriptor(openat(root_fd_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  } else {
    level->directory = OpenBeneath(root_fd_, path, O_RDONLY | O_DIRECTORY);
  }
  if (!level->directory.ok()) return ErrnoStatus(errno, "cannot read the directory");
  return Status::Ok();
}

void TreeWalker::KeepSmallest(Level* level, std::string* limit) const {
  const char* old = level->arena.data();
  const auto less = [old](uint32_t a, uint32_t b) { return std::strcmp(old + a, old + b) < 0; };
  const auto middle = level->names.begin() + static_cast<std::ptrdiff_t>(level->names.size() / 2);
  std::nth_element(level->names.begin(), middle, level->names.end(), less);
  level->names.erase(middle, level->names.end());
  std::vector<char> arena;
  arena.reserve(level->arena.size());
  limit->clear();
  for (uint32_t& name : level->names) {
    const char* text = old + name;
    if (*limit < text) *limit = text;
    name = static_cast<uint32_t>(arena.size());
    arena.insert(arena.end(), text, text + std::strlen(text) + 1);
  }
  level->arena = std::move(arena);
}

Status TreeWalker::FillBatch(Level* level) const {
  level->arena.clear();
  level->names.clear();
  level->position = 0;
  ASSAY_RETURN_IF_ERROR(OpenLevel(level));
  const int fd = level->directory.get();
  if (lseek(fd, 0, SEEK_SET) != 0) return ErrnoStatus(errno, "cannot read the directory");
  const std::string_view directory_path = std::string_view(path_).substr(0, level->path_size);
  const auto buffer = std::make_unique<char[]>(kReadBytes);
  std::string limit;  // names from here on did not fit; "" = all did
  for (;;) {
    const ssize_t got = getdents64(fd, buffer.get(), kReadBytes);
    if (got < 0) return ErrnoStatus(errno, "cannot read the directory");
    if (got == 0) break;
    for (ssize_t at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.get() + at);
      at += entry->d_reclen;
      if (IsDotOrDotDot(entry->d_name)) continue;
      std::string name = entry->d_name;
      if (IsDirectory(fd, *entry)) name += '/';
      if (name <= level->last || (!limit.empty() && name > limit)) continue;
      if (!Wanted(directory_path, name)) continue;
      level->names.push_back(static_cast<uint32_t>(level->arena.size()));
      level->arena.insert(level->arena.end(), name.c_str(), name.c_str() + name.size() + 1);
      if (level->arena.size() > options_.batch_bytes && level->names.size() > 1) {
        KeepSmallest(level, &limit);
      }
    }
  }
  level->complete = limit.empty();
  const char* arena = level->arena.data();
  std::sort(level->names.begin(), level->names.end(),
            [arena](uint32_t a, uint32_t b) { return std::strcmp(arena + a, arena + b) < 0; });
  if (!level->names.empty()) level->last = arena + level->names.back();
  return Status::Ok();
}

Status TreeWalker::Start() {
  started_ = true;
  Level root;
  ASSAY_RETURN_IF_ERROR(FillBatch(&root));
  levels_.push_back(std::move(root));
  return Status::Ok();
}

Result<const char*> TreeWalker::NextName() {
  Level& level = levels_.back();
  while (level.position == level.names.size()) {
    if (level.complete) return nullptr;
    if (Status status = FillBatch(&level); !status.ok()) {
      if (status.code() == StatusCode::kNotFound) return nullptr;
      return status;
    }
  }
  return static_cast<const char*>(level.arena.data() + level.names[level.position++]);
}

void TreeWalker::ShrinkParents() {
  size_t total = 0;
  for (const Level& level : levels_) total += level.arena.capacity();
  for (size_t i = 0; i + 1 < levels_.size() && total > options_.total_bytes; ++i) {
    Level& level = levels_[i];
    if (level.position == 0 || level.names.empty()) continue;
    total -= level.arena.capacity();
    level.last = level.arena.data() + level.names[level.position - 1];
    level.arena = {};
    level.names = {};
    level.position = 0;
    level.complete = false;
  }
}

bool TreeWalker::Descend(const std::string& name) {
  Level& parent = levels_.back();
  if (levels_.size() > options_.max_depth) {
    errno = EACCES;
    return false;
  }
  Level child;
  if (OpenLevel(&parent).ok()) {
    child.directory = OpenBeneath(parent.directory.get(), name.substr(0, name.size() - 1),
                                  O_RDONLY | O_DIRECTORY);
  }
  if (!child.directory.ok()) return false;
  path_ += name;
  child.path_size = path_.size();
  if (!FillBatch(&child).ok()) {
    const int saved_errno = errno;
    path_.resize(path_.size() - name.size());
    errno = saved_errno;
    return false;
  }
  levels_.push_back(std::move(child));
  if (levels_.size() > options_.open_directories) {
    levels_[levels_.size() - 1 - options_.open_directories].directory = FileDescriptor();
  }
  ShrinkParents();
  return true;
}

void TreeWalker::LeaveDeepest() {
  levels_.pop_back();
  path_.resize(levels_.empty() ? 0 : levels_.back().path_size);
}

bool TreeWalker::Describe(const std::string& name, TreeEntry* entry) {
  Level& level = levels_.back();
  if (!OpenLevel(&level).ok()) return false;
  if (fstatat(level.directory.get(), name.c_str(), &entry->info, AT_SYMLINK_NOFOLLOW) != 0) {
    return false;
  }
  // A directory that took the place of a file after the names were read.
  if (S_ISDIR(entry->info.st_mode)) return false;
  entry->kind = KindOf(entry->info.st_mode);
  entry->path = path_ + name;
  return true;
}

Result<bool> TreeWalker::Next(TreeEntry* entry) {
  if (!started_) ASSAY_RETURN_IF_ERROR(Start());
  while (!levels_.empty()) {
    ASSAY_ASSIGN_OR_RETURN(const char* next, NextName());
    if (next == nullptr) {
      LeaveDeepest();
      continue;
    }
    const std::string name = next;
    if (!name.ends_with('/')) {
      if (Describe(name, entry)) return true;
      continue;
    }
    if (Descend(name)) continue;
    const std::string path = path_ + name;
    const bool refused = errno == EACCES || errno == EPERM || errno == EMFILE || errno == EIO;
    if (!refused || path <= after_ || !path.starts_with(prefix_)) continue;
    *entry = {.path = path, .kind = TreeEntry::Kind::kClosedDirectory, .info = {}};
    return true;
  }
  return false;
}

}  // namespace assay
