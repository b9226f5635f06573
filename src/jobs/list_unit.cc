#include "jobs/list_unit.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "inventory/estimate.h"
#include "jobs/page_listing.h"
#include "jobs/version_check.h"
#include "store/account_rows.h"
#include "store/object_rows.h"

namespace assay {
namespace {

// What is retried on its own gets this long before a walk looks after it.
constexpr int64_t kRetrySlackMs = 600'000;
// Rows removed at once. When there are more, the page is listed and compared again.
constexpr size_t kMaxGone = 20'000;
constexpr uint32_t kMarksAtOnce = 2000;
// Longer than any key, so that nothing that starts with the prefix sorts behind it.
constexpr size_t kBeyondAnyKey = 4200;

constexpr char kInstructionSuffix[] = ".instruction";

class UnitLister {
 public:
  UnitLister(Database* database, const ListRequest& request)
      : database_(database), request_(request), unit_(std::make_shared<WorkUnit>()) {}

  Result<std::shared_ptr<WorkUnit>> Run(Status* database_error) {
    ListPage page;
    const bool listed_before = TakeListing(&page);
    if (!listed_before) {
      ASSAY_ASSIGN_OR_RETURN(page, List());
    }
    ASSAY_RETURN_IF_ERROR(Look(page, database_error));
    if (listed_before && Contradicts(page)) {
      ASSAY_ASSIGN_OR_RETURN(page, List());
      ASSAY_RETURN_IF_ERROR(Look(page, database_error));
    }
    if (!gone_.empty()) ASSAY_RETURN_IF_ERROR(ConfirmGone());
    unit_->gone_left = unit_->gone_left && !unit_->gone.empty();
    if (!unit_->gone_left) Select(std::move(page.objects));
    return std::move(unit_);
  }

 private:
  // Whether the page is known from a listing that is not old.
  bool TakeListing(ListPage* page) const {
    if (request_.listing.empty() || !request_.bounds) return false;
    Result<PageListing> listing = DecodePageListing(request_.listing);
    if (!listing.ok() || !IsFresh(*listing, request_.now_ms)) return false;
    page->objects = std::move(listing->objects);
    page->continuation = request_.bounds->next_page;
    return true;
  }
  // An object of which another version is recorded than was listed then: either may be the newer.
  bool Contradicts(const ListPage& page) const {
    return std::any_of(page.objects.begin(), page.objects.end(), [&](const ObjectInfo& object) {
      const auto mark = marks_.find(object.key);
      return mark != marks_.end() && !IsSameVersion(mark->second, object);
    });
  }

  // What the page is, and what is recorded of it.
  Status Look(const ListPage& page, Status* database_error) {
    if (!page.continuation.empty() && page.continuation == request_.page) {
      return Internal("the store's listing does not move on");
    }
    Describe(page);
    *database_error = database_->Read([&](Transaction& tx) { return LoadRows(tx, page); });
    return *database_error;
  }

  Result<ListPage> List() const {
    if (!request_.bounds) return ListAt(request_.page, kPageKeys);
    const ListRequest::Bounds& bounds = *request_.bounds;
    const uint32_t keys = bounds.by_key ? std::clamp(bounds.keys, 1U, kPageKeys) : kPageKeys;
    ASSAY_ASSIGN_OR_RETURN(ListPage page, ListAt(request_.page, keys));
    const bool last = bounds.next_page.empty();
    // What was added since may have pushed the end of the page to the next answer.
    while (!page.continuation.empty() && (last || bounds.by_key)) {
      if (!last && !page.objects.empty() && page.objects.back().key >= bounds.last_key) break;
      ASSAY_ASSIGN_OR_RETURN(ListPage more, ListAt(page.continuation, kPageKeys));
      if (more.continuation == page.continuation) {
        return Internal("the store's listing does not move on");
      }
      page.continuation = std::move(more.continuation);
      std::move(more.objects.begin(), more.objects.end(), std::back_inserter(page.objects));
    }
    if (!last && bounds.by_key) {
      while (!page.objects.empty() && page.objects.back().key > bounds.last_key) {
        page.objects.pop_back();
      }
    }
    page.continuation = bounds.next_page;
    return page;
  }
  Result<ListPage> ListAt(const std::string& continuation, uint32_t keys) const {
    return request_.store->List(request_.resource.bucket, request_.resource.prefix, continuation,
                                keys);
  }

  void Describe(const ListPage& page) {
    unit_->account_id = request_.resource.account_id;
    unit_->remote = request_.remote;
    unit_->stores = {request_.store};
    unit_->walk_id = request_.walk_id;
    unit_->resource = request_.resource;
    unit_->page = request_.page;
    unit_->next_page = page.continuation;
    unit_->last_key = page.objects.empty() ? request_.after_key : page.objects.back().key;
    if (request_.bounds && request_.bounds->by_key && !page.continuation.empty()) {
      unit_->last_key = request_.bounds->last_key;
    }
    unit_->in_key_order = !request_.bounds || request_.bounds->by_key;
    unit_->listed_objects = page.objects.size();
    for (const ObjectInfo& object : page.objects) unit_->listed_bytes += object.size;
  }

  // The first and last key whose rows this page of a comparison decides about.
  std::pair<std::string, std::string> KeyRange(const ListPage& page) const {
    const std::string& prefix = request_.resource.prefix;
    std::string first = request_.after_key.empty() ? prefix : request_.after_key + '\0';
    if (!page.continuation.empty()) return {std::move(first), unit_->last_key};
    return {std::move(first), prefix + std::string(kBeyondAnyKey, '\xff')};
  }

  Status LoadRows(Transaction& tx, const ListPage& page) {
    marks_.clear();
    gone_.clear();
    unit_->gone_left = false;
    ASSAY_ASSIGN_OR_RETURN(const std::optional<AccountRow> account,
                           GetAccount(tx, unit_->account_id));
    if (account) available_ = account->quota_bytes - account->charged_bytes;
    if (request_.kind == WalkKind::kOneTime) return LoadListed(tx, page);
    return Compare(tx, page);
  }

  Status LoadListed(Transaction& tx, const ListPage& page) {
    std::vector<std::string> keys;
    keys.reserve(page.objects.size());
    for (const ObjectInfo& object : page.objects) keys.push_back(object.key);
    std::sort(keys.begin(), keys.end());  // not every store lists in byte order
    ASSAY_ASSIGN_OR_RETURN(std::vector<ObjectMark> marks,
                           GetObjectMarks(tx, unit_->account_id, request_.resource.bucket, keys));
    for (ObjectMark& mark : marks) {
      std::string key = mark.key;
      marks_.emplace(std::move(key), std::move(mark));
    }
    return Status::Ok();
  }

  // Also finds rows without an object. Reads a bounded number of rows at a time: between two keys
  // that are listed there may have been millions.
  Status Compare(Transaction& tx, const ListPage& page) {
    auto [from, last] = KeyRange(page);
    auto listed = page.objects.begin();
    while (!last.empty()) {
      ASSAY_ASSIGN_OR_RETURN(std::vector<ObjectMark> marks,
                             ListObjectMarks(tx, unit_->account_id, request_.resource.bucket, from,
                                             last, kMarksAtOnce));
      const bool all = marks.size() < kMarksAtOnce;
      if (!all) from = marks.back().key + '\0';
      for (ObjectMark& mark : marks) {
        while (listed != page.objects.end() && listed->key < mark.key) ++listed;
        if (listed != page.objects.end() && listed->key == mark.key) {
          std::string key = mark.key;
          marks_.emplace(std::move(key), std::move(mark));
        } else if (mark.key.starts_with(request_.resource.prefix)) {
          gone_.push_back({std::move(mark.key), std::move(mark.etag)});
        }
      }
      if (all) break;
      unit_->gone_left = gone_.size() >= kMaxGone;
      if (unit_->gone_left) break;
    }
    return Status::Ok();
  }

  // Keeps of gone_ what a second listing does not show either.
  Status ConfirmGone() {
    ASSAY_ASSIGN_OR_RETURN(const ListPage again, List());
    std::set<std::string_view> listed;
    for (const ObjectInfo& object : again.objects) listed.insert(object.key);
    const bool to_the_end = again.continuation.empty();
    for (GoneObject& gone : gone_) {
      if (listed.contains(gone.key)) continue;
      if (!to_the_end && (again.objects.empty() || gone.key > again.objects.back().key)) continue;
      unit_->gone.push_back(std::move(gone));
    }
    return Status::Ok();
  }

  void Select(std::vector<ObjectInfo> objects) {
    const ResourceRow& resource = request_.resource;
    NewObjects counts;
    counts.always = request_.kind == WalkKind::kOneTime || resource.one_time_full;
    counts.since_ms = resource.continuous_full ? resource.associated_at_ms : 0;
    std::set<std::string> keys;
    for (const ObjectInfo& object : objects) {
      if (object.key.ends_with(kInstructionSuffix)) keys.insert(object.key);
    }
    const uint64_t available = available_ > static_cast<int64_t>(request_.reserved_bytes)
                                   ? available_ - request_.reserved_bytes
                                   : 0;
    unit_->objects.reserve(objects.size());  // they are large to move
    for (ObjectInfo& object : objects) {
      std::optional<ObjectMark> mark;
      if (const auto found = marks_.find(object.key); found != marks_.end()) mark = found->second;
      if (!NeedsClassifying(object, mark, counts, request_.now_ms, kRetrySlackMs)) continue;
      const bool charged = mark && mark->charged_bytes > 0 && IsSameVersion(*mark, object);
      const uint64_t cost = charged ? 0 : ProcessedBytes(object.size, object.storage_class);
      if (unit_->reserved_bytes + cost > available) {
        unit_->cut_before = cost;
        break;
      }
      unit_->reserved_bytes += cost;
      UnitObject item;
      const std::string companion = object.key + kInstructionSuffix;
      const bool on_later_page = !unit_->next_page.empty() && companion > unit_->last_key;
      item.work.may_have_companion = on_later_page || keys.contains(companion);
      item.work.object = std::move(object);
      item.work.store = request_.store.get();
      item.work.remote = request_.remote;
      item.mark = std::move(mark);
      unit_->objects.push_back(std::move(item));
    }
  }

  Database* const database_;
  const ListRequest& request_;
  std::shared_ptr<WorkUnit> unit_;
  std::map<std::string, ObjectMark> marks_;  // of listed objects
  std::vector<GoneObject> gone_;
  int64_t available_ = 0;  // of the account's quota
};

}  // namespace

Result<std::shared_ptr<WorkUnit>> ListUnit(Database* database, const ListRequest& request,
                                           Status* database_error) {
  return UnitLister(database, request).Run(database_error);
}

}  // namespace assay
