#include "accounts/trust_policy.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <vector>

namespace assay {
namespace {

using rapidjson::Value;

constexpr std::string_view kMacieService = "macie.amazonaws.com";

std::string_view View(const Value& value) { return {value.GetString(), value.GetStringLength()}; }

// A text, or the texts of an array.
std::vector<std::string_view> Texts(const Value& value) {
  std::vector<std::string_view> texts;
  if (value.IsString()) texts.push_back(View(value));
  if (value.IsArray()) {
    for (const Value& element : value.GetArray()) {
      if (element.IsString()) texts.push_back(View(element));
    }
  }
  return texts;
}

const Value* Member(const Value& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

bool EqualNoCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

bool AllowsAssumeRole(const Value& statement) {
  const Value* effect = Member(statement, "Effect");
  const Value* action = Member(statement, "Action");
  if (effect == nullptr || !effect->IsString() || View(*effect) != "Allow" || action == nullptr) {
    return false;
  }
  for (const std::string_view name : Texts(*action)) {
    if (name == "*" || EqualNoCase(name, "sts:*") || EqualNoCase(name, "sts:AssumeRole") ||
        EqualNoCase(name, "sts:Assume*")) {
      return true;
    }
  }
  return false;
}

// "111122223333" or an ARN "arn:aws:iam::111122223333:root" of that account.
bool IsOfAccount(std::string_view principal, const std::string& account_id) {
  if (principal == "*" || principal == account_id) return true;
  if (!principal.starts_with("arn:")) return false;
  for (int colons = 0; colons < 4; ++colons) {
    const size_t colon = principal.find(':');
    if (colon == std::string_view::npos) return false;
    principal.remove_prefix(colon + 1);
  }
  return principal.starts_with(account_id + ':');
}

bool NamesMaster(const Value& statement, const std::string& master_account_id) {
  const Value* principal = Member(statement, "Principal");
  if (principal == nullptr) return false;
  if (principal->IsString()) return View(*principal) == "*";
  if (const Value* accounts = Member(*principal, "AWS")) {
    for (const std::string_view one : Texts(*accounts)) {
      if (IsOfAccount(one, master_account_id)) return true;
    }
  }
  if (const Value* services = Member(*principal, "Service")) {
    for (const std::string_view one : Texts(*services)) {
      if (one == kMacieService) return true;
    }
  }
  return false;
}

// Whether the conditions let the master's ID pass as the external id.
bool ExternalIdPasses(const Value& statement, const std::string& master_account_id) {
  const Value* conditions = Member(statement, "Condition");
  if (conditions == nullptr || !conditions->IsObject()) return true;
  for (const auto& condition : conditions->GetObject()) {
    const std::string_view test = View(condition.name);
    if (!EqualNoCase(test, "StringEquals") && !EqualNoCase(test, "StringLike")) continue;
    if (!condition.value.IsObject()) continue;
    for (const auto& key : condition.value.GetObject()) {
      if (!EqualNoCase(View(key.name), "sts:ExternalId")) continue;
      const auto texts = Texts(key.value);
      const bool passes = std::any_of(texts.begin(), texts.end(), [&](std::string_view text) {
        return text == master_account_id || (text == "*" && EqualNoCase(test, "StringLike"));
      });
      if (!passes) return false;
    }
  }
  return true;
}

bool ParseJson(std::string_view text, rapidjson::Document* document) {
  document->Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  return !document->HasParseError();
}

}  // namespace

TrustVerdict CheckHandshakeTrust(std::string_view policy, const std::string& master_account_id) {
  rapidjson::Document document;
  if (!ParseJson(policy, &document)) return TrustVerdict::kUnreadable;
  const Value* statements = Member(document, "Statement");
  if (statements == nullptr) return TrustVerdict::kUnreadable;
  std::vector<const Value*> list;
  if (statements->IsArray()) {
    for (const Value& statement : statements->GetArray()) list.push_back(&statement);
  } else {
    list.push_back(statements);
  }
  TrustVerdict verdict = TrustVerdict::kNotTrusted;
  for (const Value* statement : list) {
    if (!AllowsAssumeRole(*statement) || !NamesMaster(*statement, master_account_id)) continue;
    if (ExternalIdPasses(*statement, master_account_id)) return TrustVerdict::kTrusted;
    verdict = TrustVerdict::kWrongExternalId;
  }
  return verdict;
}

bool SameJson(std::string_view a, std::string_view b) {
  rapidjson::Document first;
  rapidjson::Document second;
  return ParseJson(a, &first) && ParseJson(b, &second) && first == second;
}

}  // namespace assay
