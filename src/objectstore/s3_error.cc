#include "objectstore/s3_error.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "aws/aws_time.h"
#include "objectstore/object_store.h"

namespace assay {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMaxRetryAfter{60000};

// Codes whose meaning the HTTP status does not carry.
struct CodeMeaning {
  std::string_view code;
  StatusCode status;
  std::string_view reason;
  bool retryable;
};
constexpr std::array kCodes = {
    CodeMeaning{"InvalidObjectState", StatusCode::kPermissionDenied, kReasonArchived, false},
    CodeMeaning{"RequestTimeout", StatusCode::kUnavailable, kReasonStoreUnavailable, true},
    CodeMeaning{"SlowDown", StatusCode::kUnavailable, kReasonStoreUnavailable, true},
    CodeMeaning{"Throttling", StatusCode::kUnavailable, kReasonStoreUnavailable, true},
    CodeMeaning{"ThrottlingException", StatusCode::kUnavailable, kReasonStoreUnavailable, true},
    CodeMeaning{"RequestLimitExceeded", StatusCode::kUnavailable, kReasonStoreUnavailable, true},
    CodeMeaning{"OperationAborted", StatusCode::kUnavailable, kReasonStoreUnavailable, true},
    CodeMeaning{"KMS.ThrottlingException", StatusCode::kUnavailable, kReasonStoreUnavailable, true},
    // Some gateways send these with 404, which would look like a vanished object.
    CodeMeaning{"AccessDenied", StatusCode::kPermissionDenied, kReasonAccessDenied, false},
    CodeMeaning{"InvalidAccessKeyId", StatusCode::kPermissionDenied, kReasonAccessDenied, false},
    CodeMeaning{"SignatureDoesNotMatch", StatusCode::kPermissionDenied, kReasonAccessDenied, false},
    // versitygw's word for an unknown access key.
    CodeMeaning{"XAdminUserNotFound", StatusCode::kPermissionDenied, kReasonAccessDenied, false},
    CodeMeaning{"ExpiredToken", StatusCode::kPermissionDenied, kReasonAccessDenied, false},
    CodeMeaning{"InvalidToken", StatusCode::kPermissionDenied, kReasonAccessDenied, false},
    CodeMeaning{"TokenRefreshRequired", StatusCode::kPermissionDenied, kReasonAccessDenied, false},
};

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Objects under a KMS key fail with a code of KMS, or with AccessDenied and a message naming the
// call to KMS that was refused.
bool IsKmsRefusal(const S3ErrorBody& error) {
  return error.code.starts_with("KMS.") || Contains(error.message, "kms:") ||
         Contains(error.message, "The ciphertext refers to a customer m");
}

// An object under a key of the customer's own, asked for without it.
bool NeedsCustomerKey(const HttpReply& reply, const S3ErrorBody& error) {
  if (!reply.Header("x-amz-server-side-encryption-customer-algorithm").empty()) return true;
  return error.code == "InvalidRequest" && Contains(error.message, "Server Side Encryption");
}

StatusCode CodeOfHttp(int status) {
  switch (status) {
    case 401:
    case 403:
      return StatusCode::kPermissionDenied;
    case 404:
    case 410:
      return StatusCode::kNotFound;
    case 412:  // the ETag is another one
    case 416:  // the object is shorter than listed
      return StatusCode::kAborted;
    case 408:
    case 429:
      return StatusCode::kUnavailable;
    case 501:
      return StatusCode::kUnimplemented;
    default:
      break;
  }
  return status >= 500 ? StatusCode::kUnavailable : StatusCode::kInvalidArgument;
}

milliseconds RetryAfter(const HttpReply& reply) {
  const std::string& text = reply.Header("retry-after");
  if (text.empty()) return milliseconds(0);
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) {
    const auto until = ParseHttpDate(text);
    seconds = until ? (*until - NowMs() + 999) / 1000 : 0;
  }
  seconds = std::clamp<int64_t>(seconds, 0, kMaxRetryAfter.count() / 1000);
  return milliseconds(seconds * 1000);
}

std::string MessageOf(const HttpReply& reply, const S3ErrorBody& error, std::string_view what) {
  std::string message(what);
  message += ": ";
  if (!error.code.empty()) message += error.code + ' ';
  message += "(HTTP " + std::to_string(reply.status) + ")";
  if (!error.message.empty()) message += ": " + error.message;
  return message;
}

}  // namespace

S3Failure JudgeS3Reply(const HttpReply& reply, std::string_view what) {
  S3Failure failure;
  const bool success = reply.status >= 200 && reply.status < 300;
  if (!reply.transport.ok() && (reply.status == 0 || success)) {
    failure.status = reply.transport.WithContext(what);
    failure.retryable = failure.status.code() == StatusCode::kUnavailable;
    if (failure.status.code() != StatusCode::kCancelled) failure.reason = kReasonStoreUnavailable;
    return failure;
  }
  if (success) return failure;

  failure.error = ParseS3Error(reply.body);
  const std::string message = MessageOf(reply, failure.error, what);
  if (reply.status < 500 && failure.error.code != "KMS.ThrottlingException" &&
      IsKmsRefusal(failure.error)) {
    failure.status = PermissionDenied(message);
    failure.reason = kReasonKmsKeyNotUsable;
    return failure;
  }
  for (const CodeMeaning& meaning : kCodes) {
    if (failure.error.code != meaning.code) continue;
    failure.status = Status(meaning.status, message);
    failure.reason = meaning.reason;
    failure.retryable = meaning.retryable;
    failure.retry_after = RetryAfter(reply);
    return failure;
  }
  if (reply.status == 400 && NeedsCustomerKey(reply, failure.error)) {
    failure.status = PermissionDenied(message);
    failure.reason = kReasonCustomerKeyEncrypted;
    return failure;
  }
  failure.status = Status(CodeOfHttp(reply.status), message);
  failure.reason = ReasonForStatus(failure.status);
  failure.retryable = failure.status.code() == StatusCode::kUnavailable;
  failure.retry_after = RetryAfter(reply);
  return failure;
}

}  // namespace assay
