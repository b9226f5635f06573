#include "store/object_select.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <unordered_map>

#include "base/hmac.h"
#include "store/key_range.h"
#include "store/row_query.h"

namespace assay {
namespace {

constexpr size_t kSealBytes = 8;

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
  return object;
}

void PutString(std::string* out, std::string_view text) {
  *out += fmt::format("{}:", text.size());
  *out += text;
}

void PutNumber(std::string* out, int64_t number) { *out += fmt::format("{};", number); }

// Reads what PutString and PutNumber wrote.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool Number(char end, int64_t* number) {
    const size_t stop = text_.find(end);
    if (stop == std::string_view::npos || stop == 0 || stop > 20) return false;
    const std::string digits(text_.substr(0, stop));
    char* last = nullptr;
    errno = 0;
    *number = std::strtoll(digits.c_str(), &last, 10);
    text_.remove_prefix(stop + 1);
    return errno == 0 && *last == '\0';
  }
  bool String(std::string* out) {
    int64_t size = 0;
    if (!Number(':', &size) || size < 0 || static_cast<uint64_t>(size) > text_.size()) return false;
    *out = text_.substr(0, static_cast<size_t>(size));
    text_.remove_prefix(static_cast<size_t>(size));
    return true;
  }
  bool AtEnd() const { return text_.empty(); }

 private:
  std::string_view text_;
};

void PutOptional(std::string* out, bool present, int64_t value) {
  PutString(out, present ? fmt::format("{}", value) : "");
}

// Eight bytes, as hex, that tie a position to its query.
std::string Seal(const ObjectFilter& filter, ObjectOrder order, std::string_view position) {
  std::string message;
  for (const std::string* text :
       {&filter.account_id, &filter.bucket, &filter.prefix, &filter.outcome, &filter.reason,
        &filter.pii_type, &filter.pii_impact, &filter.theme}) {
    PutString(&message, *text);
  }
  PutOptional(&message, filter.min_risk.has_value(), filter.min_risk.value_or(0));
  PutOptional(&message, filter.max_risk.has_value(), filter.max_risk.value_or(0));
  PutOptional(&message, filter.since_ms.has_value(), filter.since_ms.value_or(0));
  PutOptional(&message, filter.until_ms.has_value(), filter.until_ms.value_or(0));
  PutNumber(&message, static_cast<int64_t>(order));
  PutString(&message, position);
  return DigestHex(HmacSha256("assay list token 1").Sign(message), kSealBytes);
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::optional<std::string> FromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexValue(hex[i]);
    const int low = HexValue(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
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

BucketName ReadBucket(const SqlRow& row) { return {row.Int(0), row.Text(1), row.Text(2)}; }

}  // namespace

Result<std::vector<ObjectRow>> FetchObjects(Transaction& tx, const LabelCatalog& labels,
                                            const std::vector<int64_t>& ids) {
  std::unordered_map<int64_t, ObjectRow> found;
  std::vector<std::vector<SqlValue>> rows;
  rows.reserve(ids.size());
  for (const int64_t id : ids) rows.push_back({id});
  ASSAY_RETURN_IF_ERROR(tx.QueryRows(
      "SELECT o.id, b.account_id, b.name, o.object_key, o.etag, o.version_id, o.size, "
      "o.last_modified_ms, o.retryable, o.dlp_risk, o.pii_impact, o.bytes_classified, "
      "o.charged_bytes, o.classified_at_ms, o.attempts, o.not_before_ms, o.server_encryption, "
      "o.sse_kms_key_id, o.labels, r.record FROM object o JOIN bucket b ON b.id = o.bucket_id "
      "JOIN object_record r ON r.object_id = o.id WHERE o.id IN ({ROWS})",
      {}, rows, [&](const SqlRow& row) { found[row.Int(0)] = ReadObject(row, labels); }));
  std::vector<ObjectRow> objects;
  for (const int64_t id : ids) {
    const auto object = found.find(id);
    if (object != found.end()) objects.push_back(std::move(object->second));
  }
  return objects;
}

std::string EncodeListToken(const ObjectFilter& filter, ObjectOrder order,
                            const ListPosition& position) {
  std::string text;
  if (order == ObjectOrder::kKey) {
    PutString(&text, position.account_id);
    PutString(&text, position.bucket);
    PutString(&text, position.key);
  } else {
    PutNumber(&text, position.risk);
    PutNumber(&text, position.time_ms);
    PutNumber(&text, position.object_id);
  }
  std::string token = Seal(filter, order, text);
  for (const char c : text) token += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return token;
}

Result<ListPosition> DecodeListToken(const ObjectFilter& filter, ObjectOrder order,
                                     const std::string& token) {
  const Status bad = InvalidArgument("the token is not one of this list: start it anew");
  if (token.size() < 2 * kSealBytes) return bad;
  const std::optional<std::string> text = FromHex(std::string_view(token).substr(2 * kSealBytes));
  if (!text || Seal(filter, order, *text) != token.substr(0, 2 * kSealBytes)) return bad;
  Reader reader(*text);
  ListPosition position;
  const bool read = order == ObjectOrder::kKey
                        ? reader.String(&position.account_id) && reader.String(&position.bucket) &&
                              reader.String(&position.key)
                        : reader.Number(';', &position.risk) &&
                              reader.Number(';', &position.time_ms) &&
                              reader.Number(';', &position.object_id);
  if (!read || !reader.AtEnd()) return bad;
  return position;
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
  query.min_risk = filter.min_risk.value_or(0);
  query.max_risk = std::min<int64_t>(filter.max_risk.value_or(kMaxRisk), kMaxRisk);
  if (filter.since_ms) query.since_ms = *filter.since_ms;
  if (filter.until_ms) query.until_ms = *filter.until_ms;
  query.prefix = filter.prefix;
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

SqlPiece HasLabel(std::string_view alias, std::string_view id_column, const LabelChoice& choice) {
  SqlPiece piece;
  piece.Append(
      fmt::format("EXISTS (SELECT 1 FROM object_label x WHERE x.bucket_id = {0}.bucket_id AND "
                  "x.dlp_risk = {0}.dlp_risk AND x.classified_at_ms = {0}.classified_at_ms AND "
                  "x.object_id = {0}.{1} AND x.label_id IN (",
                  alias, id_column));
  for (size_t i = 0; i < choice.ids.size(); ++i) {
    piece.Append(i == 0 ? "%p" : ", %p", {choice.ids[i]});
  }
  piece.Append("))");
  return piece;
}

namespace {

// "key in the range of `prefix`", for column `column`.
SqlPiece KeyInPrefix(std::string_view column, const std::string& prefix) {
  const KeyRange range = RangeOfPrefix(prefix);
  SqlPiece piece;
  piece.Append(fmt::format("{} >= %p", column), {SqlBytes{range.first}});
  if (range.end) piece.Append(fmt::format(" AND {} < %p", column), {SqlBytes{*range.end}});
  return piece;
}

void AndAlso(SqlPiece* all, const SqlPiece& one) {
  if (!all->text.empty()) all->Append(" AND ");
  all->Append(one);
}

}  // namespace

SqlPiece RestOfEntry(const ListQuery& query, size_t driver, bool check_bucket) {
  SqlPiece all;
  for (size_t i = 0; i < query.labels.size(); ++i) {
    if (i == driver || (i == 0 && query.any_outcome)) continue;
    AndAlso(&all, HasLabel("l", "object_id", query.labels[i]));
  }
  if (check_bucket) {
    SqlPiece bucket;
    bucket.Append(
        "l.bucket_id IN (SELECT b.id FROM bucket b WHERE (%p = '' OR b.account_id = %p) AND "
        "(%p = '' OR b.name = %p))",
        {query.account_id, query.account_id, query.bucket, query.bucket});
    AndAlso(&all, bucket);
  }
  if (query.no_impact || !query.prefix.empty()) {
    SqlPiece object;
    object.Append("EXISTS (SELECT 1 FROM object o WHERE o.id = l.object_id");
    if (query.no_impact) object.Append(" AND o.pii_impact IN ('none', '')");
    if (!query.prefix.empty()) {
      object.Append(" AND ");
      object.Append(KeyInPrefix("o.object_key", query.prefix));
    }
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
  for (size_t i = 0; i < query.labels.size(); ++i) {
    if (i == 0 && query.any_outcome) continue;
    AndAlso(&all, HasLabel("o", "id", query.labels[i]));
  }
  if (query.no_impact) all.Append(" AND o.pii_impact IN ('none', '')");
  return all;
}

}  // namespace assay
