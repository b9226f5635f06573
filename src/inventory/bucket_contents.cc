#include "inventory/bucket_contents.h"

#include <algorithm>

namespace assay {
namespace {

// Names come from the store: a store that makes up a new one for each object must not cost memory.
constexpr size_t kMaxNames = 64;
constexpr size_t kMaxNameBytes = 64;
constexpr std::string_view kOther = "other";

std::vector<SizeByName> Values(const std::map<std::string, SizeByName, std::less<>>& sizes) {
  std::vector<SizeByName> values;
  values.reserve(sizes.size());
  for (const auto& [name, size] : sizes) values.push_back(size);
  return values;
}

}  // namespace

void BucketContents::AddTo(Sizes* sizes, std::string_view name, uint64_t objects, uint64_t bytes) {
  auto found = sizes->find(name);
  if (found == sizes->end()) {
    const bool full = sizes->size() >= kMaxNames || name.size() > kMaxNameBytes;
    const std::string kept(full ? kOther : name);
    found = sizes->try_emplace(kept).first;
    found->second.name = kept;
  }
  // Not larger than the totals, which were checked.
  found->second.objects += objects;
  found->second.bytes += bytes;
}

Status BucketContents::Add(uint64_t size, std::string_view storage_class,
                           std::string_view encryption, int64_t last_modified_ms) {
  if (storage_class.empty()) storage_class = "STANDARD";
  ASSAY_RETURN_IF_ERROR(totals_.Add(size, storage_class));
  AddTo(&by_storage_class_, storage_class, 1, size);
  AddTo(&by_encryption_, encryption, 1, size);
  if (last_modified_ms != 0) {
    oldest_ms_ = oldest_ms_ == 0 ? last_modified_ms : std::min(oldest_ms_, last_modified_ms);
    newest_ms_ = std::max(newest_ms_, last_modified_ms);
  }
  return Status::Ok();
}

Status BucketContents::Add(const BucketContents& other) {
  ASSAY_RETURN_IF_ERROR(totals_.Add(other.totals_));
  for (const auto& [name, size] : other.by_storage_class_) {
    AddTo(&by_storage_class_, name, size.objects, size.bytes);
  }
  for (const auto& [name, size] : other.by_encryption_) {
    AddTo(&by_encryption_, name, size.objects, size.bytes);
  }
  if (other.oldest_ms_ != 0) {
    oldest_ms_ = oldest_ms_ == 0 ? other.oldest_ms_ : std::min(oldest_ms_, other.oldest_ms_);
  }
  newest_ms_ = std::max(newest_ms_, other.newest_ms_);
  return Status::Ok();
}

void BucketContents::FillRow(SnapshotRow* row) const {
  row->object_count = totals_.objects;
  row->total_size = totals_.total_size;
  row->total_processed = totals_.total_processed;
  row->by_storage_class = Values(by_storage_class_);
  row->by_encryption = Values(by_encryption_);
  row->oldest_modified_ms = oldest_ms_;
  row->newest_modified_ms = newest_ms_;
}

}  // namespace assay
