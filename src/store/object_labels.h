// The bookkeeping behind object rows: buckets and labels by number, entries of object_label, and
// the counts of them that are kept in the same transaction.
//
// An object carries one outcome label, one for its PII impact when it has any, one for each PII
// type and theme, and one when its ACL lets the world read it. Lists read the entries of one label
// in order; whoever filters by a rare word reads little, and one mechanism serves outcomes, PII
// types and themes alike. The outcome's entry is the object's own row with its column outcome_id;
// the others are rows of object_label. Every table here has bucket_id in its keys, by which
// PostgreSQL partitions them: statements that name the bucket look into one partition.
//
// Thread rule: objects of one transaction, and of one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "store/database.h"
#include "store/object_rows.h"

namespace assay {

inline constexpr uint32_t kMaxRisk = 10;

struct LabelName {
  std::string kind;    // "outcome", "impact", "pii", "theme", "acl"
  std::string name;    // outcome, impact, type, theme, kWorldReadable
  std::string detail;  // the outcome's reason
  auto operator<=>(const LabelName&) const = default;
};
inline constexpr char kWorldReadable[] = "world-readable";
// The labels of an object, the outcome's first.
std::vector<LabelName> LabelsOf(const ObjectRow& object);

// All labels there are; there are about as many as identifiers and themes, so they are read whole.
class LabelCatalog {
 public:
  static Result<LabelCatalog> Load(Transaction& tx);
  // Adds the labels that are not there yet.
  Status Add(Transaction& tx, const std::set<LabelName>& names);

  std::optional<int64_t> Find(const LabelName& name) const;
  // The label's name; an empty one for an id that does not exist.
  const LabelName& Name(int64_t id) const;
  const std::map<LabelName, int64_t>& all() const { return ids_; }
  // Ids of LabelsOf(object), as in column `labels`. REQUIRES: they were added.
  std::vector<int64_t> IdsOf(const ObjectRow& object) const;
  // Writes outcome, reason, PII types and themes from the ids.
  void Fill(const std::string& labels, ObjectRow* object) const;

 private:
  Status Read(Transaction& tx);

  std::map<LabelName, int64_t> ids_;
  std::unordered_map<int64_t, LabelName> names_;
};

// "3,17,20" <-> ids.
std::string JoinIds(const std::vector<int64_t>& ids);
std::vector<int64_t> SplitIds(const std::string& labels);

struct BucketName {
  int64_t id = 0;
  std::string account_id;
  std::string bucket;
};
Result<std::optional<int64_t>> FindBucketId(Transaction& tx, const std::string& account_id,
                                            const std::string& bucket);
Result<int64_t> FindOrAddBucket(Transaction& tx, const std::string& account_id,
                                const std::string& bucket);

// Names an object. The id alone would do, but tables can be partitioned by bucket.
struct ObjectId {
  int64_t bucket_id = 0;
  int64_t id = 0;
};
// As values, in this order.
std::vector<std::vector<SqlValue>> ValuesOf(const std::vector<ObjectId>& ids);

// What the entries and counts of a stored object depend on, and what its history keeps.
struct IndexedObject {
  int64_t id = 0;
  int64_t bucket_id = 0;
  std::string key;
  int64_t dlp_risk = 0;
  int64_t classified_at_ms = 0;
  int64_t bytes_classified = 0;
  std::vector<int64_t> labels;
  std::string etag;
  std::string version_id;
  int64_t size = 0;
  std::string pii_impact;
};
// What names them, as above.
std::vector<std::vector<SqlValue>> ValuesOf(const std::vector<IndexedObject>& objects);
// Those of the keys that are stored, in no order.
Result<std::vector<IndexedObject>> FindIndexed(Transaction& tx, int64_t bucket_id,
                                               const std::vector<std::string>& keys);
Result<std::vector<IndexedObject>> FindIndexed(Transaction& tx, const std::vector<ObjectId>& ids);

// Gathers the changes of entries and counts; Apply writes them.
class LabelChanges {
 public:
  void Add(const IndexedObject& object);
  void Remove(const IndexedObject& object);
  Status Apply(Transaction& tx);

 private:
  struct Delta {
    int64_t objects = 0;
    int64_t bytes = 0;
    std::optional<int64_t> newest_ms;  // of those added
  };
  static void Entries(const IndexedObject& object, std::vector<std::vector<SqlValue>>* rows);
  void Count(const IndexedObject& object, int64_t sign);

  std::vector<std::vector<SqlValue>> added_;
  std::vector<std::vector<SqlValue>> removed_;
  // By (bucket, label, risk): in this order always, so that writers do not lock each other out.
  std::map<std::tuple<int64_t, int64_t, int64_t>, Delta> deltas_;
};

// Removes the objects with their records, history, entries and counts.
Status RemoveIndexed(Transaction& tx, const std::vector<IndexedObject>& objects);

}  // namespace assay
