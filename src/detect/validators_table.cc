#include <algorithm>
#include <vector>

#include "detect/validators.h"
#include "detect/validators_groups.h"

namespace assay {
namespace {

std::vector<ValidatorEntry> JoinGroups() {
  std::vector<ValidatorEntry> all;
  for (const auto group : {KeyValidators(), SecretValidators(), MoneyValidators(),
                           NetworkValidators(), PersonValidators(), NationalValidators()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  std::sort(all.begin(), all.end(),
            [](const ValidatorEntry& a, const ValidatorEntry& b) { return a.name < b.name; });
  return all;
}

}  // namespace

std::span<const ValidatorEntry> Validators() {
  static const std::vector<ValidatorEntry> kAll = JoinGroups();
  return kAll;
}

const ValidatorEntry* FindValidator(std::string_view name) {
  const auto all = Validators();
  const auto found =
      std::lower_bound(all.begin(), all.end(), name,
                       [](const ValidatorEntry& a, std::string_view b) { return a.name < b; });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

}  // namespace assay
