// Bodies of Macie Classic requests: whatever decodes keeps to the limits of the service model.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/classic_request.h"

namespace {

void Require(bool ok) {
  if (!ok) std::abort();
}

void CheckRequest(const assay::ClassicRequest& request) {
  Require(request.max_results >= 1 && request.max_results <= 250);
  Require(request.next_token.size() <= 4 * 500);
  Require(request.member_account_id.empty() || request.member_account_id.size() == 12);
  Require(request.resources.size() <= assay::kMaxResourcesInRequest);
  for (const assay::S3Resource& resource : request.resources) {
    Require(!resource.bucket.empty() && resource.bucket.size() <= 4 * 500);
    Require(resource.prefix.size() <= 4 * 10'000);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto operation = static_cast<assay::ClassicOperation>(data[0] % 7);
  const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto decoded = assay::DecodeClassicRequest(operation, body);
  if (const auto* request = std::get_if<assay::ClassicRequest>(&decoded)) {
    CheckRequest(*request);
  } else {
    const auto& error = std::get<assay::ClassicError>(decoded);
    Require(!error.type.empty() && error.error_code.size() <= 10);
    Require(error.message.size() <= 10'000 && error.field_name.size() <= 1'000);
  }
  return 0;
}
