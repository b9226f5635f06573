// Parts of ListObjects: where a list stands, the conditions of a filter, and reading rows by id.
//
// Thread rule: free functions on a Transaction, and values.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/object_labels.h"
#include "store/object_rows.h"

namespace assay {

// The objects with these ids, in this order; ids that do not exist are left out.
Result<std::vector<ObjectRow>> FetchObjects(Transaction& tx, const LabelCatalog& labels,
                                            const std::vector<ObjectId>& ids,
                                            ObjectParts parts = ObjectParts::kAll);

// Where a list stands: behind this entry. Orders by risk and time use the first three members, the
// order by key the rest.
struct ListPosition {
  int64_t risk = kMaxRisk;
  int64_t time_ms = std::numeric_limits<int64_t>::max();
  int64_t object_id = std::numeric_limits<int64_t>::max();
  std::string account_id;
  std::string bucket;
  std::string key;
};

// The token for `position`, bound to the query.
std::string EncodeListToken(const ObjectFilter& filter, ObjectOrder order,
                            const ListPosition& position);
// kInvalidArgument: not a token, or one of another query. A token only says where to go on: one
// that somebody made up shows nothing that the query would not show.
Result<ListPosition> DecodeListToken(const ObjectFilter& filter, ObjectOrder order,
                                     const std::string& token);

// A piece of SQL with its values. Placeholders are written as %p and numbered when the statement is
// put together.
struct SqlPiece {
  std::string text;
  std::vector<SqlValue> values;
  void Append(const SqlPiece& other);
  void Append(std::string_view sql, std::initializer_list<SqlValue> more = {});
  // With %p numbered ?1, ?2 ...
  std::string Numbered() const;
};

// One condition on an object by its labels: it has one of them.
struct LabelChoice {
  std::vector<int64_t> ids;
};
// Of ListQuery::labels, the choice of outcomes.
inline constexpr size_t kOutcome = 0;

// A filter, looked up: which buckets, which labels, which risks.
struct ListQuery {
  std::vector<BucketName> buckets;  // in scope, by (account, name); unused when all_buckets
  bool all_buckets = false;
  std::vector<LabelChoice> labels;  // labels[kOutcome] is always there
  bool any_outcome = false;         // the first excludes nothing
  int64_t min_risk = 0;
  int64_t max_risk = kMaxRisk;
  int64_t since_ms = std::numeric_limits<int64_t>::min();
  int64_t until_ms = std::numeric_limits<int64_t>::max();
  std::string prefix;
  bool no_impact = false;  // pii_impact must be "none" or ""
  std::string account_id;
  std::string bucket;
  std::string key;   // exactly this
  SqlPiece columns;  // condition on further columns of an object o; empty when there is none
  RecordCondition record;
  bool empty = false;  // nothing can match
};
Result<ListQuery> LookUpFilter(Transaction& tx, const LabelCatalog& labels,
                               const ObjectFilter& filter);

// An object that may belong to the list.
struct Candidate {
  int64_t risk = 0;
  int64_t time_ms = 0;
  ObjectId object;
  std::string key;  // order by key only
  bool hit = false;
  const BucketName* bucket = nullptr;  // order by key only
};

// Of candidates that are hits so far: whether their records are what the query asks for.
Status CheckRecords(Transaction& tx, const RecordCondition& condition,
                    std::vector<Candidate>* candidates);

// Where the entries of labels[driver] are: the table, and its columns of label and object.
struct EntryTable {
  std::string_view name;
  std::string_view label;
  std::string_view object;
};
const EntryTable& EntriesOf(size_t driver);
// " IN (...)" of the labels of `choice`.
SqlPiece InChoice(const LabelChoice& choice);
// The whole condition beyond labels[driver] of an entry l of EntriesOf(driver); empty when there
// is none.
SqlPiece RestOfEntry(const ListQuery& query, size_t driver, bool check_bucket);
// The whole condition but bucket and key range of an object o.
SqlPiece RestOfObject(const ListQuery& query);

}  // namespace assay
