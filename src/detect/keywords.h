// Keywords: the phrases that must stand near a match, or that make up a theme, and where they
// count.
//
// A phrase is words separated by ' ', '_' or '-'. In text its words may be joined by ' ', '_', '-'
// or nothing ("date of birth", "date_of_birth", "dateOfBirth"), in either case, and it must begin
// and end at a word edge: beside it stands neither a letter, a digit nor a byte of a non-ASCII
// letter, except where camel case begins a new word. '_' does not count as part of a word here.
//
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Longest keyword in bytes.
inline constexpr size_t kMaxKeywordBytes = 100;

// `text` with ASCII letters in lower case.
std::string LowerAscii(std::string_view text);
// Lower case, words joined by one space: "Date_of-Birth" -> "date of birth".
std::string NormalizeKeyword(std::string_view phrase);
// A field name in the same form; camel case splits words: "customerSSN_no" -> "customer ssn no".
std::string NormalizeFieldName(std::string_view name);
// The byte strings that stand for `phrase` in text, each to be compared without ASCII case.
std::vector<std::string> KeywordSpellings(std::string_view phrase);
// Whether text[begin, end) begins and ends at word edges.
bool AtKeywordEdges(std::string_view text, size_t begin, size_t end);
// Whether the normalized `field` contains the normalized `keyword` as whole words.
bool FieldHasKeyword(std::string_view field, std::string_view keyword);

// The plain definition of "near", for the oracle and for user identifiers, which have few matches:
// whether a spelling of `phrase` lies within `proximity` bytes of text[begin, end) on either side,
// or overlaps it.
bool KeywordNear(std::string_view text, size_t begin, size_t end, std::string_view phrase,
                 size_t proximity);

}  // namespace assay
