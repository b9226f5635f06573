// Bucket and key policies: parsed, and both evaluators asked.
#include <cstddef>
#include <cstdint>
#include <string>

#include "inventory/exposure.h"
#include "inventory/kms_key_use.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);

  assay::ExposureInput exposure;
  exposure.bucket = "b";
  exposure.region = "us-east-1";
  exposure.acl.state = assay::DocumentState::kAbsent;
  exposure.bucket_block.state = assay::DocumentState::kAbsent;
  exposure.policy.state = assay::DocumentState::kPresent;
  exposure.policy.value = text;
  assay::EvaluateExposure(exposure);

  assay::KmsKeyUseInput key;
  key.key_arn = "arn:aws:kms:us-east-1:111122223333:key/k";
  key.key_policy = text;
  key.region = "us-east-1";
  key.roles = assay::KeyUserRoles("111122223333", "");
  assay::EvaluateKmsKeyUse(key);
  return 0;
}
