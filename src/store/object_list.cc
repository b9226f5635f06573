// ListObjects (object_rows.h): merges ranges of object_label, or walks the keys of buckets.
//
// A page costs a bounded amount of work whatever the filter is: after kBudget entries, or
// kTimeBudget, it ends, short or even empty, with a token that goes on from there.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <iterator>
#include <limits>
#include <tuple>

#include "store/key_range.h"
#include "store/object_rows.h"
#include "store/object_select.h"
#include "store/row_query.h"

namespace assay {
namespace {

constexpr size_t kBudget = 20'000;
constexpr std::chrono::milliseconds kTimeBudget{40};
// Sets of at most this size are read whole and sorted here.
constexpr size_t kSmallSet = 2'000;
// Up to so many buckets have ranges of their own; beyond, the ranges over all buckets are read and
// the bucket is one more condition.
constexpr size_t kMergedBuckets = 64;
constexpr uint32_t kMaxLimit = 1'000;
// Read at once when every entry has to be checked.
constexpr size_t kMaxChunk = 500;
// The same when the check needs the record too: a row of its own somewhere else on the disk.
constexpr size_t kMaxRecordChunk = 100;
// What a bucket without a hit costs, in entries.
constexpr size_t kBucketCost = 10;

size_t MaxChunk(const RecordCondition& record) {
  return record.text.empty() ? kMaxChunk : kMaxRecordChunk;
}

// Newest first; the id makes the order total.
bool Before(const Candidate& a, const Candidate& b, ObjectOrder order) {
  if (order == ObjectOrder::kKey) return a.key < b.key;
  if (order == ObjectOrder::kRisk && a.risk != b.risk) return a.risk > b.risk;
  return std::tie(a.time_ms, a.object_id) > std::tie(b.time_ms, b.object_id);
}

// What a page has found so far.
struct Page {
  std::vector<Candidate> hits;
  bool more = false;    // there are hits behind the last one, or may be
  Candidate last_seen;  // where to go on when `more`
  size_t looked_at = 0;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::now() + kTimeBudget;

  bool Exhausted() const {
    return looked_at >= kBudget || std::chrono::steady_clock::now() >= deadline;
  }

  // Takes the next candidate in order; false when the page is finished.
  bool Take(const Candidate& candidate, uint32_t limit) {
    if (candidate.hit && hits.size() == limit) {
      more = true;
      last_seen = hits.back();
      return false;
    }
    ++looked_at;
    if (candidate.hit) hits.push_back(candidate);
    last_seen = candidate;
    if (candidate.hit || !Exhausted()) return true;
    more = true;
    return false;
  }
};

// One range of object_label, read in order, a chunk at a time.
class Stream {
 public:
  // bucket_id 0: the range over all buckets.
  Stream(const ListQuery& query, size_t driver, int64_t bucket_id, int64_t label_id, int64_t risk)
      : bucket_id_(bucket_id),
        label_id_(label_id),
        risk_(risk),
        since_ms_(query.since_ms),
        record_(query.record) {
    rest_ = RestOfEntry(query, driver, bucket_id == 0 && !query.all_buckets);
  }

  int64_t risk() const { return risk_; }
  void StartBehind(int64_t time_ms, int64_t object_id) {
    time_ms_ = time_ms;
    object_id_ = object_id;
  }

  // The next candidate; nothing at the end.
  Result<const Candidate*> Head(Transaction& tx, size_t first_chunk) {
    if (buffer_.empty() && !ended_) {
      chunk_ = chunk_ == 0 ? first_chunk : std::min(MaxChunk(record_), chunk_ * 4);
      ASSAY_RETURN_IF_ERROR(Fill(tx));
    }
    return buffer_.empty() ? nullptr : &buffer_.front();
  }
  void Pop() { buffer_.pop_front(); }

 private:
  Status Fill(Transaction& tx) {
    SqlPiece sql;
    sql.Append("SELECT l.classified_at_ms, l.object_id, ");
    if (rest_.text.empty()) {
      sql.Append("1");
    } else {
      sql.Append("CASE WHEN ");
      sql.Append(rest_);
      sql.Append(" THEN 1 ELSE 0 END");
    }
    sql.Append(" FROM object_label l WHERE l.label_id = %p AND l.dlp_risk = %p AND ",
               {label_id_, risk_});
    if (bucket_id_ != 0) sql.Append("l.bucket_id = %p AND ", {bucket_id_});
    sql.Append(
        "l.classified_at_ms >= %p AND (l.classified_at_ms, l.object_id) < (%p, %p) "
        "ORDER BY l.classified_at_ms DESC, l.object_id DESC LIMIT %p",
        {since_ms_, time_ms_, object_id_, static_cast<int64_t>(chunk_)});
    std::vector<Candidate> found;
    ASSAY_RETURN_IF_ERROR(
        tx.Query(sql.Numbered(), std::span<const SqlValue>(sql.values), [&](const SqlRow& row) {
          found.push_back({risk_, row.Int(0), row.Int(1), "", row.Int(2) != 0, nullptr});
        }));
    ASSAY_RETURN_IF_ERROR(CheckRecords(tx, record_, &found));
    buffer_.assign(std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
    ended_ = buffer_.size() < chunk_;
    if (!buffer_.empty()) StartBehind(buffer_.back().time_ms, buffer_.back().object_id);
    return Status::Ok();
  }

  const int64_t bucket_id_;
  const int64_t label_id_;
  const int64_t risk_;
  const int64_t since_ms_;
  const RecordCondition& record_;
  SqlPiece rest_;
  int64_t time_ms_ = 0;
  int64_t object_id_ = 0;
  size_t chunk_ = 0;
  bool ended_ = false;
  std::deque<Candidate> buffer_;
};

struct RangeCount {
  int64_t bucket_id = 0;
  int64_t label_id = 0;
  int64_t risk = 0;
  int64_t objects = 0;
};

RangeCount ReadRangeCount(const SqlRow& row) {
  return {row.Int(0), row.Int(1), row.Int(2), row.Int(3)};
}

// Which label of the query to read, and in which ranges.
struct Plan {
  size_t driver = 0;
  std::vector<RangeCount> ranges;  // with bucket_id 0: over all buckets, objects unknown
};

bool Chosen(const LabelChoice& choice, int64_t id) {
  return std::find(choice.ids.begin(), choice.ids.end(), id) != choice.ids.end();
}

// By the counts of the buckets: the label with the fewest entries, and only ranges that have any.
Result<Plan> PlanBuckets(Transaction& tx, const ListQuery& query,
                         const std::vector<BucketName>& buckets) {
  std::vector<RangeCount> counts;
  for (const BucketName& bucket : buckets) {
    ASSAY_ASSIGN_OR_RETURN(
        const std::vector<RangeCount> more,
        QueryAll<RangeCount>(tx,
                             "SELECT bucket_id, label_id, dlp_risk, objects FROM label_count "
                             "WHERE bucket_id = ?1 AND objects > 0 AND dlp_risk >= ?2 AND "
                             "dlp_risk <= ?3",
                             {bucket.id, query.min_risk, query.max_risk}, ReadRangeCount));
    counts.insert(counts.end(), more.begin(), more.end());
  }
  Plan best;
  int64_t fewest = std::numeric_limits<int64_t>::max();
  for (size_t i = 0; i < query.labels.size(); ++i) {
    Plan plan;
    plan.driver = i;
    int64_t objects = 0;
    for (const RangeCount& count : counts) {
      if (!Chosen(query.labels[i], count.label_id)) continue;
      plan.ranges.push_back(count);
      objects += count.objects;
    }
    if (objects < fewest) {
      fewest = objects;
      best = std::move(plan);
    }
  }
  return best;
}

// Over all buckets: the last label given (theme before PII type before impact before outcome) is
// taken for the rarest, and every risk is tried: an empty range costs one look.
Plan PlanAll(const ListQuery& query) {
  Plan plan;
  plan.driver = query.labels.size() - 1;
  for (const int64_t label : query.labels[plan.driver].ids) {
    for (int64_t risk = query.min_risk; risk <= query.max_risk; ++risk) {
      plan.ranges.push_back({0, label, risk, 0});
    }
  }
  return plan;
}

// Merges streams until the page is finished.
Status MergeStreams(Transaction& tx, std::vector<Stream>& streams, size_t most_at_once,
                    ObjectOrder order, uint32_t limit, Page* page, bool* finished) {
  const size_t fair = std::max<size_t>(16, limit / std::max<size_t>(streams.size(), 1) + 2);
  const size_t first_chunk = std::min(fair, most_at_once);
  *finished = false;
  while (!*finished) {
    Stream* best = nullptr;
    const Candidate* head = nullptr;
    for (Stream& stream : streams) {
      ASSAY_ASSIGN_OR_RETURN(const Candidate* candidate, stream.Head(tx, first_chunk));
      if (candidate != nullptr && (head == nullptr || Before(*candidate, *head, order))) {
        best = &stream;
        head = candidate;
      }
    }
    if (best == nullptr) return Status::Ok();
    *finished = !page->Take(*head, limit);
    best->Pop();
  }
  return Status::Ok();
}

Status ListByEntries(Transaction& tx, const ListQuery& query, ObjectOrder order,
                     const ListPosition& position, uint32_t limit, Page* page) {
  Plan plan = PlanAll(query);
  if (!query.all_buckets && query.buckets.size() <= kMergedBuckets) {
    ASSAY_ASSIGN_OR_RETURN(plan, PlanBuckets(tx, query, query.buckets));
  }
  std::sort(plan.ranges.begin(), plan.ranges.end(),
            [](const RangeCount& a, const RangeCount& b) { return a.risk > b.risk; });
  bool finished = false;
  for (size_t at = 0; at < plan.ranges.size() && !finished;) {
    std::vector<Stream> streams;
    // By risk, one level after the other, so that the lower ones are not even opened.
    const int64_t level = plan.ranges[at].risk;
    for (; at < plan.ranges.size(); ++at) {
      const RangeCount& range = plan.ranges[at];
      if (order == ObjectOrder::kRisk && range.risk != level) break;
      if (order == ObjectOrder::kRisk && range.risk > position.risk) continue;
      Stream stream(query, plan.driver, range.bucket_id, range.label_id, range.risk);
      // Entries at until_ms itself are out: no id is below the smallest.
      stream.StartBehind(query.until_ms, std::numeric_limits<int64_t>::min());
      const bool resumes = order == ObjectOrder::kTime || range.risk == position.risk;
      if (resumes && position.time_ms < query.until_ms) {
        stream.StartBehind(position.time_ms, position.object_id);
      }
      streams.push_back(std::move(stream));
    }
    ASSAY_RETURN_IF_ERROR(
        MergeStreams(tx, streams, MaxChunk(query.record), order, limit, page, &finished));
  }
  return Status::Ok();
}

Candidate ReadCandidate(const SqlRow& row) {
  return {row.Int(0), row.Int(1), row.Int(2), row.Bytes(3), row.Int(4) != 0, nullptr};
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
  sql.Append(" THEN 1 ELSE 0 END FROM ");
  sql.Append(tables);
  sql.Append(" WHERE ");
  return sql;
}

// Takes the hits of a small set, whole and in any order.
bool TakeSmallSet(std::vector<Candidate> set, ObjectOrder order, const Candidate* behind,
                  uint32_t limit, Page* page) {
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
                              std::string after, uint32_t limit, Page* page) {
  ASSAY_ASSIGN_OR_RETURN(const Plan plan, PlanBuckets(tx, query, {bucket}));
  int64_t objects = 0;
  for (const RangeCount& range : plan.ranges) objects += range.objects;
  if (objects == 0) return false;
  const bool rare = plan.driver != 0 || !query.any_outcome;
  if (rare && objects <= static_cast<int64_t>(kSmallSet)) {
    SqlPiece sql = SelectCandidates(query, "object_label l CROSS JOIN object o");
    sql.Append(KeyCondition(query, bucket.id, after));
    sql.Append(" AND o.id = l.object_id AND l.bucket_id = %p AND l.label_id IN (", {bucket.id});
    const std::vector<int64_t>& ids = query.labels[plan.driver].ids;
    for (size_t i = 0; i < ids.size(); ++i) sql.Append(i == 0 ? "%p" : ", %p", {ids[i]});
    sql.Append(")");
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
                 Page* page) {
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
                             const Candidate& behind, uint32_t limit, Page* page) {
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
                   const Candidate& behind, uint32_t limit, Page* page) {
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
                const ListPosition& position, uint32_t limit, Page* page) {
  if (query.empty) return Status::Ok();
  if (order == ObjectOrder::kKey) return ListByKey(tx, query, limit, position, page);
  Candidate behind;
  behind.risk = position.risk;
  behind.time_ms = position.time_ms;
  behind.object_id = position.object_id;
  if (!query.key.empty()) return ListSameKey(tx, query, order, behind, limit, page);
  ASSAY_ASSIGN_OR_RETURN(const bool small, ListSmallPrefix(tx, query, order, behind, limit, page));
  return small ? Status::Ok() : ListByEntries(tx, query, order, position, limit, page);
}

ListPosition PositionOf(const Candidate& candidate) {
  ListPosition position;
  position.risk = candidate.risk;
  position.time_ms = candidate.time_ms;
  position.object_id = candidate.object_id;
  if (candidate.bucket != nullptr) {
    position.account_id = candidate.bucket->account_id;
    position.bucket = candidate.bucket->bucket;
  }
  position.key = candidate.key;
  return position;
}

}  // namespace

Result<ObjectPage> ListObjects(Transaction& tx, const ObjectFilter& filter, ObjectOrder order,
                               const std::string& token, uint32_t limit) {
  if (limit == 0 || limit > kMaxLimit) return InvalidArgument("the limit must be 1 to 1000");
  ListPosition position;
  if (!token.empty()) {
    ASSAY_ASSIGN_OR_RETURN(position, DecodeListToken(filter, order, token));
  }
  ASSAY_ASSIGN_OR_RETURN(const LabelCatalog labels, LabelCatalog::Load(tx));
  ASSAY_ASSIGN_OR_RETURN(const ListQuery query, LookUpFilter(tx, labels, filter));
  Page page;
  ASSAY_RETURN_IF_ERROR(ListInto(tx, query, order, position, limit, &page));
  std::vector<int64_t> ids;
  ids.reserve(page.hits.size());
  for (const Candidate& hit : page.hits) ids.push_back(hit.object_id);
  ObjectPage result;
  ASSAY_ASSIGN_OR_RETURN(result.objects, FetchObjects(tx, labels, ids));
  if (page.more) result.next = EncodeListToken(filter, order, PositionOf(page.last_seen));
  return result;
}

}  // namespace assay
