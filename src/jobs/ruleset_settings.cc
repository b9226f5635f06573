#include "jobs/ruleset_settings.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "detect/rule_yaml.h"
#include "store/setting_rows.h"

namespace assay {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

constexpr char kDisabled[] = "disabled";
constexpr char kDisabledContentTypes[] = "disabledContentTypes";
constexpr char kDisabledExtensions[] = "disabledExtensions";
constexpr char kDefinition[] = "definition";
constexpr char kAllowWords[] = "allowWords";
constexpr char kAllowPatterns[] = "allowPatterns";

void WriteText(const std::string& text, Writer* writer) {
  writer->String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void WriteTexts(const char* name, const std::vector<std::string>& texts, Writer* writer) {
  writer->Key(name);
  writer->StartArray();
  for (const std::string& text : texts) WriteText(text, writer);
  writer->EndArray();
}

std::vector<std::string> TextsOf(const rapidjson::Value& object, const char* name) {
  std::vector<std::string> texts;
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd() || !member->value.IsArray()) return texts;
  for (const rapidjson::Value& text : member->value.GetArray()) {
    if (text.IsString()) texts.emplace_back(text.GetString(), text.GetStringLength());
  }
  return texts;
}

// Another version may have had identifiers that this one has not: nothing is left to switch off.
Result<std::vector<std::string>> KnownNames(const std::vector<std::string>& names) {
  std::set<std::string> known;
  ASSAY_ASSIGN_OR_RETURN(const std::vector<Identifier> identifiers, ManagedIdentifiers());
  ASSAY_ASSIGN_OR_RETURN(const std::vector<Theme> themes, ManagedThemes());
  for (const Identifier& identifier : identifiers) known.insert(identifier.id);
  for (const Theme& theme : themes) known.insert(theme.name);
  std::vector<std::string> kept;
  std::copy_if(names.begin(), names.end(), std::back_inserter(kept),
               [&](const std::string& name) { return known.contains(name); });
  return kept;
}

}  // namespace

std::string RulesetSettingsToJson(const RulesetSettings& settings) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  WriteTexts(kDisabled, settings.disabled, &writer);
  WriteTexts(kDisabledContentTypes, settings.disabled_content_types, &writer);
  WriteTexts(kDisabledExtensions, settings.disabled_extensions, &writer);
  writer.Key(kDefinition);
  WriteText(settings.definition, &writer);
  WriteTexts(kAllowWords, settings.allow_words, &writer);
  WriteTexts(kAllowPatterns, settings.allow_patterns, &writer);
  writer.EndObject();
  return buffer.GetString();
}

Result<RulesetSettings> RulesetSettingsFromJson(std::string_view json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) {
    return DataLoss("the settings of what is looked for are damaged");
  }
  RulesetSettings settings;
  settings.disabled = TextsOf(document, kDisabled);
  settings.disabled_content_types = TextsOf(document, kDisabledContentTypes);
  settings.disabled_extensions = TextsOf(document, kDisabledExtensions);
  settings.allow_words = TextsOf(document, kAllowWords);
  settings.allow_patterns = TextsOf(document, kAllowPatterns);
  const auto definition = document.FindMember(kDefinition);
  if (definition != document.MemberEnd() && definition->value.IsString()) {
    settings.definition.assign(definition->value.GetString(), definition->value.GetStringLength());
  }
  return settings;
}

Status CheckCustomIdentifiers(const std::vector<Identifier>& identifiers) {
  for (const Identifier& identifier : identifiers) {
    const Status status = CheckIdentifier(identifier);
    if (!status.ok()) return status.WithContext("identifier " + identifier.id);
  }
  return Status::Ok();
}

Result<RulesetOptions> RulesetOptionsOf(const RulesetSettings& settings) {
  RulesetOptions options;
  ASSAY_ASSIGN_OR_RETURN(options.disabled, KnownNames(settings.disabled));
  options.disabled_content_types = settings.disabled_content_types;
  options.disabled_extensions = settings.disabled_extensions;
  options.allow_words = settings.allow_words;
  options.allow_patterns = settings.allow_patterns;
  if (!settings.definition.empty()) {
    ASSAY_ASSIGN_OR_RETURN(RuleFile file, ParseRuleYaml(settings.definition, "custom identifiers"));
    options.custom = std::move(file.identifiers);
    ASSAY_RETURN_IF_ERROR(CheckCustomIdentifiers(options.custom));
    for (auto* list : {&file.allow_words, &file.allow_patterns}) {
      auto& target = list == &file.allow_words ? options.allow_words : options.allow_patterns;
      target.insert(target.end(), list->begin(), list->end());
    }
  }
  ASSAY_RETURN_IF_ERROR(Ruleset::Load(options).status());
  return options;
}

Result<RulesetSettings> LoadRulesetSettings(Transaction& tx) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<std::string> json, GetSetting(tx, kRulesetSetting));
  if (!json) return RulesetSettings();
  return RulesetSettingsFromJson(*json);
}

Status StoreRulesetSettings(Transaction& tx, const RulesetSettings& settings) {
  return PutSetting(tx, kRulesetSetting, RulesetSettingsToJson(settings));
}

}  // namespace assay
