#include "detect/name_finder.h"

#include <algorithm>
#include <array>

#include "detect/keywords.h"
#include "detect/utf8_case.h"
#include "detect/words.h"

namespace assay {
namespace {

constexpr size_t kMaxWords = 6;
constexpr int kPlainScore = 4;    // what given name and surname need together
constexpr int kContextScore = 2;  // with a title, a label or a field name

bool HasWord(std::string_view field, std::string_view word) { return FieldHasKeyword(field, word); }

int Score(uint32_t klass, bool ordinary) {
  if (klass == 0) return 0;
  return 4 - static_cast<int>(klass) - (ordinary ? 1 : 0);
}
int GivenScore(const Word& word) {
  return Score(GivenClass(word.bits), (word.bits & kLexGivenWord) != 0);
}
int SurnameScore(const Word& word) {
  return Score(SurnameClass(word.bits), (word.bits & kLexSurnameWord) != 0);
}

// Consecutive words of a possible name.
struct WordRun {
  std::array<Word, kMaxWords> words;
  size_t count = 0;
  bool title = false;
};

// Whether the word in lower case at `at` may be a particle, told without the lexicon.
bool MayBeParticleAt(std::string_view text, size_t at, const Lexicon& lexicon) {
  size_t end = at;
  while (end < text.size() && end - at < kMaxKeyWord && IsNameByte(text[end])) ++end;
  return lexicon.MayBeParticle(WordKey(FoldedHead(text, at), end - at));
}

// Empty, and the words behind the first one not looked up, when begins_name(first) says no.
template <typename BeginsName>
WordRun ReadRun(std::string_view text, size_t at, const Lexicon& lexicon,
                const BeginsName& begins_name) {
  WordRun run;
  while (run.count < kMaxWords && at < text.size()) {
    const bool capital = IsCapitalAt(text, at);
    if (!capital && (run.count == 0 || !MayBeParticleAt(text, at, lexicon))) break;
    const Word word = ReadWord(text, at, lexicon);
    if (word.size() == 0) break;
    const bool particle = (word.bits & kLexParticle) != 0;
    if (!word.capital && !(particle && run.count > 0)) break;
    size_t next = word.end;
    if (run.count == 0 && (word.bits & kLexTitle) != 0 && word.capital) {
      run.title = true;
      if (next < text.size() && text[next] == '.') ++next;
    } else {
      if ((word.bits & kLexNever) != 0) break;
      if (run.count == 0 && !run.title && !begins_name(word)) break;
      run.words[run.count++] = word;
    }
    if (next + 1 >= text.size() || text[next] != ' ') break;
    at = next + 1;
  }
  return run;
}

}  // namespace

NameField ClassifyNameField(std::string_view field) {
  const std::string name = NormalizeFieldName(field);
  for (const std::string_view word :
       {"file",     "host",   "user",   "domain",  "table",   "column",  "field",   "class",
        "function", "method", "server", "service", "app",     "product", "company", "bucket",
        "event",    "role",   "policy", "group",   "package", "module",  "brand",   "city",
        "street",   "school", "device", "job",     "key",     "path",    "account", "organization",
        "business", "bank",   "state",  "country"}) {
    if (HasWord(name, word)) return NameField::kNotPerson;
  }
  for (const std::string_view word : {"first name", "firstname", "given name", "givenname", "fname",
                                      "forename", "prenom", "vorname"}) {
    if (HasWord(name, word)) return NameField::kGiven;
  }
  for (const std::string_view word : {"last name", "lastname", "surname", "family name", "lname",
                                      "familyname", "nachname", "nom"}) {
    if (HasWord(name, word)) return NameField::kSurname;
  }
  for (const std::string_view word : {"name", "fullname", "cardholder", "holder", "patient",
                                      "customer", "employee", "contact", "person", "recipient"}) {
    if (HasWord(name, word)) return NameField::kFull;
  }
  return NameField::kNone;
}

NameField NameFinder::FieldAt(size_t at) {
  if (piece_->locator == nullptr || !piece_->locator->HasFieldNames()) return NameField::kNone;
  const std::string_view field = piece_->locator->FieldName(at);
  if (field.empty() || field.size() > 200) return NameField::kNone;
  if (last_field_known_ && field == last_field_) return last_kind_;
  last_field_.assign(field);
  last_kind_ = ClassifyNameField(field);
  last_field_known_ = true;
  return last_kind_;
}

bool NameFinder::HasLabelBefore(size_t at) const {
  // Nearly all words have neither ':' nor '=' before them: see that first.
  size_t mark = at;
  while (mark > 0 && at - mark < 4 &&
         (text_[mark - 1] == ' ' || text_[mark - 1] == '"' || text_[mark - 1] == '\'' ||
          text_[mark - 1] == '\t')) {
    --mark;
  }
  if (mark == 0 || (text_[mark - 1] != ':' && text_[mark - 1] != '=')) return false;
  const size_t from = at > 24 ? at - 24 : 0;
  std::string before = LowerAscii(text_.substr(from, at - from));
  const auto strip = [&before](std::string_view bytes) {
    while (!before.empty() && bytes.find(before.back()) != std::string_view::npos) {
      before.pop_back();
    }
  };
  strip(" \t\"'");
  if (before.empty() || (before.back() != ':' && before.back() != '=')) return false;
  before.pop_back();
  strip(" \t\"'");
  if (!before.ends_with("name") && !before.ends_with("cardholder") &&
      !before.ends_with("patient")) {
    return false;
  }
  for (const std::string_view other :
       {"username", "user_name", "filename", "file_name", "hostname", "host_name", "domainname",
        "company_name", "user name", "file name", "host name", "company name"}) {
    if (before.ends_with(other)) return false;
  }
  return true;
}

// "John","Smith" in neighbouring cells of a given-name and a surname column, in either order.
std::optional<TextSpan> NameFinder::CellPair(size_t at, NameField field) {
  const NameField wanted = field == NameField::kGiven ? NameField::kSurname : NameField::kGiven;
  const Word first = ReadWord(text_, at, lexicon_);
  if (first.size() < 2) return std::nullopt;
  size_t next = first.end;
  const size_t limit = std::min(text_.size(), first.end + 4);
  while (next < limit && !IsNameByte(text_[next]) && text_[next] != '\n') ++next;
  if (next == first.end || next >= text_.size() || !IsNameByte(text_[next])) return std::nullopt;
  const std::string_view between = text_.substr(first.end, next - first.end);
  if (between.find_first_of(",;|\t") == std::string_view::npos) return std::nullopt;
  const Word second = ReadWord(text_, next, lexicon_);
  if (second.size() < 2 || FieldAt(next) != wanted) return std::nullopt;
  const uint32_t known = first.bits | second.bits;
  if (GivenClass(known) == 0 && SurnameClass(known) == 0) return std::nullopt;
  return TextSpan{first.begin, second.end};
}

std::optional<TextSpan> NameFinder::NameAt(size_t at) {
  const NameField field = FieldAt(at);
  if (field == NameField::kNotPerson) return std::nullopt;
  if (field == NameField::kGiven || field == NameField::kSurname) return CellPair(at, field);
  // With no title before it the first word is a given name, or something else says that it is one.
  const auto begins_name = [this, at, field](const Word& first) {
    if (first.initial) return false;
    return GivenScore(first) > 0 || field == NameField::kFull || HasLabelBefore(at);
  };
  const WordRun run = ReadRun(text_, at, lexicon_, begins_name);
  if (run.count < 2) return std::nullopt;
  const Word& given = run.words[0];
  const bool context = run.title || field == NameField::kFull || HasLabelBefore(at);
  const int given_score = given.initial ? (run.title ? 1 : 0) : GivenScore(given);
  if (given_score <= 0 && !(context && !given.initial)) return std::nullopt;
  // The longest run that ends in a surname.
  for (size_t last = run.count; last-- > 1;) {
    const Word& surname = run.words[last];
    const int surname_score = SurnameScore(surname);
    if (surname.initial || !surname.capital || surname_score <= 0) continue;
    const int score = std::max(given_score, 0) + surname_score;
    if (score < (context ? kContextScore : kPlainScore)) continue;
    if (last > 3 && !context) continue;
    if (!context) {
      const TextSpan span{given.begin, surname.end};
      char lower[256];
      const std::string_view whole = text_.substr(span.begin, span.end - span.begin);
      if (whole.size() > sizeof lower) continue;
      const std::string_view phrase = LowerUtf8(whole, lower);
      const bool place = (given.bits & kLexPhraseStart) != 0 &&
                         (lexicon_.FindLower(phrase) & (kLexCity | kLexState)) != 0;
      if (place) continue;
      // "Martin Luther King Street", "Morgan Stanley Bank": part of a longer proper name.
      if (surname.end + 1 < text_.size() && text_[surname.end] == ' ' &&
          IsCapitalAt(text_, surname.end + 1)) {
        const Word behind = ReadWord(text_, surname.end + 1, lexicon_);
        const uint32_t other = kLexNever | kLexStreetAfter;
        if (behind.capital && (behind.bits & other) != 0) continue;
      }
    }
    return TextSpan{given.begin, surname.end};
  }
  return std::nullopt;
}

}  // namespace assay
