#include "inventory/glob.h"

#include <vector>

namespace assay {
namespace {

char Fold(char c, GlobCase fold) {
  return fold == GlobCase::kFoldAscii && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a')
                                                              : c;
}

// The usual two-pointer match, which goes back to the last '*' only. `matches_one(p, t)` says
// whether the pattern byte p (no '*') takes the text byte t.
template <typename MatchesOne>
bool Match(std::string_view pattern, std::string_view text, MatchesOne matches_one) {
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && matches_one(pattern[p], text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

bool GlobMatches(std::string_view pattern, std::string_view text, GlobCase fold) {
  return Match(pattern, text,
               [fold](char p, char t) { return p == '?' || Fold(p, fold) == Fold(t, fold); });
}

bool GlobCovers(std::string_view outer, std::string_view inner, GlobCase fold) {
  // `inner` is read as a text in which '*' stands for a run that only a '*' can take, and '?' for
  // one byte that '*' and '?' can take.
  return Match(outer, inner, [fold](char p, char t) {
    if (t == '*') return false;
    return p == '?' || (t != '?' && Fold(p, fold) == Fold(t, fold));
  });
}

bool GlobMeetsPrefix(std::string_view pattern, std::string_view prefix) {
  // States: how many bytes of the pattern are used up.
  std::vector<bool> states(pattern.size() + 1, false);
  states[0] = true;
  const auto skip_stars = [&](std::vector<bool>* set) {
    for (size_t i = 0; i < pattern.size(); ++i) {
      if ((*set)[i] && pattern[i] == '*') (*set)[i + 1] = true;
    }
  };
  skip_stars(&states);
  for (const char c : prefix) {
    std::vector<bool> next(pattern.size() + 1, false);
    for (size_t i = 0; i < pattern.size(); ++i) {
      if (!states[i]) continue;
      if (pattern[i] == '*') next[i] = true;
      if (pattern[i] == '?' || pattern[i] == c) next[i + 1] = true;
    }
    skip_stars(&next);
    states = std::move(next);
  }
  // Something must be left that can take the rest of the text: any byte of the pattern will do.
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (states[i]) return true;
  }
  return false;
}

bool HasWildcard(std::string_view pattern) {
  return pattern.find_first_of("*?") != std::string_view::npos;
}

}  // namespace assay
