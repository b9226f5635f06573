#include "inventory/bucket_listing.h"

#include <algorithm>
#include <set>
#include <thread>
#include <utility>

namespace assay {
namespace {

constexpr uint32_t kPage = 1000;
// Levels with one prefix and nothing else are gone through down to here.
constexpr int kMaxDescent = 16;
// Ranges for each listing at work, so that uneven ones even out.
constexpr size_t kRangesPerListing = 8;
constexpr size_t kMaxSplits = 128;

std::string_view CommonStart(std::string_view a, std::string_view b) {
  return a.substr(0, static_cast<size_t>(
                         std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin()));
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Names of which every one is as good a place to cut as any other: takes some, evenly.
std::vector<std::string> SomeOf(const std::vector<std::string>& names, size_t count) {
  if (names.size() <= count) return names;
  std::vector<std::string> some;
  for (size_t i = 1; i <= count; ++i) some.push_back(names[i * names.size() / (count + 1)]);
  return some;
}

// Cuts for the keys behind the ones of a page: where their first differing byte would be another,
// and where a digit before it would be a higher one ("log-0001" ... leads to "log-1", "log-01").
std::vector<std::string> GuessSplits(const std::vector<std::string>& names) {
  const std::string_view first = names.front();
  const std::string_view start = CommonStart(first, names.back());
  std::set<std::string> splits;
  for (size_t i = 0; i < start.size() && splits.size() < kMaxSplits / 2; ++i) {
    if (!IsDigit(start[i])) continue;
    for (char c = static_cast<char>(start[i] + 1); c <= '9'; ++c) {
      splits.insert(std::string(start.substr(0, i)) + c);
    }
  }
  for (const char c :
       std::string_view("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")) {
    splits.insert(std::string(start) + c);
  }
  return {splits.begin(), splits.end()};
}

}  // namespace

BucketListing::BucketListing(std::string bucket, BucketListingOptions options)
    : bucket_(std::move(bucket)), options_(std::move(options)) {}

void BucketListing::SetRanges(std::vector<std::string> splits) {
  std::sort(splits.begin(), splits.end());
  splits.erase(std::unique(splits.begin(), splits.end()), splits.end());
  ranges_.clear();
  std::string after;
  for (std::string& split : splits) {
    if (split.empty()) continue;
    ranges_.push_back(std::make_unique<Range>());
    ranges_.back()->after = after;
    ranges_.back()->last = split;
    after = std::move(split);
  }
  ranges_.push_back(std::make_unique<Range>());
  ranges_.back()->after = after;
  planned_ = true;
}

Status BucketListing::Plan(ObjectStore* store) {
  if (options_.parallel <= 1 || store->ContinuationAfter(bucket_, "a").empty()) {
    SetRanges({});
    return Status::Ok();
  }
  std::string prefix;
  for (int depth = 0;; ++depth) {
    Result<LevelPage> level = store->ListLevel(bucket_, prefix, "", kPage);
    if (level.status().code() == StatusCode::kUnimplemented) {
      SetRanges({});
      return Status::Ok();
    }
    if (!level.ok()) return level.status();
    const std::vector<std::string>& names = level->names;
    const bool only_one = names.size() == 1 && !level->more && names[0].ends_with('/');
    if (only_one && names[0].size() > prefix.size() && depth < kMaxDescent) {
      prefix = names[0];
      continue;
    }
    const auto is_prefix = [](const std::string& name) { return name.ends_with('/'); };
    const bool has_prefixes = std::any_of(names.begin(), names.end(), is_prefix);
    std::vector<std::string> splits;
    // Fewer keys than a page are not worth cutting.
    if (has_prefixes) splits = SomeOf(names, options_.parallel * kRangesPerListing);
    if (level->more && !names.empty()) {
      const std::vector<std::string> guessed = GuessSplits(names);
      splits.insert(splits.end(), guessed.begin(), guessed.end());
    }
    if (splits.size() > kMaxSplits) splits.resize(kMaxSplits);
    SetRanges(std::move(splits));
    return Status::Ok();
  }
}

Status BucketListing::TakePage(const ListPage& page, Range* range) {
  uint64_t objects = 0;
  for (const ObjectInfo& object : page.objects) {
    if (!range->last.empty() && object.key > range->last) {
      range->done = true;
      break;
    }
    if (!object.unreadable_reason.empty()) continue;
    const std::string& encryption =
        object.server_encryption.empty() ? options_.encryption : object.server_encryption;
    ASSAY_RETURN_IF_ERROR(range->contents.Add(object.size, object.storage_class, encryption,
                                              object.last_modified_ms));
    ++objects;
  }
  range->continuation = page.continuation;
  if (page.continuation.empty()) range->done = true;
  listed_.fetch_add(objects, std::memory_order_relaxed);
  return Status::Ok();
}

Status BucketListing::ListRange(ObjectStore* store, Range* range) {
  if (!range->started) {
    if (!range->after.empty()) {
      range->continuation = store->ContinuationAfter(bucket_, range->after);
    }
    range->started = true;
  }
  while (!range->done) {
    if (failed_) return Status::Ok();
    if (IsCancelled()) return Cancelled("the listing was cancelled");
    ASSAY_ASSIGN_OR_RETURN(const ListPage page,
                           store->List(bucket_, "", range->continuation, kPage));
    ASSAY_RETURN_IF_ERROR(TakePage(page, range));
  }
  return Status::Ok();
}

void BucketListing::Work(ObjectStore* store) {
  for (;;) {
    const size_t index = next_range_.fetch_add(1);
    if (index >= ranges_.size() || failed_) return;
    const Status status = ListRange(store, ranges_[index].get());
    if (status.ok()) continue;
    const std::lock_guard lock(mutex_);
    if (first_error_.ok()) first_error_ = status;
    failed_ = true;
    return;
  }
}

Status BucketListing::Run(ObjectStore* store) {
  if (!planned_) ASSAY_RETURN_IF_ERROR(Plan(store));
  next_range_ = 0;
  failed_ = false;
  first_error_ = Status::Ok();
  std::vector<std::thread> workers;
  const size_t count = std::min<size_t>(options_.parallel, ranges_.size());
  for (size_t i = 1; i < count; ++i) workers.emplace_back([this, store] { Work(store); });
  Work(store);
  for (std::thread& worker : workers) worker.join();
  return first_error_;
}

Result<BucketContents> BucketListing::Contents() const {
  BucketContents sum;
  for (const std::unique_ptr<Range>& range : ranges_) {
    ASSAY_RETURN_IF_ERROR(sum.Add(range->contents));
  }
  return sum;
}

}  // namespace assay
