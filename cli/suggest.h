// "Did you mean": the nearest known word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay {

// The candidate with the fewest inserted, deleted, replaced or swapped letters (compared without
// case); "" when none is near enough to be meant.
std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace assay
