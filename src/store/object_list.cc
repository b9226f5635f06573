// ListObjects (object_rows.h): merges ranges of entries, or walks the keys of buckets.
//
// A page costs a bounded amount of work whatever the filter is (object_entries.h), and ends then
// with a token that goes on from there.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <tuple>

#include "store/key_range.h"
#include "store/object_entries.h"
#include "store/object_rows.h"
#include "store/object_select.h"
#include "store/row_query.h"

namespace assay {
namespace {

// Sets of at most this size are read whole and sorted here.
constexpr size_t kSmallSet = 2'000;
constexpr uint32_t kMaxLimit = 1'000;
// What a bucket without a hit costs, in entries.
constexpr size_t kBucketCost = 10;

Candidate ReadCandidate(const SqlRow& row) {
  return {row.Int(0), row.Int(1), {row.Int(5), row.Int(2)}, row.Bytes(3), row.Int(4) != 0, nullptr};
}

// The condition on the keys of a bucket: the prefix, and behind `after`.
SqlPiece KeyCondition(const ListQuery& query, int64_t bucket_id, const std::string& after) {
  const KeyRange range = RangeOfPrefix(query.prefix);
  SqlPiece sql;
  sql.Append("o.bucket_id = %p AND o.object_key >= %p", {bucket_id, SqlBytes{range.first}});
  if (range.end) sql.Append(" AND o.object_key < %p", {SqlBytes{*range.end}});
  if (!after.empty()) sql.Append(" AND o.object_key > %p", {SqlBytes{after}});
  if (!query.key.empty()) sql.Append(" AND o.object_key = %p", {SqlBytes{query.key}});
  return sql;
}

Result<std::vector<Candidate>> QueryCandidates(Transaction& tx, const ListQuery& query,
                                               const SqlPiece& sql) {
  std::vector<Candidate> found;
  ASSAY_RETURN_IF_ERROR(tx.Query(sql.Numbered(), std::span<const SqlValue>(sql.values),
                                 [&](const SqlRow& row) { found.push_back(ReadCandidate(row)); }));
  ASSAY_RETURN_IF_ERROR(CheckRecords(tx, query.record, &found));
  return found;
}

// SQLite reads the tables of a CROSS JOIN in the order they are written in.
SqlPiece SelectCandidates(const ListQuery& query, std::string_view tables = "object o") {
  SqlPiece sql;
  sql.Append("SELECT o.dlp_risk, o.classified_at_ms, o.id, o.object_key, CASE WHEN ");
  sql.Append(RestOfObject(query));
  sql.Append(" THEN 1 ELSE 0 END, o.bucket_id FROM ");
  sql.Append(tables);
  sql.Append(" WHERE ");
  return sql;
}

// Takes the hits of a small set, whole and in any order.
bool TakeSmallSet(std::vector<Candidate> set, ObjectOrder order, const Candidate* behind,
                  uint32_t limit, PageInProgress* page) {
  std::erase_if(set, [&](const Candidate& one) {
    return !one.hit || (behind != nullptr && !Before(*behind, one, order));
  });
  std::sort(set.begin(), set.end(),
            [&](const Candidate& a, const Candidate& b) { return Before(a, b, order); });
  for (const Candidate& one : set) {
    if (!page->Take(one, limit)) return true;
  }
  return false;
}

// The keys of one bucket in order. Returns whether the page is finished.
Result<bool> ListKeysOfBucket(Transaction& tx, const ListQuery& query, const BucketName& bucket,
                              std::string after, uint32_t limit, PageInProgress* page) {
  ASSAY_ASSIGN_OR_RETURN(const EntryPlan plan, PlanBuckets(tx, query, {bucket}));
  int64_t objects = 0;
  for (const RangeCount& range : plan.ranges) objects += range.objects;
  if (objects == 0) return false;
  const bool rare = plan.driver != kOutcome || !query.any_outcome;
  if (rare && objects <= static_cast<int64_t>(kSmallSet)) {
    const EntryTable& entries = EntriesOf(plan.driver);
    SqlPiece sql = SelectCandidates(query, fmt::format("{} l CROSS JOIN object o", entries.name));
    sql.Append(KeyCondition(query, bucket.id, after));
    sql.Append(fmt::format(" AND o.id = l.{} AND l.bucket_id = %p AND l.{}", entries.object,
                           entries.label),
               {bucket.id});
    sql.Append(InChoice(query.labels[plan.driver]));
    ASSAY_ASSIGN_OR_RETURN(std::vector<Candidate> set, QueryCandidates(tx, query, sql));
    for (Candidate& one : set) one.bucket = &bucket;
    return TakeSmallSet(std::move(set), ObjectOrder::kKey, nullptr, limit, page);
  }
  const size_t most = MaxChunk(query.record);
  for (size_t chunk = std::min<size_t>(limit + 1, most);; chunk = std::min(most, chunk * 4)) {
    SqlPiece sql = SelectCandidates(query);
    sql.Append(KeyCondition(query, bucket.id, after));
    sql.Append(" ORDER BY o.object_key LIMIT %p", {static_cast<int64_t>(chunk)});
    ASSAY_ASSIGN_OR_RETURN(std::vector<Candidate> found, QueryCandidates(tx, query, sql));
    for (Candidate& candidate : found) {
      candidate.bucket = &bucket;
      if (!page->Take(candidate, limit)) return true;
    }
    if (found.size() < chunk) return false;
    after = found.back().key;
  }
}

// Bucket after bucket, from `start`.
Status ListByKey(Transaction& tx, const ListQuery& query, uint32_t limit, const ListPosition& start,
                 PageInProgress* page) {
  for (size_t i = 0; i < query.buckets.size(); ++i) {
    const BucketName& bucket = query.buckets[i];
    const auto place = std::tie(bucket.account_id, bucket.bucket);
    const auto first = std::tie(start.account_id, start.bucket);
    if (place < first) continue;
    ASSAY_ASSIGN_OR_RETURN(
        const bool finished,
        ListKeysOfBucket(tx, query, bucket, place == first ? start.key : "", limit, page));
    if (finished) return Status::Ok();
    page->looked_at += kBucketCost;
    if (page->Exhausted() && i + 1 < query.buckets.size()) {
      page->more = true;
      page->last_seen = Candidate{};
      page->last_seen.bucket = &query.buckets[i + 1];  // from its first key
      return Status::Ok();
    }
  }
  return Status::Ok();
}

// Whether the prefix holds few objects: then they are read and sorted, and the page is finished.
Result<bool> ListSmallPrefix(Transaction& tx, const ListQuery& query, ObjectOrder order,
                             const Candidate& behind, uint32_t limit, PageInProgress* page) {
  if (query.prefix.empty() || query.buckets.size() != 1) return false;
  const SqlPiece keys = KeyCondition(query, query.buckets.front().id, "");
  SqlPiece count;
  count.Append("SELECT count(*) FROM (SELECT 1 FROM object o WHERE ");
  count.Append(keys);
  count.Append(" LIMIT %p) few", {static_cast<int64_t>(kSmallSet) + 1});
  int64_t objects = 0;
  ASSAY_RETURN_IF_ERROR(tx.Query(count.Numbered(), std::span<const SqlValue>(count.values),
                                 [&](const SqlRow& row) { objects = row.Int(0); }));
  if (objects > static_cast<int64_t>(kSmallSet)) return false;
  SqlPiece sql = SelectCandidates(query);
  sql.Append(keys);
  ASSAY_ASSIGN_OR_RETURN(std::vector<Candidate> set, QueryCandidates(tx, query, sql));
  TakeSmallSet(std::move(set), order, &behind, limit, page);
  return true;
}

// Objects with one key, at most one in each bucket: they are read and sorted.
Status ListSameKey(Transaction& tx, const ListQuery& query, ObjectOrder order,
                   const Candidate& behind, uint32_t limit, PageInProgress* page) {
  SqlPiece sql = SelectCandidates(query, "bucket b CROSS JOIN object o");
  sql.Append(
      "o.bucket_id = b.id AND o.object_key = %p AND (%p = '' OR b.account_id = %p) AND "
      "(%p = '' OR b.name = %p)",
      {SqlBytes{query.key}, query.account_id, query.account_id, query.bucket, query.bucket});
  ASSAY_ASSIGN_OR_RETURN(std::vector<Candidate> set, QueryCandidates(tx, query, sql));
  TakeSmallSet(std::move(set), order, &behind, limit, page);
  return Status::Ok();
}

Status ListInto(Transaction& tx, const ListQuery& query, ObjectOrder order,
                const ListPosition& position, uint32_t limit, PageInProgress* page) {
  if (query.empty) return Status::Ok();
  if (order == ObjectOrder::kKey) return ListByKey(tx, query, limit, position, page);
  Candidate behind;
  behind.risk = position.risk;
  behind.time_ms = position.time_ms;
  behind.object.id = position.object_id;
  if (!query.key.empty()) return ListSameKey(tx, query, order, behind, limit, page);
  ASSAY_ASSIGN_OR_RETURN(const bool small, ListSmallPrefix(tx, query, order, behind, limit, page));
  return small ? Status::Ok() : ListByEntries(tx, query, order, position, limit, page);
}

ListPosition PositionOf(const Candidate& candidate) {
  ListPosition position;
  position.risk = candidate.risk;
  position.time_ms = candidate.time_ms;
  position.object_id = candidate.object.id;
  if (candidate.bucket != nullptr) {
    position.account_id = candidate.bucket->account_id;
    position.bucket = candidate.bucket->bucket;
  }
  position.key = candidate.key;
  return position;
}

}  // namespace

Result<ObjectPage> ListObjects(Transaction& tx, const ObjectFilter& filter, ObjectOrder order,
                               const std::string& token, uint32_t limit, ObjectParts parts) {
  if (limit == 0 || limit > kMaxLimit) return InvalidArgument("the limit must be 1 to 1000");
  ListPosition position;
  if (!token.empty()) {
    ASSAY_ASSIGN_OR_RETURN(position, DecodeListToken(filter, order, token));
  }
  ASSAY_ASSIGN_OR_RETURN(const LabelCatalog labels, LabelCatalog::Load(tx));
  ASSAY_ASSIGN_OR_RETURN(const ListQuery query, LookUpFilter(tx, labels, filter));
  PageInProgress page;
  ASSAY_RETURN_IF_ERROR(ListInto(tx, query, order, position, limit, &page));
  std::vector<ObjectId> ids;
  ids.reserve(page.hits.size());
  for (const Candidate& hit : page.hits) ids.push_back(hit.object);
  ObjectPage result;
  ASSAY_ASSIGN_OR_RETURN(result.objects, FetchObjects(tx, labels, ids, parts));
  if (page.more) result.next = EncodeListToken(filter, order, PositionOf(page.last_seen));
  return result;
}

}  // namespace assay
