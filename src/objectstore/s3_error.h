// What a failed exchange with S3 means: a Status, the reason for an object's outcome, and whether
// the same request may succeed later. The one place where S3's error codes are mapped.
// Source: "Error responses" of the Amazon S3 API reference.
//
// Thread rule: pure functions.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "aws/http.h"
#include "base/status.h"
#include "objectstore/s3_xml.h"

namespace assay {

struct S3Failure {
  Status status;                             // OK when the exchange did not fail
  std::string_view reason;                   // for ObjectInfo::unreadable_reason
  bool retryable = false;                    // the same request may succeed in a moment
  std::chrono::milliseconds retry_after{0};  // what the server asked to wait, at most a minute
  S3ErrorBody error;
};

// Judges one reply. `what` says what was asked ("GetObject") and begins the message.
S3Failure JudgeS3Reply(const HttpReply& reply, std::string_view what);

}  // namespace assay
