#include "jobs/object_settings.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include "store/setting_rows.h"

namespace assay {
namespace {

constexpr char kMaxObjectBytes[] = "maxObjectBytes";
constexpr char kObjectTimeoutMs[] = "objectTimeoutMs";
constexpr char kObjectAcls[] = "objectAcls";

}  // namespace

ObjectSettings ObjectSettingsOf(const ClassificationOptions& options) {
  return {options.pool.max_object_bytes, options.pool.object_timeout_ms, options.object_acls};
}

void ApplyTo(const ObjectSettings& settings, ClassifierPoolOptions* options) {
  options->max_object_bytes = settings.max_object_bytes;
  options->object_timeout_ms = settings.object_timeout_ms;
}

std::string ObjectSettingsToJson(const ObjectSettings& settings) {
  return fmt::format(R"({{"{}":{},"{}":{},"{}":{}}})", kMaxObjectBytes, settings.max_object_bytes,
                     kObjectTimeoutMs, settings.object_timeout_ms, kObjectAcls,
                     settings.object_acls);
}

Result<ObjectSettings> ObjectSettingsFromJson(std::string_view json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  const Status damaged = DataLoss("the settings of the service that leads are damaged");
  if (document.HasParseError() || !document.IsObject()) return damaged;
  const auto bytes = document.FindMember(kMaxObjectBytes);
  const auto timeout = document.FindMember(kObjectTimeoutMs);
  const auto acls = document.FindMember(kObjectAcls);
  const auto end = document.MemberEnd();
  if (bytes == end || timeout == end || acls == end || !bytes->value.IsUint64() ||
      !timeout->value.IsUint() || !acls->value.IsBool()) {
    return damaged;
  }
  return ObjectSettings{bytes->value.GetUint64(), timeout->value.GetUint(), acls->value.GetBool()};
}

Result<std::optional<ObjectSettings>> LoadObjectSettings(Transaction& tx) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<std::string> json, GetSetting(tx, kObjectSettings));
  if (!json) return std::optional<ObjectSettings>();
  ASSAY_ASSIGN_OR_RETURN(const ObjectSettings settings, ObjectSettingsFromJson(*json));
  return std::optional(settings);
}

Status StoreObjectSettings(Transaction& tx, const ObjectSettings& settings) {
  return PutSetting(tx, kObjectSettings, ObjectSettingsToJson(settings));
}

}  // namespace assay
