// Object events as a store, or anybody with the webhook's token, may send them.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "jobs/s3_event.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view document(reinterpret_cast<const char*>(data), size);
  const auto events = assay::ParseS3Events(document, "111122223333", 1'700'000'000'000);
  if (!events.ok()) return 0;
  for (const assay::EventRow& event : *events) {
    if (event.bucket.empty() || event.key.empty() || event.account_id != "111122223333") {
      std::abort();
    }
  }
  return 0;
}
