// The operations of Macie Classic (2017-12-19) and what their requests may hold.
//
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "jobs/s3_resource_service.h"

namespace assay {

enum class ClassicOperation {
  kAssociateMemberAccount,
  kDisassociateMemberAccount,
  kListMemberAccounts,
  kAssociateS3Resources,
  kUpdateS3Resources,
  kDisassociateS3Resources,
  kListS3Resources,
};
// By the value of X-Amz-Target, "MacieService.ListS3Resources".
std::optional<ClassicOperation> ClassicOperationFromTarget(std::string_view target);
std::string_view ClassicOperationName(ClassicOperation operation);  // "ListS3Resources"
bool ClassicOperationChanges(ClassicOperation operation);

struct ClassicRequest {
  ClassicOperation operation = ClassicOperation::kListMemberAccounts;
  std::string member_account_id;  // "" = the master account's own resources
  std::vector<S3Resource> resources;
  std::string next_token;
  uint32_t max_results = 250;
};

// An exception of the service model, on its way to the wire.
struct ClassicError {
  int status = 400;
  std::string type;           // "InvalidInputException"
  std::string error_code;     // at most 10 characters; "" = the exception has none
  std::string message;        // at most 10,000 characters
  std::string field_name;     // InvalidInputException
  std::string resource_type;  // AccessDeniedException, LimitExceededException
};

// Not in the model, but it bounds the work that one request can ask for: four times the limit.
inline constexpr size_t kMaxResourcesInRequest = 1000;

// Decodes and validates a hostile body. SerializationException: not JSON, or of a wrong JSON type;
// InvalidInputException, with the path of the field: missing, too long, out of range.
std::variant<ClassicRequest, ClassicError> DecodeClassicRequest(ClassicOperation operation,
                                                                std::string_view body);

}  // namespace assay
