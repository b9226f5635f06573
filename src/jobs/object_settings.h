// ObjectSettings: what of assay.toml decides what is recorded of an object. In a fleet the serve
// that leads says it for all workers, through the store: a worker that was given another file
// records the same as its neighbour.
//
// Thread rule: values and pure functions; the two that take a Transaction are its thread's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "jobs/classification_service.h"
#include "store/database.h"

namespace assay {

struct ObjectSettings {
  uint64_t max_object_bytes = 0;   // as in ClassifierPoolOptions
  uint32_t object_timeout_ms = 0;  // the same
  bool object_acls = true;         // as in ClassificationOptions
  bool operator==(const ObjectSettings&) const = default;
};

ObjectSettings ObjectSettingsOf(const ClassificationOptions& options);
// Those that are the pool's.
void ApplyTo(const ObjectSettings& settings, ClassifierPoolOptions* options);

std::string ObjectSettingsToJson(const ObjectSettings& settings);
// kDataLoss: damaged, or written by a version that says it otherwise.
Result<ObjectSettings> ObjectSettingsFromJson(std::string_view json);

// Nothing when no leader of this version has said them yet.
Result<std::optional<ObjectSettings>> LoadObjectSettings(Transaction& tx);
Status StoreObjectSettings(Transaction& tx, const ObjectSettings& settings);

}  // namespace assay
