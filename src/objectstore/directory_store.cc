#include "objectstore/directory_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <list>
#include <mutex>
#include <utility>

#include "base/utf8.h"
#include "objectstore/beneath.h"
#include "objectstore/tree_walker.h"

namespace assay {
namespace {

// Listings that can go on where they stopped without reading directories again.
constexpr size_t kRememberedWalks = 16;

int64_t Milliseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1000000;
}

// Changes whenever the content was changed by ordinary means: inode, size and time of the last
// change. Put together by hand, as this is done several times for every file.
std::string EtagOf(const struct stat& info) {
  std::array<char, 80> text{};
  char* const end = text.data() + text.size();
  char* at = std::to_chars(text.data(), end, info.st_ino, 16).ptr;
  *at++ = '-';
  at = std::to_chars(at, end, static_cast<uint64_t>(info.st_size), 16).ptr;
  *at++ = '-';
  at = std::to_chars(at, end, static_cast<uint64_t>(info.st_mtim.tv_sec), 16).ptr;
  *at++ = '.';
  // Nine digits, with leading zeros.
  const auto nanoseconds = static_cast<uint64_t>(info.st_mtim.tv_nsec);
  at = std::to_chars(at, end, 1'000'000'000 + nanoseconds).ptr;
  std::copy(at - 9, at, at - 10);
  return {text.data(), at - 1};
}

// Whether EtagOf both is the same.
bool SameVersion(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

void Describe(const struct stat& info, ObjectInfo* object) {
  object->size = static_cast<uint64_t>(info.st_size);
  object->etag = EtagOf(info);
  object->last_modified_ms = Milliseconds(info.st_mtim);
  object->added_ms = Milliseconds(info.st_ctim);
  object->owner_id = std::to_string(info.st_uid);
}

// Notes the reason in *object and hands the status on.
Status Fail(ObjectInfo* object, Status status) {
  object->unreadable_reason = ReasonForStatus(status);
  return status;
}

Status Fail(ObjectInfo* object, std::string_view reason, Status status) {
  object->unreadable_reason = reason;
  return status;
}

bool IsPlainName(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

// A listing that stopped after `continuation`.
struct Walk {
  std::string bucket;
  std::string prefix;
  std::string continuation;
  std::unique_ptr<TreeWalker> walker;
};

class DirectoryStoreImpl : public DirectoryStore {
 public:
  // `single_file`: name below `root` of the only file of the store, "" when there are many.
  // `single_key`: the key it is known by.
  DirectoryStoreImpl(FileDescriptor root, bool as_buckets, std::string single_file,
                     std::string single_key)
      : root_(std::move(root)),
        as_buckets_(as_buckets),
        single_file_(std::move(single_file)),
        single_key_(std::move(single_key)) {}

  Result<std::vector<BucketInfo>> ListBuckets() override;
  Result<ListPage> List(const std::string& bucket, const std::string& prefix,
                        const std::string& continuation, uint32_t max_keys) override;
  std::string ContinuationAfter(const std::string& /*bucket*/, const std::string& key) override {
    return PercentEncodeInvalid(key);
  }
  Result<ObjectInfo> Head(const std::string& bucket, const std::string& key) override;
  Result<uint64_t> Read(ObjectInfo* object, uint64_t offset, char* out, uint64_t length) override;

 private:
  Status CheckBucket(const std::string& bucket) const;
  // Whether the bucket is a directory, a single file, or (false) neither.
  Result<bool> BucketIsFile(const std::string& bucket) const;
  Result<std::string> PathOf(const std::string& bucket, const std::string& key) const;
  // Opens an object as a regular file and describes it.
  Result<FileDescriptor> OpenFile(ObjectInfo* object, struct stat* info) const;
  Result<ListPage> ListSingleFile(const std::string& bucket, const std::string& key,
                                  const std::string& prefix, const std::string& continuation);
  std::unique_ptr<TreeWalker> TakeWalk(const std::string& bucket, const std::string& prefix,
                                       const std::string& continuation);
  void KeepWalk(Walk walk);

  const FileDescriptor root_;
  const bool as_buckets_;
  const std::string single_file_;
  const std::string single_key_;
  std::mutex mutex_;
  std::list<Walk> walks_;  // guarded by mutex_, the latest first
};

Status DirectoryStoreImpl::CheckBucket(const std::string& bucket) const {
  if (as_buckets_ ? IsPlainName(bucket) : bucket.empty()) return Status::Ok();
  return NotFound("no such bucket");
}

Result<bool> DirectoryStoreImpl::BucketIsFile(const std::string& bucket) const {
  if (!as_buckets_) return !single_file_.empty();
  struct stat info = {};
  if (fstatat(root_.get(), bucket.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return ErrnoStatus(errno, "cannot look at the folder of bucket " + bucket);
  }
  if (S_ISREG(info.st_mode)) return true;
  if (S_ISDIR(info.st_mode)) return false;
  return NotFound("the bucket is neither a directory nor a file");
}

Result<std::string> DirectoryStoreImpl::PathOf(const std::string& bucket,
                                               const std::string& key) const {
  ASSAY_RETURN_IF_ERROR(CheckBucket(bucket));
  if (!as_buckets_) {
    if (single_file_.empty()) return key;
    if (key != single_key_) return NotFound("no such object");
    return single_file_;
  }
  ASSAY_ASSIGN_OR_RETURN(const bool is_file, BucketIsFile(bucket));
  if (!is_file) return bucket + '/' + key;
  if (key != bucket) return NotFound("no such object");
  return bucket;
}

Result<std::vector<BucketInfo>> DirectoryStoreImpl::ListBuckets() {
  std::vector<BucketInfo> buckets;
  if (!as_buckets_) {
    buckets.emplace_back();
    return buckets;
  }
  const int fd = openat(root_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus(errno, "cannot read the root directory");
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(fdopendir(fd), closedir);
  if (directory == nullptr) return ErrnoStatus(errno, "cannot read the root directory");
  while (const dirent* entry = readdir(directory.get())) {
    struct stat info = {};
    if (!IsPlainName(entry->d_name) ||
        fstatat(root_.get(), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        (!S_ISDIR(info.st_mode) && !S_ISREG(info.st_mode))) {
      continue;
    }
    buckets.push_back(
        {.name = entry->d_name, .region = "", .created_ms = Milliseconds(info.st_ctim)});
  }
  std::sort(buckets.begin(), buckets.end(),
            [](const BucketInfo& a, const BucketInfo& b) { return a.name < b.name; });
  return buckets;
}

std::unique_ptr<TreeWalker> DirectoryStoreImpl::TakeWalk(const std::string& bucket,
                                                         const std::string& prefix,
                                                         const std::string& continuation) {
  if (!continuation.empty()) {
    const std::lock_guard lock(mutex_);
    for (auto walk = walks_.begin(); walk != walks_.end(); ++walk) {
      if (walk->bucket == bucket && walk->prefix == prefix && walk->continuation == continuation) {
        std::unique_ptr<TreeWalker> walker = std::move(walk->walker);
        walks_.erase(walk);
        return walker;
      }
    }
  }
  return std::make_unique<TreeWalker>(root_.get(), bucket, prefix, PercentDecode(continuation));
}

void DirectoryStoreImpl::KeepWalk(Walk walk) {
  const std::lock_guard lock(mutex_);
  walks_.push_front(std::move(walk));
  if (walks_.size() > kRememberedWalks) walks_.pop_back();
}

Result<ListPage> DirectoryStoreImpl::ListSingleFile(const std::string& bucket,
                                                    const std::string& key,
                                                    const std::string& prefix,
                                                    const std::string& continuation) {
  ListPage page;
  if (!key.starts_with(prefix) || !continuation.empty()) return page;
  ASSAY_ASSIGN_OR_RETURN(ObjectInfo object, Head(bucket, key));
  page.objects.push_back(std::move(object));
  return page;
}

Result<ListPage> DirectoryStoreImpl::List(const std::string& bucket, const std::string& prefix,
                                          const std::string& continuation, uint32_t max_keys) {
  if (max_keys == 0) return InvalidArgument("a page must have room for one key at least");
  ASSAY_RETURN_IF_ERROR(CheckBucket(bucket));
  ASSAY_ASSIGN_OR_RETURN(const bool is_file, BucketIsFile(bucket));
  if (is_file) {
    return ListSingleFile(bucket, as_buckets_ ? bucket : single_key_, prefix, continuation);
  }
  std::unique_ptr<TreeWalker> walker = TakeWalk(bucket, prefix, continuation);
  ListPage page;
  while (page.objects.size() < max_keys) {
    TreeEntry entry;
    ASSAY_ASSIGN_OR_RETURN(const bool more, walker->Next(&entry));
    if (!more) return page;
    ObjectInfo object;
    object.bucket = bucket;
    object.key = std::move(entry.path);
    if (entry.kind != TreeEntry::Kind::kClosedDirectory) Describe(entry.info, &object);
    if (entry.kind == TreeEntry::Kind::kClosedDirectory)
      object.unreadable_reason = kReasonAccessDenied;
    if (entry.kind == TreeEntry::Kind::kSpecial) object.unreadable_reason = kReasonSpecialFile;
    if (entry.kind == TreeEntry::Kind::kLink) object.unreadable_reason = kReasonSymlink;
    page.objects.push_back(std::move(object));
  }
  page.continuation = PercentEncodeInvalid(page.objects.back().key);
  KeepWalk({bucket, prefix, page.continuation, std::move(walker)});
  return page;
}

Result<FileDescriptor> DirectoryStoreImpl::OpenFile(ObjectInfo* object, struct stat* info) const {
  Result<std::string> path = PathOf(object->bucket, object->key);
  if (!path.ok()) return Fail(object, path.status());
  FileDescriptor file = OpenBeneath(root_.get(), *path, O_RDONLY);
  if (!file.ok()) {
    const int error = errno;
    if (error == ELOOP) {
      return Fail(object, kReasonSymlink, NotFound("a link, which is not followed"));
    }
    if (error == ENXIO) {
      return Fail(object, kReasonSpecialFile, InvalidArgument("a socket or pipe"));
    }
    return Fail(object, ErrnoStatus(error, "cannot open the file"));
  }
  if (fstat(file.get(), info) != 0) return Fail(object, ErrnoStatus(errno, "cannot stat the file"));
  if (!S_ISREG(info->st_mode)) {
    return Fail(object, kReasonSpecialFile, InvalidArgument("not a regular file"));
  }
  return file;
}

Result<ObjectInfo> DirectoryStoreImpl::Head(const std::string& bucket, const std::string& key) {
  ObjectInfo object;
  object.bucket = bucket;
  object.key = key;
  ASSAY_ASSIGN_OR_RETURN(const std::string path, PathOf(bucket, key));
  struct stat info = {};
  const size_t slash = path.rfind('/');
  FileDescriptor parent;
  int parent_fd = root_.get();
  if (slash != std::string::npos) {
    parent = OpenBeneath(root_.get(), path.substr(0, slash), O_PATH | O_DIRECTORY);
    if (!parent.ok()) return ErrnoStatus(errno, "cannot look at the file");
    parent_fd = parent.get();
  }
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (!IsPlainName(name)) return InvalidArgument("no name of a file");
  if (fstatat(parent_fd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return ErrnoStatus(errno, "cannot look at the file");
  }
  if (S_ISDIR(info.st_mode)) return NotFound("a directory");
  Describe(info, &object);
  if (S_ISLNK(info.st_mode)) {
    object.unreadable_reason = kReasonSymlink;
  } else if (!S_ISREG(info.st_mode)) {
    object.unreadable_reason = kReasonSpecialFile;
  }
  return object;
}

Result<uint64_t> DirectoryStoreImpl::Read(ObjectInfo* object, uint64_t offset, char* out,
                                          uint64_t length) {
  struct stat info = {};
  ASSAY_ASSIGN_OR_RETURN(const FileDescriptor file, OpenFile(object, &info));
  if (!object->etag.empty() && EtagOf(info) != object->etag) {
    return Fail(object, Aborted("the file changed since it was listed"));
  }
  uint64_t done = 0;
  while (done < length) {
    const size_t want = static_cast<size_t>(std::min<uint64_t>(length - done, uint64_t{1} << 30));
    const ssize_t got = pread(file.get(), out + done, want, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(object, ErrnoStatus(errno, "cannot read the file"));
    if (got == 0) break;
    done += static_cast<uint64_t>(got);
  }
  struct stat after = {};
  if (fstat(file.get(), &after) != 0 || !SameVersion(after, info)) {
    return Fail(object, Aborted("the file changed while it was read"));
  }
  object->unreadable_reason.clear();
  return done;
}

Result<FileDescriptor> OpenDirectory(const std::string& path, int access) {
  FileDescriptor root(open(path.c_str(), access | O_DIRECTORY | O_CLOEXEC));
  if (!root.ok()) return ErrnoStatus(errno, path);
  return root;
}

}  // namespace

Result<std::unique_ptr<DirectoryStore>> DirectoryStore::OpenRoot(const std::string& root) {
  ASSAY_ASSIGN_OR_RETURN(FileDescriptor directory, OpenDirectory(root, O_RDONLY));
  return std::unique_ptr<DirectoryStore>(
      std::make_unique<DirectoryStoreImpl>(std::move(directory), true, "", ""));
}

Result<std::unique_ptr<DirectoryStore>> DirectoryStore::OpenPath(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return ErrnoStatus(errno, path);
  std::string name;
  std::string key;
  std::string directory_path = path;
  int access = O_RDONLY;
  if (S_ISREG(info.st_mode)) {
    // The file behind a link the user named lies elsewhere; its key is still the name given.
    const std::unique_ptr<char, void (*)(void*)> real(realpath(path.c_str(), nullptr), std::free);
    if (real == nullptr) return ErrnoStatus(errno, path);
    const std::string real_path = real.get();
    const size_t slash = real_path.rfind('/');
    name = real_path.substr(slash + 1);
    directory_path = real_path.substr(0, slash + 1);
    access = O_PATH;  // its directory need not be readable
    key = path.substr(path.rfind('/') + 1);
  } else if (!S_ISDIR(info.st_mode)) {
    return InvalidArgument(path + ": neither a file nor a directory");
  }
  ASSAY_ASSIGN_OR_RETURN(FileDescriptor directory, OpenDirectory(directory_path, access));
  return std::unique_ptr<DirectoryStore>(std::make_unique<DirectoryStoreImpl>(
      std::move(directory), false, std::move(name), std::move(key)));
}

}  // namespace assay
