// /api/v1: what is looked for: content types, file extensions, themes, identifiers, custom ones,
// allow lists. Changes hold for what is classified from then on.
#include <algorithm>
#include <functional>
#include <mutex>
#include <set>

#include "api/console_request.h"
#include "api/json_io.h"
#include "detect/identifier_probe.h"
#include "detect/rule_yaml.h"
#include "extract/content_types.h"
#include "jobs/ruleset_settings.h"

namespace assay {
namespace {

constexpr size_t kMaxDefinition = size_t{256} << 10;
constexpr size_t kMaxProbeText = size_t{64} << 10;
constexpr size_t kMaxAllowed = 10'000;
constexpr size_t kMaxAllowedBytes = 1024;

Result<RulesetSettings> ReadSettings(const ConsoleRequest& request) {
  RulesetSettings settings;
  ASSAY_RETURN_IF_ERROR(request.context->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(settings, LoadRulesetSettings(tx));
    return Status::Ok();
  }));
  return settings;
}

struct SettingsChange {
  std::string_view action;  // for the audit log
  std::string target;
  std::function<void(RulesetSettings*)> apply;
};

// Changes the settings, when what comes out can be used; keeps them, and has the classifiers use
// them. One change after the other: none overwrites another.
Result<RulesetSettings> ChangeSettings(const ConsoleRequest& request,
                                       const SettingsChange& change) {
  static std::mutex changing;
  const std::lock_guard lock(changing);
  RulesetSettings settings;
  RulesetOptions options;
  const auto write = [&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(settings, LoadRulesetSettings(tx));
    change.apply(&settings);
    ASSAY_ASSIGN_OR_RETURN(options, RulesetOptionsOf(settings));
    ASSAY_RETURN_IF_ERROR(StoreRulesetSettings(tx, settings));
    return Audit(tx, request, change.action, change.target);
  };
  ASSAY_RETURN_IF_ERROR(request.context->database->Write(write));
  ASSAY_RETURN_IF_ERROR(request.context->classification->SetRuleset(options));
  return settings;
}

std::set<std::string> Disabled(const RulesetSettings& settings) {
  return {settings.disabled.begin(), settings.disabled.end()};
}

void WriteTexts(const char* name, const std::vector<std::string>& texts, JsonOut* out) {
  out->Name(name).BeginArray();
  for (const std::string& text : texts) out->String(text);
  out->EndArray();
}

void WriteExamples(const char* name, const std::vector<IdentifierExample>& examples, JsonOut* out) {
  out->Name(name).BeginArray();
  for (const IdentifierExample& example : examples) out->String(example.text);
  out->EndArray();
}

void WriteIdentifier(const Identifier& identifier, bool enabled, JsonOut* out) {
  out->BeginObject();
  out->Text("id", identifier.id);
  out->Text("name", identifier.name.empty() ? identifier.id : identifier.name);
  if (!identifier.classic_regex.empty()) out->Text("classicName", identifier.classic_regex);
  out->Text("category", identifier.category);
  out->Int("risk", identifier.risk);
  out->Int("minimumMatches", identifier.min_matches);
  WriteTexts("keywords", identifier.keywords, out);
  out->Text("validator", identifier.validator);
  out->Text("source", identifier.source);
  WriteExamples("examples", identifier.positive, out);
  WriteExamples("negativeExamples", identifier.negative, out);
  out->Bool("enabled", enabled);
  out->EndObject();
}

Result<std::string> RiskTable(const std::vector<ArtifactType>& rows,
                              const std::vector<std::string>& off) {
  const std::set<std::string_view> disabled(off.begin(), off.end());
  JsonOut out;
  out.BeginObject();
  out.Name("rows").BeginArray();
  for (const ArtifactType& row : rows) {
    out.BeginObject();
    out.Text("name", row.name);
    out.Text("description", row.description.empty() ? row.classification : row.description);
    out.Int("risk", row.risk);
    out.Bool("enabled", !disabled.contains(row.name));
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

Result<std::string> ContentTypesRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const RulesetSettings settings, ReadSettings(request));
  return RiskTable(ContentTypes(), settings.disabled_content_types);
}

Result<std::string> FileExtensionsRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const RulesetSettings settings, ReadSettings(request));
  return RiskTable(FileExtensions(), settings.disabled_extensions);
}

Result<std::string> ThemesRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const RulesetSettings settings, ReadSettings(request));
  ASSAY_ASSIGN_OR_RETURN(const std::vector<Theme> themes, ManagedThemes());
  const std::set<std::string> disabled = Disabled(settings);
  JsonOut out;
  out.BeginObject();
  out.Name("themes").BeginArray();
  for (const Theme& theme : themes) {
    out.BeginObject();
    out.Text("name", theme.name);
    out.Int("risk", theme.risk);
    out.Int("minimumMatches", theme.min_keyword_combinations);
    WriteTexts("keywords", theme.keywords, &out);
    out.Bool("enabled", !disabled.contains(theme.name));
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

Result<std::string> IdentifiersRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const RulesetSettings settings, ReadSettings(request));
  ASSAY_ASSIGN_OR_RETURN(const std::vector<Identifier> identifiers, ManagedIdentifiers());
  const std::set<std::string> disabled = Disabled(settings);
  JsonOut out;
  out.BeginObject();
  out.Name("identifiers").BeginArray();
  for (const Identifier& identifier : identifiers) {
    WriteIdentifier(identifier, !disabled.contains(identifier.id), &out);
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

// One of the lists of what is switched off, and how the audit log calls what is in it.
struct SwitchList {
  std::vector<std::string> RulesetSettings::*names;
  const char* kind;  // "Identifier": EnableIdentifier, DisableIdentifier
};

// Adds the name to what is disabled, or takes it away.
Result<std::string> Switch(const ConsoleRequest& request, const SwitchList& list, bool known,
                           const std::string& name) {
  if (!known) return NotFound("there is no " + name);
  const auto enabled = request.body.FindMember("enabled");
  if (enabled == request.body.MemberEnd() || !enabled->value.IsBool()) {
    return InvalidArgument("enabled must be true or false");
  }
  const bool on = enabled->value.GetBool();
  const std::string action = (on ? "Enable" : "Disable") + std::string(list.kind);
  const SettingsChange change{action.c_str(), name, [&](RulesetSettings* settings) {
                                std::vector<std::string>& names = settings->*list.names;
                                std::erase(names, name);
                                if (!on) names.push_back(name);
                              }};
  ASSAY_RETURN_IF_ERROR(ChangeSettings(request, change).status());
  return std::string("{}");
}

Result<std::string> SwitchThemeRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const std::string name, TextMemberOf(request.body, "name", true));
  ASSAY_ASSIGN_OR_RETURN(const std::vector<Theme> themes, ManagedThemes());
  const bool known = std::any_of(themes.begin(), themes.end(),
                                 [&](const Theme& theme) { return theme.name == name; });
  return Switch(request, {&RulesetSettings::disabled, "Identifier"}, known, name);
}

Result<std::string> SwitchIdentifierRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const std::string id, TextMemberOf(request.body, "name", true));
  ASSAY_ASSIGN_OR_RETURN(const std::vector<Identifier> identifiers, ManagedIdentifiers());
  const bool known = std::any_of(identifiers.begin(), identifiers.end(),
                                 [&](const Identifier& one) { return one.id == id; });
  return Switch(request, {&RulesetSettings::disabled, "Identifier"}, known, id);
}

bool Lists(const std::vector<ArtifactType>& types, const std::string& name) {
  return std::any_of(types.begin(), types.end(),
                     [&](const ArtifactType& type) { return type.name == name; });
}

Result<std::string> SwitchContentTypeRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const std::string name, TextMemberOf(request.body, "name", true));
  return Switch(request, {&RulesetSettings::disabled_content_types, "ContentType"},
                Lists(ContentTypes(), name), name);
}

Result<std::string> SwitchExtensionRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const std::string name, TextMemberOf(request.body, "name", true));
  return Switch(request, {&RulesetSettings::disabled_extensions, "FileExtension"},
                Lists(FileExtensions(), name), name);
}

// What a text holds of one managed identifier, or of the custom ones of a definition.
Result<std::vector<ProbeMatch>> Probe(const std::string& id, const std::string& definition,
                                      const std::string& text) {
  std::vector<std::string> ids = {id};
  std::vector<Identifier> custom;
  if (id.empty()) {
    ASSAY_ASSIGN_OR_RETURN(RuleFile file, ParseRuleYaml(definition, "custom identifiers"));
    custom = std::move(file.identifiers);
    ids.clear();
    ASSAY_RETURN_IF_ERROR(CheckCustomIdentifiers(custom));
    for (const Identifier& identifier : custom) ids.push_back(identifier.id);
  }
  if (ids.empty()) return InvalidArgument("the definition names no identifier");
  ASSAY_ASSIGN_OR_RETURN(IdentifierProbe probe, IdentifierProbe::Make(ids, custom));
  return probe.Find(text);
}

Result<std::string> TestRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const std::string id, TextMemberOf(request.body, "id", false));
  ASSAY_ASSIGN_OR_RETURN(const std::string definition,
                         TextMemberOf(request.body, "definition", false));
  ASSAY_ASSIGN_OR_RETURN(const std::string text, TextMemberOf(request.body, "text", true));
  if (id.empty() == definition.empty()) {
    return InvalidArgument("give either id or definition");
  }
  if (text.size() > kMaxProbeText || definition.size() > kMaxDefinition) {
    return InvalidArgument("the text may have 64 KB, the definition 256 KB");
  }
  ASSAY_ASSIGN_OR_RETURN(const std::vector<ProbeMatch> found, Probe(id, definition, text));
  JsonOut out;
  out.BeginObject();
  out.Name("matches").BeginArray();
  for (const ProbeMatch& match : found) {
    out.BeginObject();
    out.Text("id", match.id);
    out.Uint("start", match.begin);
    out.Uint("end", match.end);
    out.Text("text", std::string_view(text).substr(match.begin, match.end - match.begin));
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

Result<std::string> CustomBody(const RulesetSettings& settings) {
  ASSAY_ASSIGN_OR_RETURN(const RulesetOptions options, RulesetOptionsOf(settings));
  JsonOut out;
  out.BeginObject();
  out.Text("definition", settings.definition);
  out.Name("identifiers").BeginArray();
  for (const Identifier& identifier : options.custom) WriteIdentifier(identifier, true, &out);
  out.EndArray();
  WriteTexts("allowWords", settings.allow_words, &out);
  WriteTexts("allowPatterns", settings.allow_patterns, &out);
  out.EndObject();
  return out.Take();
}

Result<std::string> CustomRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const RulesetSettings settings, ReadSettings(request));
  return CustomBody(settings);
}

// A member that is a list of texts; nothing when it is absent.
Result<std::optional<std::vector<std::string>>> TextsMemberOf(const ConsoleRequest& request,
                                                              const char* name) {
  const auto member = request.body.FindMember(name);
  if (member == request.body.MemberEnd()) return std::optional<std::vector<std::string>>();
  const Status wrong = InvalidArgument(std::string(name) + " must be a list of short texts");
  if (!member->value.IsArray() || member->value.Size() > kMaxAllowed) return wrong;
  std::vector<std::string> texts;
  for (const rapidjson::Value& text : member->value.GetArray()) {
    if (!text.IsString() || text.GetStringLength() == 0 ||
        text.GetStringLength() > kMaxAllowedBytes) {
      return wrong;
    }
    texts.emplace_back(JsonText(text));
  }
  return std::optional<std::vector<std::string>>(std::move(texts));
}

Result<std::string> ReplaceCustomRoute(const ConsoleRequest& request) {
  const auto definition = request.body.FindMember("definition");
  const bool defines = definition != request.body.MemberEnd();
  if (defines &&
      (!definition->value.IsString() || definition->value.GetStringLength() > kMaxDefinition)) {
    return InvalidArgument("definition must be YAML of at most 256 KB");
  }
  ASSAY_ASSIGN_OR_RETURN(const auto words, TextsMemberOf(request, "allowWords"));
  ASSAY_ASSIGN_OR_RETURN(const auto patterns, TextsMemberOf(request, "allowPatterns"));
  const SettingsChange change{"PutCustomIdentifiers", "custom identifiers",
                              [&](RulesetSettings* settings) {
                                if (defines) settings->definition = JsonText(definition->value);
                                if (words) settings->allow_words = *words;
                                if (patterns) settings->allow_patterns = *patterns;
                              }};
  ASSAY_ASSIGN_OR_RETURN(const RulesetSettings settings, ChangeSettings(request, change));
  return CustomBody(settings);
}

}  // namespace

std::vector<ConsoleRoute> IdentifierRoutes() {
  return {
      {"GET", "/content-types", false, "", ContentTypesRoute},
      {"PATCH", "/content-types", true, "", SwitchContentTypeRoute},
      {"GET", "/file-extensions", false, "", FileExtensionsRoute},
      {"PATCH", "/file-extensions", true, "", SwitchExtensionRoute},
      {"GET", "/themes", false, "", ThemesRoute},
      {"PATCH", "/themes", true, "", SwitchThemeRoute},
      {"GET", "/identifiers", false, "", IdentifiersRoute},
      {"PATCH", "/identifiers", true, "", SwitchIdentifierRoute},
      {"POST", "/identifiers/test", false, "", TestRoute},
      {"GET", "/custom-identifiers", false, "", CustomRoute},
      {"PUT", "/custom-identifiers", true, "", ReplaceCustomRoute},
  };
}

}  // namespace assay
