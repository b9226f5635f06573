// Identifier and Theme: what Assay looks for, as data. Managed ones are compiled into the program
// from identifiers/*.yaml; users add their own in the same format (--identifiers FILE).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace assay {

// What an identifier's text must look like at its ends.
enum class Boundary {
  kNone,
  kDigit,  // no ASCII digit directly before or after
  kWord,   // no [A-Za-z0-9_] directly before or after
  kToken,  // no [A-Za-z0-9+/=_-] directly before or after (secrets)
};

struct IdentifierExample {
  std::string text;
  std::string match;  // positive: what must be found in `text`; "" = anything
};

struct SeverityLevel {
  uint64_t at_least = 1;  // occurrences
  std::string severity;   // LOW, MEDIUM, HIGH
};

// One kind of sensitive value.
struct Identifier {
  std::string id;    // "US_SOCIAL_SECURITY_NUMBER": upper snake case, unique
  std::string name;  // for people
  std::string description;
  std::string category;  // CREDENTIALS, FINANCIAL_INFORMATION, PERSONAL_INFORMATION, NETWORK, ...
  std::string classic_regex;  // name in Macie Classic's regex list ("aws_secret_key"), or ""
  std::string pii_type;       // one of Classic's eight PII artifacts ("ssn"), or ""
  std::string macie2;         // managed data identifier of the current Macie, or ""
  std::string pattern;        // PCRE2 without look-around, captures or back-references; or ""
  bool case_insensitive = false;
  Boundary boundary = Boundary::kNone;
  std::vector<std::string> words;  // word list instead of a pattern
  // Every true match contains one of these bytes strings (ASCII, matched without case when
  // case_insensitive): the literal lane's anchor. Empty: found by the shape of its digits or code.
  std::vector<std::string> anchors;
  std::string validator;              // name of a check in validators.h, or ""
  std::vector<std::string> keywords;  // lower case
  bool keyword_required = false;
  uint32_t proximity = 30;                // bytes between keyword and match, 1-300
  std::vector<std::string> ignore_words;  // a match containing one is dropped
  uint32_t min_matches = 1;               // Classic: the regex theme is assigned from this many on
  uint32_t risk = 1;                      // 1-10
  std::vector<SeverityLevel> severities;
  std::string source;                       // RFC, ISO standard, agency page
  std::vector<IdentifierExample> positive;  // empty in the compiled-in set
  std::vector<IdentifierExample> negative;
};

// A topic, given to an object that holds enough different keyword combinations.
struct Theme {
  std::string name;                   // as in classic-themes.tsv
  std::vector<std::string> keywords;  // a phrase, or phrases joined by " + " that must all occur
  uint32_t min_keyword_combinations = 1;
  uint32_t risk = 1;
  std::string source;
  std::vector<IdentifierExample> positive;
  std::vector<IdentifierExample> negative;
};

}  // namespace assay
