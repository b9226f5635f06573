// RecordFilter: conditions on the key of an object and on members of its record
// (JsonMembers::kRecord in classify/classification.h), by the names of index "S3 objects".
//
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// How a member is compared. A member that is absent meets no condition; of one that is a list, one
// element is enough. Texts are compared without regard to the case of ASCII letters.
enum class RecordTest {
  kIs,        // the text is this
  kContains,  // the text has this in it
  kAtLeast,   // the number is this or higher
  kAtMost,
  kSince,  // the time is this (milliseconds since the Unix epoch) or later
  kBefore,
};

// A name a condition can be asked for by, and what it looks at: "object_acl.Grants.Permission" is
// member Permission of what is in list Grants of member object_acl. "" is the key.
struct RecordParameter {
  std::string_view name;
  std::string_view member;
  RecordTest test;
};
const std::vector<RecordParameter>& RecordParameters();

struct RecordTerm {
  const RecordParameter* parameter = nullptr;
  std::string text;    // kIs, kContains
  int64_t number = 0;  // the others
};
using RecordFilter = std::vector<RecordTerm>;  // all terms hold

// Whether the object with this key (bytes) and record meets the filter; false for what is no
// record.
bool MeetsRecordFilter(const RecordFilter& filter, std::string_view key, std::string_view record);
// Equal for equal filters and for no others; "" for an empty one.
std::string RecordFilterText(const RecordFilter& filter);

}  // namespace assay
