#include "cli/key_glob.h"

#include <algorithm>
#include <utility>

namespace assay {
namespace {

// Matches the set that starts at glob[*at] == '[' against `byte`. Moves *at behind the set. A set
// without its closing bracket is a literal '['.
bool SetMatches(std::string_view glob, size_t* at, char byte) {
  size_t i = *at + 1;
  const bool negated = i < glob.size() && (glob[i] == '!' || glob[i] == '^');
  if (negated) ++i;
  const size_t first = i;
  bool found = false;
  while (i < glob.size() && (glob[i] != ']' || i == first)) {
    const auto low = static_cast<unsigned char>(glob[i]);
    auto high = low;
    if (i + 2 < glob.size() && glob[i + 1] == '-' && glob[i + 2] != ']') {
      high = static_cast<unsigned char>(glob[i + 2]);
      i += 2;
    }
    const auto value = static_cast<unsigned char>(byte);
    if (value >= low && value <= high) found = true;
    ++i;
  }
  if (i >= glob.size()) {
    ++*at;
    return byte == '[';
  }
  *at = i + 1;
  return found != negated && byte != '/';
}

// Whether the one-byte element at glob[*at] matches `byte`; moves *at behind it.
bool ElementMatches(std::string_view glob, size_t* at, char byte) {
  switch (glob[*at]) {
    case '?':
      ++*at;
      return byte != '/';
    case '[':
      return SetMatches(glob, at, byte);
    case '\\':
      if (*at + 1 < glob.size()) ++*at;
      [[fallthrough]];
    default:
      return glob[(*at)++] == byte;
  }
}

// Where to go on when a later element fails: the star lets go of one more byte.
struct Star {
  size_t glob_at = std::string_view::npos;  // behind the star; npos: no star yet
  size_t key_at = 0;
};

}  // namespace

bool GlobMatches(std::string_view glob, std::string_view key) {
  // Two fallbacks: the last `*` (may not pass '/') and the last `**` (may). Greedy from the left,
  // each retreat moves a fallback forward, so the work is bounded by |glob| * |key|^2 at the worst
  // and |glob| * |key| for globs with one kind of star.
  Star single;
  Star deep;
  size_t g = 0;
  size_t k = 0;
  while (k < key.size()) {
    if (g < glob.size() && glob[g] == '*') {
      const bool is_deep = g + 1 < glob.size() && glob[g + 1] == '*';
      while (g < glob.size() && glob[g] == '*') ++g;
      // "**/" also stands for no folder at all.
      if (is_deep) {
        deep = {g, k};
        single = {};
        if (g < glob.size() && glob[g] == '/' && (k == 0 || key[k - 1] == '/')) ++g;
      } else {
        single = {g, k};
      }
      continue;
    }
    if (g < glob.size() && ElementMatches(glob, &g, key[k])) {
      ++k;
      continue;
    }
    if (single.glob_at != std::string_view::npos && key[single.key_at] != '/') {
      g = single.glob_at;
      k = ++single.key_at;
      continue;
    }
    if (deep.glob_at == std::string_view::npos) return false;
    single = {};
    g = deep.glob_at;
    k = ++deep.key_at;
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

KeyFilter::KeyFilter(std::vector<std::string> include, std::vector<std::string> exclude)
    : include_(std::move(include)), exclude_(std::move(exclude)) {}

bool KeyFilter::Wants(std::string_view key) const {
  const std::string_view last = key.substr(key.rfind('/') + 1);
  const auto matches = [&](const std::string& glob) {
    return GlobMatches(glob, glob.find('/') == std::string::npos ? last : key);
  };
  if (!include_.empty() && std::none_of(include_.begin(), include_.end(), matches)) return false;
  return std::none_of(exclude_.begin(), exclude_.end(), matches);
}

}  // namespace assay
