// Status and Result<T>: the one error currency of Assay. No exception crosses a folder; a wrapper
// around a third-party library catches its exceptions and returns a Status.
//
// Thread rule: values; share them like an int.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace assay {

// Few kinds, so that each can be mapped once to an outcome, an exit code or a wire error.
enum class StatusCode {
  kOk = 0,
  kInvalidArgument,    // the caller asked for something that can never work
  kNotFound,           // the named thing does not exist (any more)
  kPermissionDenied,   // the other side refused these credentials
  kAborted,            // the thing changed while it was being read (HTTP 412)
  kUnavailable,        // the other side failed or could not be reached; trying again may help
  kResourceExhausted,  // a limit of ours was reached (memory, depth, expanded size)
  kDeadlineExceeded,   // took longer than allowed
  kDataLoss,           // bytes are damaged: they do not parse as what they claim to be
  kUnimplemented,      // a format or feature that Assay does not read
  kCancelled,          // the user or a limit asked to stop
  kInternal,           // a bug of ours, or an operating-system error with no better kind
};

// Lower-case name of a code ("not-found"), for messages and logs.
std::string_view StatusCodeName(StatusCode code);

class [[nodiscard]] Status {
 public:
  Status() = default;  // OK
  // REQUIRES: code != kOk. `message` says what failed and what to do; it never holds a secret or
  // a piece of a classified object.
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  static Status Ok() { return {}; }
  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }
  // "not-found: no such bucket"; "ok" for OK.
  std::string ToString() const;
  // The same kind with `context` put before the message: "reading a.txt: <message>".
  Status WithContext(std::string_view context) const;

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

Status InvalidArgument(std::string message);
Status NotFound(std::string message);
Status PermissionDenied(std::string message);
Status Aborted(std::string message);
Status Unavailable(std::string message);
Status ResourceExhausted(std::string message);
Status DeadlineExceeded(std::string message);
Status DataLoss(std::string message);
Status Unimplemented(std::string message);
Status Cancelled(std::string message);
Status Internal(std::string message);
// "`what`: <text of errno value `error`>", with the kind that fits the errno value.
Status ErrnoStatus(int error, std::string_view what);

// A T, or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(std::move(status)) {  // NOLINT(google-explicit-constructor)
    if (status_.ok()) std::abort();                     // an OK Result needs a value
  }

  bool ok() const { return value_.has_value(); }
  // OK when there is a value.
  const Status& status() const { return status_; }
  // REQUIRES: ok().
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return *std::move(value_); }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace assay

// Returns from the enclosing function when `expr` (a Status) is not OK.
#define ASSAY_RETURN_IF_ERROR(expr)                                                        \
  do {                                                                                     \
    if (::assay::Status assay_status_ = (expr); !assay_status_.ok()) return assay_status_; \
  } while (false)

#define ASSAY_CONCAT_INNER_(a, b) a##b
#define ASSAY_CONCAT_(a, b) ASSAY_CONCAT_INNER_(a, b)
// ASSAY_ASSIGN_OR_RETURN(auto x, F()): x takes the value of the Result, or its Status is returned.
#define ASSAY_ASSIGN_OR_RETURN(lhs, expr) \
  ASSAY_ASSIGN_OR_RETURN_IMPL_(ASSAY_CONCAT_(assay_result_, __LINE__), lhs, expr)
#define ASSAY_ASSIGN_OR_RETURN_IMPL_(result, lhs, expr) \
  auto result = (expr);                                 \
  if (!result.ok()) return result.status();             \
  lhs = std::move(result).value()
