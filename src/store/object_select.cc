#include "store/object_select.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "store/key_range.h"
#include "store/row_query.h"

namespace assay {
namespace {

ObjectRow ReadObject(const SqlRow& row, const LabelCatalog& labels) {
  ObjectRow object;
  object.account_id = row.Text(1);
  object.bucket = row.Text(2);
  object.key = row.Bytes(3);
  object.etag = row.Bytes(4);
  object.version_id = row.Bytes(5);
  object.size = row.Int(6);
  object.last_modified_ms = row.Int(7);
  object.retryable = row.Int(8) != 0;
  object.dlp_risk = static_cast<uint32_t>(row.Int(9));
  object.pii_impact = row.Text(10);
  object.bytes_classified = row.Int(11);
  object.charged_bytes = row.Int(12);
  object.classified_at_ms = row.Int(13);
  object.attempts = static_cast<uint32_t>(row.Int(14));
  object.not_before_ms = row.Int(15);
  object.server_encryption = row.Text(16);
  object.sse_kms_key_id = row.Text(17);
  labels.Fill(row.Text(18), &object);
  object.record = row.Text(19);
  object.detections = row.Bytes(20);
  return object;
}

void AddLabel(const LabelCatalog& labels, const LabelName& name, ListQuery* query) {
  const std::optional<int64_t> id = labels.Find(name);
  if (id) {
    query->labels.push_back({{*id}});
  } else {
    query->empty = true;
  }
}

void LookUpOutcome(const LabelCatalog& labels, const ObjectFilter& filter, ListQuery* query) {
  LabelChoice choice;
  for (const auto& [name, id] : labels.all()) {
    if (name.kind == "outcome" && (filter.outcome.empty() || name.name == filter.outcome) &&
        (filter.reason.empty() || name.detail == filter.reason)) {
      choice.ids.push_back(id);
    }
  }
  query->any_outcome = filter.outcome.empty() && filter.reason.empty();
  query->empty = choice.ids.empty();
  query->labels.push_back(std::move(choice));
}

// "key in the range of `prefix`", for column `column`.
SqlPiece KeyInPrefix(std::string_view column, const std::string& prefix) {
  const KeyRange range = RangeOfPrefix(prefix);
  SqlPiece piece;
  piece.Append(fmt::format("{} >= %p", column), {SqlBytes{range.first}});
  if (range.end) piece.Append(fmt::format(" AND {} < %p", column), {SqlBytes{*range.end}});
  return piece;
}

void AndAlso(SqlPiece* all, const SqlPiece& one) {
  if (one.text.empty()) return;
  if (!all->text.empty()) all->Append(" AND ");
  all->Append(one);
}

void AndAlso(SqlPiece* all, std::string_view sql, const SqlValue& value) {
  SqlPiece piece;
  piece.Append(sql, {value});
  AndAlso(all, piece);
}

void AndAlso(SqlPiece* all, std::string_view sql, const std::optional<int64_t>& value) {
  if (value) AndAlso(all, sql, SqlValue(*value));
}

SqlPiece ColumnConditions(const ObjectFilter& filter) {
  SqlPiece all;
  if (!filter.key.empty()) AndAlso(&all, "o.object_key = %p", SqlValue(SqlBytes{filter.key}));
  if (!filter.first_prefix.empty()) {
    AndAlso(&all, KeyInPrefix("o.object_key", filter.first_prefix + '/'));
  }
  if (!filter.etag.empty()) AndAlso(&all, "o.etag = %p", SqlValue(SqlBytes{filter.etag}));
  AndAlso(&all, "o.size >= %p", filter.min_size);
  AndAlso(&all, "o.size <= %p", filter.max_size);
  AndAlso(&all, "o.last_modified_ms >= %p", filter.modified_since_ms);
  AndAlso(&all, "o.last_modified_ms < %p", filter.modified_until_ms);
  if (!filter.server_encryption.empty()) {
    const bool none = filter.server_encryption == "none";
    AndAlso(&all, "o.server_encryption = %p", SqlValue(none ? "" : filter.server_encryption));
  }
  if (!filter.sse_kms_key_id.empty()) {
    AndAlso(&all, "o.sse_kms_key_id = %p", SqlValue(filter.sse_kms_key_id));
  }
  return all;
}

// Conditions on an object o; empty when there is none.
SqlPiece HasOutcome(const ListQuery& query) {
  SqlPiece piece;
  if (query.any_outcome) return piece;
  piece.Append("o.outcome_id");
  piece.Append(InChoice(query.labels[kOutcome]));
  return piece;
}

SqlPiece OfColumns(const ListQuery& query) {
  SqlPiece all;
  if (query.no_impact) all.Append("o.pii_impact IN ('none', '')");
  AndAlso(&all, query.columns);
  return all;
}

// "The entry or object `alias` also has the labels asked for" other than labels[driver] and the
// outcome.
SqlPiece HasOtherLabels(const ListQuery& query, size_t driver, std::string_view alias,
                        std::string_view id_column) {
  SqlPiece all;
  for (size_t i = 0; i < query.labels.size(); ++i) {
    if (i == driver || i == kOutcome) continue;
    SqlPiece has;
    has.Append(
        fmt::format("EXISTS (SELECT 1 FROM object_label x WHERE x.bucket_id = {0}.bucket_id AND "
                    "x.dlp_risk = {0}.dlp_risk AND x.classified_at_ms = {0}.classified_at_ms AND "
                    "x.object_id = {0}.{1} AND x.label_id",
                    alias, id_column));
    has.Append(InChoice(query.labels[i]));
    has.Append(")");
    AndAlso(&all, has);
  }
  return all;
}

BucketName ReadBucket(const SqlRow& row) { return {row.Int(0), row.Text(1), row.Text(2)}; }

}  // namespace

Result<std::vector<ObjectRow>> FetchObjects(Transaction& tx, const LabelCatalog& labels,
                                            const std::vector<ObjectId>& ids, ObjectParts parts) {
  std::unordered_map<int64_t, ObjectRow> found;
  std::string tables = "object o JOIN bucket b ON b.id = o.bucket_id";
  std::string detections = "NULL";
  if (parts == ObjectParts::kAll) {
    tables += " LEFT JOIN object_detections d ON d.bucket_id = o.bucket_id AND d.object_id = o.id";
    detections = "d.detections";
  }
  ASSAY_RETURN_IF_ERROR(tx.FindRows(
      tables,
      "o.id, b.account_id, b.name, o.object_key, o.etag, o.version_id, o.size, "
      "o.last_modified_ms, o.retryable, o.dlp_risk, o.pii_impact, o.bytes_classified, "
      "o.charged_bytes, o.classified_at_ms, o.attempts, o.not_before_ms, o.server_encryption, "
      "o.sse_kms_key_id, o.labels, o.record, " +
          detections,
      {"o.bucket_id", "o.id"}, ValuesOf(ids),
      [&](const SqlRow& row) { found[row.Int(0)] = ReadObject(row, labels); }));
  std::vector<ObjectRow> objects;
  for (const ObjectId& one : ids) {
    const auto object = found.find(one.id);
    if (object != found.end()) objects.push_back(std::move(object->second));
  }
  return objects;
}

void SqlPiece::Append(const SqlPiece& other) {
  text += other.text;
  values.insert(values.end(), other.values.begin(), other.values.end());
}

void SqlPiece::Append(std::string_view sql, std::initializer_list<SqlValue> more) {
  text += sql;
  values.insert(values.end(), more);
}

std::string SqlPiece::Numbered() const {
  std::string out;
  size_t number = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "%p") == 0) {
      out += fmt::format("?{}", ++number);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

Result<ListQuery> LookUpFilter(Transaction& tx, const LabelCatalog& labels,
                               const ObjectFilter& filter) {
  if (!filter.prefix.empty() && filter.bucket.empty()) {
    return InvalidArgument("a prefix needs a bucket");
  }
  ListQuery query;
  LookUpOutcome(labels, filter, &query);
  if (filter.pii_impact == "none") {
    query.no_impact = true;
  } else if (!filter.pii_impact.empty()) {
    AddLabel(labels, {"impact", filter.pii_impact, ""}, &query);
  }
  if (!filter.pii_type.empty()) AddLabel(labels, {"pii", filter.pii_type, ""}, &query);
  if (!filter.theme.empty()) AddLabel(labels, {"theme", filter.theme, ""}, &query);
  if (filter.world_readable) AddLabel(labels, {"acl", kWorldReadable, ""}, &query);
  query.min_risk = filter.min_risk.value_or(0);
  query.max_risk = std::min<int64_t>(filter.max_risk.value_or(kMaxRisk), kMaxRisk);
  if (filter.since_ms) query.since_ms = *filter.since_ms;
  if (filter.until_ms) query.until_ms = *filter.until_ms;
  query.prefix = filter.prefix;
  if (query.prefix.empty() && !filter.bucket.empty() && !filter.first_prefix.empty()) {
    query.prefix = filter.first_prefix + '/';
  }
  query.key = filter.key;
  query.columns = ColumnConditions(filter);
  query.record = filter.record;
  query.account_id = filter.account_id;
  query.bucket = filter.bucket;
  query.all_buckets = filter.account_id.empty() && filter.bucket.empty();
  ASSAY_ASSIGN_OR_RETURN(
      query.buckets, QueryAll<BucketName>(tx,
                                          "SELECT id, account_id, name FROM bucket WHERE "
                                          "(?1 = '' OR account_id = ?1) AND (?2 = '' OR name = ?2) "
                                          "ORDER BY account_id, name",
                                          {filter.account_id, filter.bucket}, ReadBucket));
  query.empty = query.empty || query.buckets.empty();
  return query;
}

Status CheckRecords(Transaction& tx, const RecordCondition& condition,
                    std::vector<Candidate>* candidates) {
  if (condition.text.empty()) return Status::Ok();
  std::unordered_map<int64_t, Candidate*> open;
  std::vector<ObjectId> ids;
  for (Candidate& candidate : *candidates) {
    if (!candidate.hit) continue;
    candidate.hit = false;
    open[candidate.object.id] = &candidate;
    ids.push_back(candidate.object);
  }
  return tx.FindRows("object", "id, object_key, record", {"bucket_id", "id"}, ValuesOf(ids),
                     [&](const SqlRow& row) {
                       const auto found = open.find(row.Int(0));
                       if (found == open.end()) return;
                       found->second->hit = condition.accepts(row.Bytes(1), row.Text(2));
                     });
}

const EntryTable& EntriesOf(size_t driver) {
  static constexpr EntryTable kOutcomes = {"object", "outcome_id", "id"};
  static constexpr EntryTable kOthers = {"object_label", "label_id", "object_id"};
  return driver == kOutcome ? kOutcomes : kOthers;
}

SqlPiece InChoice(const LabelChoice& choice) {
  SqlPiece piece;
  piece.Append(" IN (");
  for (size_t i = 0; i < choice.ids.size(); ++i) {
    piece.Append(i == 0 ? "%p" : ", %p", {choice.ids[i]});
  }
  piece.Append(")");
  return piece;
}

SqlPiece RestOfEntry(const ListQuery& query, size_t driver, bool check_bucket) {
  const std::string_view id = EntriesOf(driver).object;
  SqlPiece all = HasOtherLabels(query, driver, "l", id);
  if (check_bucket) {
    SqlPiece bucket;
    bucket.Append(
        "l.bucket_id IN (SELECT b.id FROM bucket b WHERE (%p = '' OR b.account_id = %p) AND "
        "(%p = '' OR b.name = %p))",
        {query.account_id, query.account_id, query.bucket, query.bucket});
    AndAlso(&all, bucket);
  }
  SqlPiece rest = driver == kOutcome ? SqlPiece() : HasOutcome(query);
  AndAlso(&rest, OfColumns(query));
  if (!query.prefix.empty()) AndAlso(&rest, KeyInPrefix("o.object_key", query.prefix));
  if (!rest.text.empty()) {
    SqlPiece object;
    object.Append(fmt::format(
        "EXISTS (SELECT 1 FROM object o WHERE o.bucket_id = l.bucket_id AND o.id = l.{} AND ", id));
    object.Append(rest);
    object.Append(")");
    AndAlso(&all, object);
  }
  return all;
}

SqlPiece RestOfObject(const ListQuery& query) {
  SqlPiece all;
  all.Append(
      "o.dlp_risk >= %p AND o.dlp_risk <= %p AND o.classified_at_ms >= %p AND "
      "o.classified_at_ms < %p",
      {query.min_risk, query.max_risk, query.since_ms, query.until_ms});
  AndAlso(&all, HasOutcome(query));
  AndAlso(&all, HasOtherLabels(query, kOutcome, "o", "id"));
  AndAlso(&all, OfColumns(query));
  return all;
}

}  // namespace assay
