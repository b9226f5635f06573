// Account IDs as a person types them.
#include <algorithm>

#include "accounts/account_service.h"

namespace assay {
namespace {

constexpr std::string_view kSeparators = ",; \t\r\n";
constexpr std::string_view kDigits = "0123456789";

// "1111-2222-3333", as consoles print it, to "111122223333"; anything else stays.
std::string WithoutDashes(std::string_view word) {
  if (word.size() != 14 || word[4] != '-' || word[9] != '-') return std::string(word);
  return std::string(word.substr(0, 4)) + std::string(word.substr(5, 4)) +
         std::string(word.substr(10));
}

}  // namespace

Result<std::vector<std::string>> AccountService::ParseAccountIds(const std::string& account_ids) {
  std::vector<std::string> ids;
  std::string_view rest = account_ids;
  while (!rest.empty()) {
    const size_t start = rest.find_first_not_of(kSeparators);
    if (start == std::string_view::npos) break;
    rest.remove_prefix(start);
    const size_t end = std::min(rest.find_first_of(kSeparators), rest.size());
    std::string id = WithoutDashes(rest.substr(0, end));
    rest.remove_prefix(end);
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) continue;
    if (ids.size() == kMaxMembers) {
      return InvalidArgument("at most " + std::to_string(kMaxMembers) +
                             " account IDs can be given at once");
    }
    ids.push_back(std::move(id));
  }
  if (ids.empty()) {
    return InvalidArgument("give one or more account IDs of 12 digits, separated by commas");
  }
  return ids;
}

Status CheckAccountId(const std::string& id) {
  if (id.size() == 12 && id.find_first_not_of(kDigits) == std::string::npos) return Status::Ok();
  // What came from outside is shown only as far as it is harmless.
  std::string shown = id.substr(0, 40);
  for (char& c : shown) {
    if (c < ' ' || c > '~' || c == '"') c = '?';
  }
  if (shown.size() < id.size()) shown += "...";
  std::string why = " is no account ID: it must have 12 digits";
  if (id.find_first_not_of(kDigits) == std::string::npos) {
    why += ", not " + std::to_string(id.size());
  } else {
    why += " and nothing else";
  }
  return InvalidArgument('"' + shown + '"' + why);
}

}  // namespace assay
