// Classification: everything Assay knows about one object after looking at it. Its JSON form is the
// line of `assay scan --format jsonl`, the record of the service, and what --baseline and --resume
// read back; member names follow index "S3 objects" of Macie Classic's research fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/text_piece.h"

namespace assay {

enum class Outcome { kClassified, kSkipped, kFailed };
std::string_view OutcomeName(Outcome outcome);  // "classified", "skipped", "failed"
std::optional<Outcome> OutcomeOfName(std::string_view name);

// Why an object was not classified: the closed list of rule O1, with the reasons only a scan of
// plain paths can have (marked *).
enum class OutcomeReason {
  kNone = 0,
  kArchived,              // archived: storage class that cannot be read at once
  kKmsKeyNotUsable,       // kms-key-not-usable
  kClientSideEncrypted,   // client-side-encrypted
  kCustomerKeyEncrypted,  // customer-key-encrypted (SSE-C)
  kUnsupportedFormat,     // unsupported-format
  kQuotaReached,          // quota-reached
  kAccessDenied,          // access-denied
  kVanished,              // vanished: gone or changed since it was listed
  kDamaged,               // damaged: not readable as what it claims to be
  kTimeout,               // timeout
  kExtractorCrashed,      // extractor-crashed (also: out of memory in the sandbox)
  kStoreUnavailable,      // store-unavailable: the store kept failing (retryable)
  kSpecialFile,           // * special-file: device, socket, pipe
  kSymlink,               // * symlink: leads out of the root, or dangles
};
std::string_view OutcomeReasonName(OutcomeReason reason);  // "" for kNone
std::optional<OutcomeReason> OutcomeReasonOfName(std::string_view name);
// Whether trying the same object again later may end differently.
bool IsRetryable(OutcomeReason reason);

enum class PiiImpact { kNone, kLow, kModerate, kHigh };
std::string_view PiiImpactName(PiiImpact impact);
std::optional<PiiImpact> PiiImpactOfName(std::string_view name);

inline constexpr size_t kHashBytes = 16;

struct Occurrence {
  Location location;
  std::string member;    // path inside archives, "" for the object itself
  std::string redacted;  // "***-**-6789": never more of the value than a person needs to find it
  // Keyed hash of the value, kHashBytes in hexadecimal: equal values join, nobody can look it up.
  std::string hash;
  std::string value;  // only with --show-values
};

struct DetectionGroup {
  std::string id;  // US_SOCIAL_SECURITY_NUMBER
  std::string name;
  std::string category;
  uint64_t count = 0;                   // all of them
  std::vector<Occurrence> occurrences;  // the first max_occurrences
};

// An object's own access control list, as GetObjectAcl tells it.
struct ObjectGrant {
  std::string grantee_type;  // "CanonicalUser", "Group", "AmazonCustomerByEmail"
  std::string grantee_id;
  std::string grantee_display_name;
  std::string grantee_uri;  // of a group
  std::string permission;   // "FULL_CONTROL", "READ", "READ_ACP", "WRITE_ACP"
  bool operator==(const ObjectGrant&) const = default;
};
struct ObjectAcl {
  std::string owner_id;
  std::string owner_display_name;
  std::vector<ObjectGrant> grants;
  // Nobody asked, or the store did not tell.
  bool empty() const { return owner_id.empty() && owner_display_name.empty() && grants.empty(); }
  bool operator==(const ObjectAcl&) const = default;
};

struct Classification {
  // Which object.
  std::string bucket;
  std::string key;
  std::string account_id;
  // filesystem_metadata
  std::string first_prefix;
  std::string etag;
  int64_t last_modified_ms = 0;
  uint64_t size = 0;
  std::string server_encryption;
  std::string sse_kms_key_id;
  std::string storage_class;
  ObjectAcl acl;
  // How it ended.
  Outcome outcome = Outcome::kFailed;
  OutcomeReason reason = OutcomeReason::kNone;
  bool partial = false;
  std::string status_reason;      // why partial: a PartialReasonCode
  uint64_t bytes_classified = 0;  // bytes of the object that were read for classifying
  int64_t timestamp_ms = 0;       // when this record was made
  int64_t last_crawl_ms = 0;
  // What it is.
  std::string content_type;            // by content; "" when not known
  std::vector<std::string> mimetypes;  // of the object and what is inside it
  std::string encoding;
  std::string language_code;           // ISO 639-1
  std::vector<std::string> filetypes;  // extensions from Classic's list
  uint32_t mimetype_risk = 0;
  uint32_t filetype_risk = 0;
  uint32_t theme_risk = 0;
  uint32_t regex_risk = 0;
  uint32_t dlp_risk = 0;  // the highest of the four: 1-10; 0 when not classified
  std::vector<std::string> keyword_themes;
  std::vector<std::string> regex_themes;
  std::vector<std::string> themes;  // all themes of either kind
  std::vector<std::string> pii_types;
  PiiImpact pii_impact = PiiImpact::kNone;
  std::vector<DetectionGroup> detections;
  // Instead of `detections`, where they are only kept (DetectionsAs::kBytes); see DecodeDetections.
  // Empty: there are none.
  std::string encoded_detections;
};

// How a classifier's detections are wanted: to be looked at, or only to be kept.
enum class DetectionsAs { kValues, kBytes };

// Which members the JSON of a classification has.
enum class JsonMembers {
  kAll,
  kWithoutDetections,
  // What an object's row has no column for (store/object_rows.h): its record. The others would be
  // stored twice; jobs/object_record.h puts both together again.
  kRecord,
};

// One line of JSON, no newline; unknown members are absent, also detections that are only kept.
// Always valid UTF-8: bytes of keys that are not UTF-8 are percent-encoded ("key" then carries
// "key_encoding":"percent").
std::string ClassificationToJson(const Classification& classification,
                                 JsonMembers members = JsonMembers::kAll);
// Puts detections back into the line of a classification whose encoded_detections these are. The
// line stays without them when they do not decode.
std::string WithDetections(std::string json, std::string_view encoded_detections);
// Reads back what ClassificationToJson wrote; with kRecord, the key and the outcome may be missing.
// Bad input (a hostile classifier): kDataLoss.
Result<Classification> ClassificationFromJson(std::string_view json,
                                              JsonMembers members = JsonMembers::kAll);

}  // namespace assay
