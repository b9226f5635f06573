// A classification for tests.
#pragma once

#include "classify/classification.h"

namespace assay {

// In which every member says something.
inline Classification FullClassification() {
  Classification c;
  c.bucket = "estate";
  c.key = "hr/people.csv";
  c.account_id = "123456789012";
  c.first_prefix = "hr";
  c.etag = "9b2cf535f27731c974343645a3985328";
  c.last_modified_ms = 1510258500125;
  c.size = 4242;
  c.server_encryption = "aws:kms";
  c.sse_kms_key_id = "key/1";
  c.storage_class = "STANDARD";
  c.acl.owner_id = "75aa";
  c.acl.grants = {{"CanonicalUser", "75aa", "mara", "", "FULL_CONTROL"},
                  {"Group", "", "", "http://x/AllUsers", "READ"}};
  c.outcome = Outcome::kClassified;
  c.partial = true;
  c.status_reason = "FILE_EXCEEDS_SIZE_LIMIT";
  c.bytes_classified = 4000;
  c.timestamp_ms = 1510258500126;
  c.last_crawl_ms = 1510258500127;
  c.content_type = "text/csv";
  c.mimetypes = {"text/csv"};
  c.encoding = "UTF-8";
  c.language_code = "en";
  c.filetypes = {"csv"};
  c.mimetype_risk = 1;
  c.filetype_risk = 6;
  c.theme_risk = 2;
  c.regex_risk = 9;
  c.dlp_risk = 9;
  c.keyword_themes = {"Audit Keywords"};
  c.regex_themes = {"SSN"};
  c.themes = {"Audit Keywords", "SSN"};
  c.pii_types = {"ssn"};
  c.pii_impact = PiiImpact::kLow;
  DetectionGroup group{"US_SSN", "Social security number", "PERSONAL_INFORMATION", 7, {}};
  Occurrence occurrence;
  occurrence.location = {10, 21, 2, 3, "C2", "ssn", 4, "$.a[1]", 5};
  occurrence.member = "a.zip/b.csv";
  occurrence.redacted = "***-**-6789";
  occurrence.hash = "00112233445566778899aabbccddeeff";
  group.occurrences.push_back(occurrence);
  c.detections.push_back(group);
  return c;
}

}  // namespace assay
