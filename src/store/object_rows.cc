#include "store/object_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "store/object_history.h"
#include "store/object_labels.h"
#include "store/object_select.h"
#include "store/row_query.h"

namespace assay {
namespace {

constexpr uint32_t kMinMarksAtOnce = 4;
constexpr uint32_t kMaxMarksAtOnce = 1024;

ObjectMark ReadMark(const SqlRow& row, const LabelCatalog& labels) {
  ObjectMark mark;
  mark.key = row.Bytes(0);
  mark.etag = row.Bytes(1);
  mark.version_id = row.Bytes(2);
  const std::vector<int64_t> ids = SplitIds(row.Text(3));
  mark.outcome = labels.Name(ids.empty() ? 0 : ids.front()).name;
  mark.retryable = row.Int(4) != 0;
  mark.attempts = static_cast<uint32_t>(row.Int(5));
  mark.not_before_ms = row.Int(6);
  mark.charged_bytes = row.Int(7);
  return mark;
}

struct MarkRange {
  const std::string& first_key;
  const std::string& last_key;
  uint32_t limit;  // 0 = all
};

Result<std::vector<ObjectMark>> QueryMarks(Transaction& tx, int64_t bucket_id,
                                           const LabelCatalog& labels, const MarkRange& range) {
  std::vector<ObjectMark> marks;
  ASSAY_RETURN_IF_ERROR(tx.Query(
      "SELECT object_key, etag, version_id, labels, retryable, attempts, not_before_ms, "
      "charged_bytes FROM object WHERE bucket_id = ?1 AND object_key >= ?2 AND "
      "object_key <= ?3 ORDER BY object_key LIMIT ?4",
      {bucket_id, SqlBytes{range.first_key}, SqlBytes{range.last_key}, LimitOrAll(range.limit)},
      [&](const SqlRow& row) { marks.push_back(ReadMark(row, labels)); }));
  return marks;
}

constexpr std::string_view kInsertSql =
    "INSERT INTO object (bucket_id, object_key, etag, version_id, size, last_modified_ms, "
    "retryable, dlp_risk, pii_impact, bytes_classified, charged_bytes, classified_at_ms, "
    "attempts, not_before_ms, server_encryption, sse_kms_key_id, labels, outcome_id, record, id) "
    "{ROWS}";

// Those whose key has no row; answers which they are.
const std::string& InsertMissingSql() {
  static const std::string kSql =
      fmt::format("{} ON CONFLICT DO NOTHING RETURNING id, object_key", kInsertSql);
  return kSql;
}

const std::string& ReplaceSql() {
  static const std::string kSql = fmt::format(
      "{} ON CONFLICT (bucket_id, object_key) DO "
      "UPDATE SET etag = excluded.etag, version_id = excluded.version_id, size = excluded.size, "
      "last_modified_ms = excluded.last_modified_ms, retryable = excluded.retryable, "
      "dlp_risk = excluded.dlp_risk, pii_impact = excluded.pii_impact, "
      "bytes_classified = excluded.bytes_classified, charged_bytes = excluded.charged_bytes, "
      "classified_at_ms = excluded.classified_at_ms, attempts = excluded.attempts, "
      "not_before_ms = excluded.not_before_ms, server_encryption = excluded.server_encryption, "
      "sse_kms_key_id = excluded.sse_kms_key_id, labels = excluded.labels, "
      "outcome_id = excluded.outcome_id, record = excluded.record RETURNING id, object_key",
      kInsertSql);
  return kSql;
}

constexpr std::string_view kInsertDetectionsSql =
    "INSERT INTO object_detections (bucket_id, object_id, detections) {ROWS}";

struct NewObject {
  const ObjectRow* row;
  std::vector<int64_t> labels;
  std::string label_text;  // of these
  int64_t id = 0;          // a new one, until a row that was there is replaced
  bool written = false;
};

// Whether LabelsOf says the same of both. Objects that lie beside each other are often alike.
bool SameLabels(const ObjectRow& a, const ObjectRow& b) {
  return a.outcome == b.outcome && a.reason == b.reason && a.pii_impact == b.pii_impact &&
         a.pii_types == b.pii_types && a.themes == b.themes && a.world_readable == b.world_readable;
}

// Views of what the object has: it must outlive them.
std::vector<SqlValue> ValuesOf(const NewObject& added, int64_t bucket_id) {
  const ObjectRow& object = *added.row;
  return {bucket_id,
          SqlBytesView{object.key},
          SqlBytesView{object.etag},
          SqlBytesView{object.version_id},
          object.size,
          object.last_modified_ms,
          Flag(object.retryable),
          int64_t{object.dlp_risk},
          SqlTextView{object.pii_impact},
          object.bytes_classified,
          object.charged_bytes,
          object.classified_at_ms,
          int64_t{object.attempts},
          object.not_before_ms,
          SqlTextView{object.server_encryption},
          SqlTextView{object.sse_kms_key_id},
          SqlTextView{added.label_text},
          added.labels.front(),
          SqlTextView{object.record},
          added.id};
}

std::vector<std::vector<SqlValue>> RowsOf(const std::vector<NewObject>& objects,
                                          int64_t bucket_id) {
  std::vector<std::vector<SqlValue>> rows;
  rows.reserve(objects.size());
  for (const NewObject& object : objects) rows.push_back(ValuesOf(object, bucket_id));
  return rows;
}

// Takes the answers to writing objects that are of different keys and in their order, and sets the
// ids of those that are written.
class WrittenIds {
 public:
  explicit WrittenIds(std::vector<NewObject>* objects)
      : objects_(*objects), next_(objects->begin()) {}

  void operator()(const SqlRow& row) {
    const std::string key = row.Bytes(1);
    // Mostly they come back as they were given.
    if (next_ == objects_.end() || next_->row->key != key) {
      next_ = std::lower_bound(
          objects_.begin(), objects_.end(), key,
          [](const NewObject& object, const std::string& k) { return object.row->key < k; });
      if (next_ == objects_.end() || next_->row->key != key) return;
    }
    next_->id = row.Int(0);
    next_->written = true;
    ++next_;
  }

 private:
  std::vector<NewObject>& objects_;
  std::vector<NewObject>::iterator next_;
};

// Detections and entries of objects that have none.
Status WriteFindings(Transaction& tx, int64_t bucket_id, const std::vector<NewObject>& objects,
                     LabelChanges* changes) {
  std::vector<std::vector<SqlValue>> detections;
  for (const NewObject& object : objects) {
    const ObjectRow& row = *object.row;
    if (!object.written) return Internal("an object was not stored");
    IndexedObject entry;
    entry.id = object.id;
    entry.bucket_id = bucket_id;
    entry.dlp_risk = row.dlp_risk;
    entry.classified_at_ms = row.classified_at_ms;
    entry.bytes_classified = row.bytes_classified;
    entry.labels = object.labels;
    changes->Add(entry);
    if (row.detections.empty()) continue;
    detections.push_back({bucket_id, object.id, SqlBytesView{row.detections}});
  }
  return tx.ExecuteRows(kInsertDetectionsSql, detections);
}

// Keeps what new outcomes replace, and adds those to *recorded. A row that is written again with
// the time it has is no new outcome.
Status NoteOutcomes(Transaction& tx, int64_t bucket_id, const std::vector<NewObject>& objects,
                    const std::vector<IndexedObject>& replaced,
                    std::vector<const ObjectRow*>* recorded) {
  std::unordered_map<std::string_view, const IndexedObject*> old;
  for (const IndexedObject& object : replaced) old.emplace(object.key, &object);
  std::vector<IndexedObject> before;
  for (const NewObject& object : objects) {
    const auto found = old.find(object.row->key);
    if (found != old.end()) {
      if (found->second->classified_at_ms == object.row->classified_at_ms) continue;
      before.push_back(*found->second);
    }
    recorded->push_back(object.row);
  }
  return KeepObjectHistory(tx, bucket_id, before);
}

Status ReplaceObjects(Transaction& tx, int64_t bucket_id, std::vector<NewObject> objects,
                      LabelChanges* changes, std::vector<const ObjectRow*>* recorded) {
  if (objects.empty()) return Status::Ok();
  std::vector<std::string> keys;
  keys.reserve(objects.size());
  for (const NewObject& object : objects) keys.push_back(object.row->key);
  ASSAY_ASSIGN_OR_RETURN(std::vector<IndexedObject> replaced, FindIndexed(tx, bucket_id, keys));
  const std::vector<std::vector<SqlValue>> rows = RowsOf(objects, bucket_id);
  ASSAY_RETURN_IF_ERROR(tx.QueryRows(ReplaceSql(), {}, rows, WrittenIds(&objects)));
  // Those that somebody removed meanwhile are new, with new ids, and were counted out by him.
  std::unordered_map<std::string_view, int64_t> ids;
  for (const NewObject& object : objects) ids.emplace(object.row->key, object.id);
  std::erase_if(replaced, [&](const IndexedObject& old) { return ids[old.key] != old.id; });
  for (const IndexedObject& old : replaced) changes->Remove(old);
  ASSAY_RETURN_IF_ERROR(NoteOutcomes(tx, bucket_id, objects, replaced, recorded));
  ASSAY_RETURN_IF_ERROR(
      tx.DeleteRows("object_detections", {"bucket_id", "object_id"}, ValuesOf(replaced)));
  return WriteFindings(tx, bucket_id, objects, changes);
}

// Whether no object of the bucket is from the first of these keys to the last.
Result<bool> NothingBetween(Transaction& tx, int64_t bucket_id,
                            const std::vector<NewObject>& objects) {
  bool nothing = true;
  ASSAY_RETURN_IF_ERROR(tx.Query(
      "SELECT 1 FROM object WHERE bucket_id = ?1 AND object_key >= ?2 AND "
      "object_key <= ?3 ORDER BY object_key LIMIT 1",
      {bucket_id, SqlBytesView{objects.front().row->key}, SqlBytesView{objects.back().row->key}},
      [&](const SqlRow&) { nothing = false; }));
  return nothing;
}

// Most objects are new, so none is looked up before it is written; those that were there stay as
// they are in the first statement, and are replaced by others.
Status PutBucketObjects(Transaction& tx, int64_t bucket_id, std::vector<NewObject> objects,
                        LabelChanges* changes, std::vector<const ObjectRow*>* recorded) {
  ASSAY_ASSIGN_OR_RETURN(const std::vector<int64_t> ids, tx.NewIds("object", objects.size()));
  for (size_t i = 0; i < ids.size(); ++i) objects[i].id = ids[i];
  const std::vector<std::vector<SqlValue>> rows = RowsOf(objects, bucket_id);
  ASSAY_ASSIGN_OR_RETURN(bool written, NothingBetween(tx, bucket_id, objects));
  if (written) {
    ASSAY_ASSIGN_OR_RETURN(written, tx.TryInsertRows(kInsertSql, rows));
  }
  if (written) {
    for (NewObject& object : objects) object.written = true;
  } else {
    ASSAY_RETURN_IF_ERROR(tx.QueryRows(InsertMissingSql(), {}, rows, WrittenIds(&objects)));
  }
  const auto known = std::stable_partition(objects.begin(), objects.end(),
                                           [](const NewObject& object) { return object.written; });
  std::vector<NewObject> replacing(std::make_move_iterator(known),
                                   std::make_move_iterator(objects.end()));
  objects.erase(known, objects.end());
  for (const NewObject& object : objects) recorded->push_back(object.row);
  ASSAY_RETURN_IF_ERROR(WriteFindings(tx, bucket_id, objects, changes));
  return ReplaceObjects(tx, bucket_id, std::move(replacing), changes, recorded);
}

}  // namespace

Result<std::vector<ObjectMark>> ListObjectMarks(Transaction& tx, const std::string& account_id,
                                                const std::string& bucket,
                                                const std::string& first_key,
                                                const std::string& last_key, uint32_t limit) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<int64_t> bucket_id,
                         FindBucketId(tx, account_id, bucket));
  if (!bucket_id) return std::vector<ObjectMark>();
  ASSAY_ASSIGN_OR_RETURN(const LabelCatalog labels, LabelCatalog::Load(tx));
  return QueryMarks(tx, *bucket_id, labels, {first_key, last_key, limit});
}

Result<std::vector<ObjectMark>> GetObjectMarks(Transaction& tx, const std::string& account_id,
                                               const std::string& bucket,
                                               const std::vector<std::string>& keys) {
  std::vector<ObjectMark> marks;
  if (keys.empty()) return marks;
  ASSAY_ASSIGN_OR_RETURN(const std::optional<int64_t> bucket_id,
                         FindBucketId(tx, account_id, bucket));
  if (!bucket_id) return marks;
  ASSAY_ASSIGN_OR_RETURN(const LabelCatalog labels, LabelCatalog::Load(tx));
  // Mostly what is asked for is what there is. Where much else lies between the keys, less is read
  // at once, and the next read begins at the next key that is wanted.
  uint32_t limit = kMaxMarksAtOnce;
  for (size_t next = 0; next < keys.size();) {
    ASSAY_ASSIGN_OR_RETURN(std::vector<ObjectMark> some,
                           QueryMarks(tx, *bucket_id, labels, {keys[next], keys.back(), limit}));
    const size_t before = next;
    for (ObjectMark& mark : some) {
      while (next < keys.size() && keys[next] < mark.key) ++next;
      if (next == keys.size() || keys[next] != mark.key) continue;
      marks.push_back(std::move(mark));
      ++next;
    }
    if (some.size() < limit) break;
    const bool sparse = (next - before) * 2 < limit;
    limit = sparse ? std::max(limit / 4, kMinMarksAtOnce) : std::min(limit * 2, kMaxMarksAtOnce);
  }
  return marks;
}

Result<std::optional<ObjectMark>> GetObjectMark(Transaction& tx, const std::string& account_id,
                                                const std::string& bucket, const std::string& key) {
  ASSAY_ASSIGN_OR_RETURN(std::vector<ObjectMark> marks,
                         ListObjectMarks(tx, account_id, bucket, key, key, 1));
  if (marks.empty()) return std::optional<ObjectMark>();
  return std::optional<ObjectMark>(std::move(marks.front()));
}

Status PutObjects(Transaction& tx, const std::vector<ObjectRow>& objects) {
  std::vector<const ObjectRow*> rows;
  rows.reserve(objects.size());
  for (const ObjectRow& object : objects) rows.push_back(&object);
  return PutObjects(tx, rows);
}

Status PutObjects(Transaction& tx, std::span<const ObjectRow* const> objects) {
  // By bucket and key: in this order always, so that writers do not lock each other out, and of
  // two rows for one key the last.
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, const ObjectRow*> rows;
  std::set<LabelName> names;
  ASSAY_ASSIGN_OR_RETURN(LabelCatalog labels, LabelCatalog::Load(tx));
  const ObjectRow* before = nullptr;
  for (const ObjectRow* object : objects) {
    if (object->dlp_risk > kMaxRisk) return InvalidArgument("dlp_risk must be 0 to 10");
    if (object->outcome.empty()) return InvalidArgument("an object must have an outcome");
    rows.insert_or_assign(rows.end(), {object->account_id, object->bucket, object->key}, object);
    if (before != nullptr && SameLabels(*before, *object)) continue;
    before = object;
    for (LabelName& name : LabelsOf(*object)) {
      if (!labels.Find(name)) names.insert(std::move(name));
    }
  }
  ASSAY_RETURN_IF_ERROR(labels.Add(tx, names));
  LabelChanges changes;
  std::vector<const ObjectRow*> recorded;
  for (auto row = rows.begin(); row != rows.end();) {
    const ObjectRow* const first = row->second;
    std::vector<NewObject> group;
    for (; row != rows.end() && row->second->account_id == first->account_id &&
           row->second->bucket == first->bucket;
         ++row) {
      if (!group.empty() && SameLabels(*group.back().row, *row->second)) {
        group.push_back({row->second, group.back().labels, group.back().label_text});
        continue;
      }
      std::vector<int64_t> ids = labels.IdsOf(*row->second);
      std::string text = JoinIds(ids);
      group.push_back({row->second, std::move(ids), std::move(text)});
    }
    ASSAY_ASSIGN_OR_RETURN(const int64_t bucket_id,
                           FindOrAddBucket(tx, first->account_id, first->bucket));
    ASSAY_RETURN_IF_ERROR(PutBucketObjects(tx, bucket_id, std::move(group), &changes, &recorded));
  }
  // The counts last: other writers of the same ones wait for them until we have committed.
  ASSAY_RETURN_IF_ERROR(changes.Apply(tx));
  return CountDays(tx, recorded);
}

Result<uint64_t> DeleteObjects(Transaction& tx, const std::string& account_id,
                               const std::string& bucket, const std::vector<std::string>& keys) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<int64_t> bucket_id,
                         FindBucketId(tx, account_id, bucket));
  if (!bucket_id) return uint64_t{0};
  std::vector<std::string> unique = keys;
  std::sort(unique.begin(), unique.end());
  unique.erase(std::unique(unique.begin(), unique.end()), unique.end());
  ASSAY_ASSIGN_OR_RETURN(const std::vector<IndexedObject> found,
                         FindIndexed(tx, *bucket_id, unique));
  ASSAY_RETURN_IF_ERROR(RemoveIndexed(tx, found));
  return uint64_t{found.size()};
}

Result<std::optional<ObjectRow>> GetObject(Transaction& tx, const std::string& account_id,
                                           const std::string& bucket, const std::string& key) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<int64_t> bucket_id,
                         FindBucketId(tx, account_id, bucket));
  if (!bucket_id) return std::optional<ObjectRow>();
  ASSAY_ASSIGN_OR_RETURN(
      const std::optional<int64_t> id,
      QueryInt(tx, "SELECT id FROM object WHERE bucket_id = ?1 AND object_key = ?2",
               {*bucket_id, SqlBytes{key}}));
  if (!id) return std::optional<ObjectRow>();
  ASSAY_ASSIGN_OR_RETURN(const LabelCatalog labels, LabelCatalog::Load(tx));
  ASSAY_ASSIGN_OR_RETURN(std::vector<ObjectRow> rows,
                         FetchObjects(tx, labels, {{*bucket_id, *id}}));
  if (rows.empty()) return std::optional<ObjectRow>();
  return std::optional<ObjectRow>(std::move(rows.front()));
}

Result<std::vector<OutcomeCount>> CountOutcomes(Transaction& tx, const std::string& account_id,
                                                const std::string& bucket) {
  std::vector<OutcomeCount> counts;
  ASSAY_RETURN_IF_ERROR(tx.Query(
      "SELECT b.account_id, b.name, l.name, l.detail, CAST(sum(c.objects) AS BIGINT), "
      "CAST(sum(c.bytes_classified) AS BIGINT), "
      "CAST(sum(CASE WHEN c.dlp_risk >= 8 THEN c.objects ELSE 0 END) AS BIGINT) "
      "FROM bucket b JOIN label_count c ON c.bucket_id = b.id JOIN label l ON l.id = c.label_id "
      "WHERE l.kind = 'outcome' AND (?1 = '' OR b.account_id = ?1) AND (?2 = '' OR b.name = ?2) "
      "GROUP BY b.account_id, b.name, l.name, l.detail HAVING sum(c.objects) > 0 "
      "ORDER BY b.account_id, b.name, l.name, l.detail",
      {account_id, bucket}, [&](const SqlRow& row) {
        counts.push_back({row.Text(0), row.Text(1), row.Text(2), row.Text(3),
                          static_cast<uint64_t>(row.Int(4)), static_cast<uint64_t>(row.Int(5)),
                          static_cast<uint64_t>(row.Int(6))});
      }));
  return counts;
}

}  // namespace assay
