// Lists that are read from ranges of entries (object_entries.h).
#include "store/object_entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <limits>
#include <tuple>

#include "store/row_query.h"

namespace assay {
namespace {

// Up to so many buckets have ranges of their own; beyond, the ranges over all buckets are read and
// the bucket is one more condition.
constexpr size_t kMergedBuckets = 64;
// Read at once when every entry has to be checked.
constexpr size_t kMaxChunk = 500;
// The same when the check needs the record too: it is in the object's row, not in an index.
constexpr size_t kMaxRecordChunk = 100;

// One range of entries, read in order, a chunk at a time.
class Stream {
 public:
  Stream(const ListQuery& query, size_t driver, const RangeCount& range)
      : range_(range),
        entries_(EntriesOf(driver)),
        since_ms_(query.since_ms),
        record_(query.record) {
    rest_ = RestOfEntry(query, driver, range.bucket_id == 0 && !query.all_buckets);
  }

  void StartBehind(int64_t time_ms, int64_t object_id) {
    time_ms_ = time_ms;
    object_id_ = object_id;
  }
  // Nothing was read yet.
  bool closed() const { return chunk_ == 0; }
  // No candidate is newer.
  int64_t newest_ms() const { return std::min(range_.newest_ms, time_ms_); }

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
    sql.Append(fmt::format("SELECT l.classified_at_ms, l.{}, l.bucket_id, ", entries_.object));
    if (rest_.text.empty()) {
      sql.Append("1");
    } else {
      sql.Append("CASE WHEN ");
      sql.Append(rest_);
      sql.Append(" THEN 1 ELSE 0 END");
    }
    sql.Append(fmt::format(" FROM {} l WHERE l.{} = %p AND l.dlp_risk = %p AND ", entries_.name,
                           entries_.label),
               {range_.label_id, range_.risk});
    if (range_.bucket_id != 0) sql.Append("l.bucket_id = %p AND ", {range_.bucket_id});
    sql.Append(fmt::format("l.classified_at_ms >= %p AND (l.classified_at_ms, l.{0}) < (%p, %p) "
                           "ORDER BY l.classified_at_ms DESC, l.{0} DESC LIMIT %p",
                           entries_.object),
               {since_ms_, time_ms_, object_id_, static_cast<int64_t>(chunk_)});
    std::vector<Candidate> found;
    ASSAY_RETURN_IF_ERROR(
        tx.Query(sql.Numbered(), std::span<const SqlValue>(sql.values), [&](const SqlRow& row) {
          found.push_back(
              {range_.risk, row.Int(0), {row.Int(2), row.Int(1)}, "", row.Int(3) != 0, nullptr});
        }));
    ASSAY_RETURN_IF_ERROR(CheckRecords(tx, record_, &found));
    buffer_.assign(std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
    ended_ = buffer_.size() < chunk_;
    if (!buffer_.empty()) StartBehind(buffer_.back().time_ms, buffer_.back().object.id);
    return Status::Ok();
  }

  const RangeCount range_;
  const EntryTable& entries_;
  const int64_t since_ms_;
  const RecordCondition& record_;
  SqlPiece rest_;
  int64_t time_ms_ = 0;
  int64_t object_id_ = 0;
  size_t chunk_ = 0;
  bool ended_ = false;
  std::deque<Candidate> buffer_;
};

RangeCount ReadRangeCount(const SqlRow& row) {
  return {row.Int(0), row.Int(1), row.Int(2), row.Int(3), row.Int(4)};
}

bool Chosen(const LabelChoice& choice, int64_t id) {
  return std::find(choice.ids.begin(), choice.ids.end(), id) != choice.ids.end();
}

// Over all buckets: the last label given (theme before PII type before impact before outcome) is
// taken for the rarest, and every risk is tried: an empty range costs one look.
EntryPlan PlanAll(const ListQuery& query) {
  EntryPlan plan;
  plan.driver = query.labels.size() - 1;
  for (const int64_t label : query.labels[plan.driver].ids) {
    for (int64_t risk = query.min_risk; risk <= query.max_risk; ++risk) {
      plan.ranges.push_back({0, label, risk, 0, std::numeric_limits<int64_t>::max()});
    }
  }
  return plan;
}

// Merges streams, those that may have the newest first, until the page is finished. One is read
// when it may have what comes next: of many buckets and risks most have nothing as new as what the
// page has room for.
Status MergeStreams(Transaction& tx, std::vector<Stream>& streams, size_t most_at_once,
                    ObjectOrder order, uint32_t limit, PageInProgress* page, bool* finished) {
  const size_t fair = std::max<size_t>(16, limit / std::max<size_t>(streams.size(), 1) + 2);
  const size_t first_chunk = std::min(fair, most_at_once);
  *finished = false;
  while (!*finished) {
    Stream* best = nullptr;
    const Candidate* head = nullptr;
    for (Stream& stream : streams) {
      // Those behind it are closed too, and older.
      if (stream.closed() && head != nullptr && stream.newest_ms() < head->time_ms) break;
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

}  // namespace

size_t MaxChunk(const RecordCondition& record) {
  return record.text.empty() ? kMaxChunk : kMaxRecordChunk;
}

bool Before(const Candidate& a, const Candidate& b, ObjectOrder order) {
  if (order == ObjectOrder::kKey) return a.key < b.key;
  if (order == ObjectOrder::kRisk && a.risk != b.risk) return a.risk > b.risk;
  return std::tie(a.time_ms, a.object.id) > std::tie(b.time_ms, b.object.id);
}

Result<EntryPlan> PlanBuckets(Transaction& tx, const ListQuery& query,
                              const std::vector<BucketName>& buckets) {
  std::vector<RangeCount> counts;
  for (const BucketName& bucket : buckets) {
    ASSAY_ASSIGN_OR_RETURN(
        const std::vector<RangeCount> more,
        QueryAll<RangeCount>(tx,
                             "SELECT bucket_id, label_id, dlp_risk, objects, newest_ms FROM "
                             "label_count WHERE bucket_id = ?1 AND objects > 0 AND dlp_risk >= ?2 "
                             "AND dlp_risk <= ?3",
                             {bucket.id, query.min_risk, query.max_risk}, ReadRangeCount));
    counts.insert(counts.end(), more.begin(), more.end());
  }
  EntryPlan best;
  int64_t fewest = std::numeric_limits<int64_t>::max();
  for (size_t i = 0; i < query.labels.size(); ++i) {
    EntryPlan plan;
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

Status ListByEntries(Transaction& tx, const ListQuery& query, ObjectOrder order,
                     const ListPosition& position, uint32_t limit, PageInProgress* page) {
  EntryPlan plan = PlanAll(query);
  if (!query.all_buckets && query.buckets.size() <= kMergedBuckets) {
    ASSAY_ASSIGN_OR_RETURN(plan, PlanBuckets(tx, query, query.buckets));
  }
  std::sort(plan.ranges.begin(), plan.ranges.end(), [&](const RangeCount& a, const RangeCount& b) {
    if (order == ObjectOrder::kRisk && a.risk != b.risk) return a.risk > b.risk;
    return a.newest_ms > b.newest_ms;
  });
  bool finished = false;
  for (size_t at = 0; at < plan.ranges.size() && !finished;) {
    std::vector<Stream> streams;
    // By risk, one level after the other, so that the lower ones are not even opened.
    const int64_t level = plan.ranges[at].risk;
    for (; at < plan.ranges.size(); ++at) {
      const RangeCount& range = plan.ranges[at];
      if (order == ObjectOrder::kRisk && range.risk != level) break;
      if (order == ObjectOrder::kRisk && range.risk > position.risk) continue;
      if (range.newest_ms < query.since_ms) continue;
      Stream stream(query, plan.driver, range);
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

}  // namespace assay
