#include "store/object_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "store/row_query.h"
#include "store/sql_text.h"

namespace assay {
namespace {

IndexedObject ReadIndexed(const SqlRow& row) {
  IndexedObject object;
  object.id = row.Int(0);
  object.bucket_id = row.Int(1);
  object.key = row.Bytes(2);
  object.dlp_risk = row.Int(3);
  object.classified_at_ms = row.Int(4);
  object.bytes_classified = row.Int(5);
  object.labels = SplitIds(row.Text(6));
  object.etag = row.Bytes(7);
  object.version_id = row.Bytes(8);
  object.size = row.Int(9);
  object.pii_impact = row.Text(10);
  return object;
}

Result<std::vector<IndexedObject>> FindBy(Transaction& tx, std::string_view column,
                                          const std::vector<std::vector<SqlValue>>& rows) {
  std::vector<IndexedObject> found;
  ASSAY_RETURN_IF_ERROR(tx.FindRows(
      "object",
      "id, bucket_id, object_key, dlp_risk, classified_at_ms, bytes_classified, "
      "labels, etag, version_id, size, pii_impact",
      {"bucket_id", column}, rows, [&](const SqlRow& row) { found.push_back(ReadIndexed(row)); }));
  return found;
}

}  // namespace

std::vector<LabelName> LabelsOf(const ObjectRow& object) {
  // Names are looked up again as they are stored.
  std::vector<LabelName> names = {{"outcome", ToSqlText(object.outcome), ToSqlText(object.reason)}};
  if (!object.pii_impact.empty() && object.pii_impact != "none") {
    names.push_back({"impact", ToSqlText(object.pii_impact), ""});
  }
  for (const std::string& type : object.pii_types) names.push_back({"pii", ToSqlText(type), ""});
  for (const std::string& theme : object.themes) names.push_back({"theme", ToSqlText(theme), ""});
  if (object.world_readable) names.push_back({"acl", kWorldReadable, ""});
  // A name given twice would be an entry twice.
  std::vector<LabelName> unique;
  for (LabelName& name : names) {
    if (std::find(unique.begin(), unique.end(), name) == unique.end()) {
      unique.push_back(std::move(name));
    }
  }
  return unique;
}

Result<LabelCatalog> LabelCatalog::Load(Transaction& tx) {
  LabelCatalog catalog;
  ASSAY_RETURN_IF_ERROR(catalog.Read(tx));
  return catalog;
}

Status LabelCatalog::Read(Transaction& tx) {
  return tx.Query("SELECT id, kind, name, detail FROM label", {}, [&](const SqlRow& row) {
    LabelName name{row.Text(1), row.Text(2), row.Text(3)};
    names_[row.Int(0)] = name;
    ids_[std::move(name)] = row.Int(0);
  });
}

Status LabelCatalog::Add(Transaction& tx, const std::set<LabelName>& names) {
  std::vector<std::vector<SqlValue>> rows;
  for (const LabelName& name : names) {
    if (!ids_.contains(name)) rows.push_back({name.kind, name.name, name.detail});
  }
  if (rows.empty()) return Status::Ok();
  ASSAY_RETURN_IF_ERROR(
      tx.ExecuteRows("INSERT INTO label (kind, name, detail) {ROWS} "
                     "ON CONFLICT (kind, name, detail) DO NOTHING",
                     rows));
  return Read(tx);
}

std::optional<int64_t> LabelCatalog::Find(const LabelName& name) const {
  const auto found = ids_.find(name);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

const LabelName& LabelCatalog::Name(int64_t id) const {
  static const LabelName kNone;
  const auto found = names_.find(id);
  return found == names_.end() ? kNone : found->second;
}

std::vector<int64_t> LabelCatalog::IdsOf(const ObjectRow& object) const {
  std::vector<int64_t> ids;
  for (const LabelName& name : LabelsOf(object)) ids.push_back(Find(name).value_or(0));
  return ids;
}

void LabelCatalog::Fill(const std::string& labels, ObjectRow* object) const {
  for (const int64_t id : SplitIds(labels)) {
    const LabelName& label = Name(id);
    if (label.kind == "outcome") {
      object->outcome = label.name;
      object->reason = label.detail;
    } else if (label.kind == "pii") {
      object->pii_types.push_back(label.name);
    } else if (label.kind == "theme") {
      object->themes.push_back(label.name);
    } else if (label.kind == "acl") {
      object->world_readable = true;
    }
  }
}

std::string JoinIds(const std::vector<int64_t>& ids) {
  return fmt::format("{}", fmt::join(ids, ","));
}

std::vector<int64_t> SplitIds(const std::string& labels) {
  std::vector<int64_t> ids;
  const char* at = labels.data();
  const char* const end = at + labels.size();
  while (at < end) {
    int64_t id = 0;
    const auto [next, error] = std::from_chars(at, end, id);
    if (error != std::errc()) break;
    ids.push_back(id);
    at = next == end ? end : next + 1;
  }
  return ids;
}

Result<std::optional<int64_t>> FindBucketId(Transaction& tx, const std::string& account_id,
                                            const std::string& bucket) {
  return QueryInt(tx, "SELECT id FROM bucket WHERE account_id = ?1 AND name = ?2",
                  {account_id, bucket});
}

Result<int64_t> FindOrAddBucket(Transaction& tx, const std::string& account_id,
                                const std::string& bucket) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<int64_t> known, FindBucketId(tx, account_id, bucket));
  if (known) return *known;
  ASSAY_ASSIGN_OR_RETURN(
      const std::optional<int64_t> added,
      QueryInt(tx,
               "INSERT INTO bucket (account_id, name) VALUES (?1, ?2) "
               "ON CONFLICT (account_id, name) DO UPDATE SET name = excluded.name RETURNING id",
               {account_id, bucket}));
  if (!added) return Internal("a new bucket got no id");
  return *added;
}

Result<std::vector<IndexedObject>> FindIndexed(Transaction& tx, int64_t bucket_id,
                                               const std::vector<std::string>& keys) {
  std::vector<std::vector<SqlValue>> rows;
  rows.reserve(keys.size());
  for (const std::string& key : keys) rows.push_back({bucket_id, SqlBytesView{key}});
  return FindBy(tx, "object_key", rows);
}

Result<std::vector<IndexedObject>> FindIndexed(Transaction& tx, const std::vector<ObjectId>& ids) {
  return FindBy(tx, "id", ValuesOf(ids));
}

std::vector<std::vector<SqlValue>> ValuesOf(const std::vector<ObjectId>& ids) {
  std::vector<std::vector<SqlValue>> rows;
  rows.reserve(ids.size());
  for (const ObjectId& one : ids) rows.push_back({one.bucket_id, one.id});
  return rows;
}

std::vector<std::vector<SqlValue>> ValuesOf(const std::vector<IndexedObject>& objects) {
  std::vector<std::vector<SqlValue>> rows;
  rows.reserve(objects.size());
  for (const IndexedObject& object : objects) rows.push_back({object.bucket_id, object.id});
  return rows;
}

void LabelChanges::Add(const IndexedObject& object) {
  Entries(object, &added_);
  Count(object, 1);
}

void LabelChanges::Remove(const IndexedObject& object) {
  Entries(object, &removed_);
  Count(object, -1);
}

void LabelChanges::Entries(const IndexedObject& object, std::vector<std::vector<SqlValue>>* rows) {
  // The first is the outcome's, a column of the object's row.
  for (size_t i = 1; i < object.labels.size(); ++i) {
    rows->push_back(
        {object.bucket_id, object.labels[i], object.dlp_risk, object.classified_at_ms, object.id});
  }
}

void LabelChanges::Count(const IndexedObject& object, int64_t sign) {
  for (const int64_t label : object.labels) {
    Delta& delta = deltas_[{object.bucket_id, label, object.dlp_risk}];
    delta.objects += sign;
    delta.bytes += sign * object.bytes_classified;
    if (sign < 0) continue;
    delta.newest_ms = std::max(delta.newest_ms.value_or(0), object.classified_at_ms);
  }
}

Status LabelChanges::Apply(Transaction& tx) {
  ASSAY_RETURN_IF_ERROR(tx.DeleteRows(
      "object_label", {"bucket_id", "label_id", "dlp_risk", "classified_at_ms", "object_id"},
      removed_));
  ASSAY_RETURN_IF_ERROR(
      tx.ExecuteRows("INSERT INTO object_label (bucket_id, label_id, dlp_risk, classified_at_ms, "
                     "object_id) {ROWS}",
                     added_));
  std::vector<std::vector<SqlValue>> rows;
  for (const auto& [place, delta] : deltas_) {
    if (delta.objects == 0 && delta.bytes == 0 && !delta.newest_ms) continue;
    const auto& [bucket_id, label_id, risk] = place;
    rows.push_back(
        {bucket_id, label_id, risk, delta.objects, delta.bytes, delta.newest_ms.value_or(0)});
  }
  added_.clear();
  removed_.clear();
  deltas_.clear();
  return tx.ExecuteRows(
      "INSERT INTO label_count (bucket_id, label_id, dlp_risk, objects, bytes_classified, "
      "newest_ms) {ROWS} ON CONFLICT (bucket_id, label_id, dlp_risk) DO UPDATE SET "
      "objects = label_count.objects + excluded.objects, "
      "bytes_classified = label_count.bytes_classified + excluded.bytes_classified, "
      "newest_ms = CASE WHEN excluded.newest_ms > label_count.newest_ms THEN excluded.newest_ms "
      "ELSE label_count.newest_ms END",
      rows);
}

Status RemoveIndexed(Transaction& tx, const std::vector<IndexedObject>& objects) {
  LabelChanges changes;
  for (const IndexedObject& object : objects) changes.Remove(object);
  const std::vector<std::vector<SqlValue>> rows = ValuesOf(objects);
  ASSAY_RETURN_IF_ERROR(tx.DeleteRows("object_history", {"bucket_id", "object_id"}, rows));
  ASSAY_RETURN_IF_ERROR(tx.DeleteRows("object_detections", {"bucket_id", "object_id"}, rows));
  ASSAY_RETURN_IF_ERROR(tx.DeleteRows("object", {"bucket_id", "id"}, rows));
  return changes.Apply(tx);
}

}  // namespace assay
