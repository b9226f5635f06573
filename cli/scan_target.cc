#include "cli/scan_target.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "objectstore/directory_store.h"

namespace assay {
namespace {

constexpr std::string_view kS3Scheme = "s3://";

class TargetOpener {
 public:
  explicit TargetOpener(const TargetOptions& options) : options_(options) {}

  Status Open(const std::string& name) {
    if (name == "-") return OpenStandardInput();
    if (name.starts_with(kS3Scheme)) return OpenS3(name);
    if (const size_t scheme = name.find("://"); scheme != std::string::npos) {
      return InvalidArgument("cannot scan '" + name +
                             "': targets are files, directories, - and s3://bucket[/prefix]");
    }
    return OpenPath(name);
  }

  // Plain paths are told apart by a name in front once there are several targets.
  std::vector<ScanTarget> Take() && {
    if (targets_.size() == 1 && targets_[0].bucket.empty()) targets_[0].shown_as.clear();
    return std::move(targets_);
  }

 private:
  Status OpenStandardInput() {
    ASSAY_ASSIGN_OR_RETURN(auto store, OpenStdin(options_.max_object_bytes));
    targets_.push_back({"-", "", std::move(store), "", "", false});
    return Status::Ok();
  }

  Status OpenPath(const std::string& path) {
    Result<std::unique_ptr<DirectoryStore>> store = DirectoryStore::OpenPath(path);
    if (!store.ok()) return store.status().WithContext("cannot scan '" + path + "'");
    std::string shown_as = path.ends_with('/') ? path : path + "/";
    targets_.push_back({path, std::move(shown_as), std::move(*store), "", "", false});
    return Status::Ok();
  }

  Status OpenS3(const std::string& name) {
    if (s3_ == nullptr) {
      ASSAY_ASSIGN_OR_RETURN(auto store, S3Store::Open(options_.s3));
      s3_ = std::move(store);
    }
    const std::string rest = name.substr(kS3Scheme.size());
    const size_t slash = rest.find('/');
    const std::string bucket = rest.substr(0, slash);
    if (!bucket.empty()) {
      const std::string prefix = slash == std::string::npos ? "" : rest.substr(slash + 1);
      targets_.push_back({name, "s3://" + bucket + "/", s3_, bucket, prefix, true});
      return Status::Ok();
    }
    if (!rest.empty()) return InvalidArgument("'" + name + "' names no bucket");
    Result<std::vector<BucketInfo>> buckets = s3_->ListBuckets();
    if (!buckets.ok()) return buckets.status().WithContext("cannot list the buckets");
    std::sort(buckets->begin(), buckets->end(),
              [](const BucketInfo& a, const BucketInfo& b) { return a.name < b.name; });
    for (const BucketInfo& info : *buckets) {
      const std::string label = std::string(kS3Scheme) + info.name;
      targets_.push_back({label, label + "/", s3_, info.name, "", true});
    }
    return Status::Ok();
  }

  const TargetOptions& options_;
  std::shared_ptr<ObjectStore> s3_;
  std::vector<ScanTarget> targets_;
};

}  // namespace

Result<std::vector<ScanTarget>> OpenTargets(const std::vector<std::string>& names,
                                            const TargetOptions& options) {
  TargetOpener opener(options);
  for (const std::string& name : names) ASSAY_RETURN_IF_ERROR(opener.Open(name));
  return std::move(opener).Take();
}

}  // namespace assay
