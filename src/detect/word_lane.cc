// The word lane: names and street addresses, tried at capitalised words whose surroundings allow
// one.
#include <bit>

#include "detect/address_finder.h"
#include "detect/name_finder.h"
#include "detect/scan_state.h"
#include "detect/words.h"

namespace assay {
namespace {

class WordLane {
 public:
  explicit WordLane(ScanState& state)
      : s_(state),
        names_(state.rules.lexicon),
        addresses_(state.rules.lexicon),
        wants_names_(state.rules.name_rule != UINT32_MAX),
        wants_addresses_(state.rules.address_rule != UINT32_MAX) {
    names_.SetPiece(*state.piece);
    addresses_.SetText(state.text);
  }

  void Run() {
    if (!wants_names_ && !wants_addresses_) return;
    const size_t blocks = (s_.chunk_end - s_.chunk_begin + 63) / 64;
    uint64_t before = 0;
    if (s_.chunk_begin > 0) {
      const char c = s_.text[s_.chunk_begin - 1];
      before = IsNameByte(c) || (c >= '0' && c <= '9') || c == '_';
    }
    uint64_t digits_near = 1;  // digits in the block before, or unknown
    for (size_t b = 0; b < blocks; ++b) {
      const ByteMasks& m = s_.masks[b];
      const uint64_t inside = m.word | m.high;
      const uint64_t starts = (m.upper | m.high) & ~(inside << 1 | before);
      before = inside >> 63;
      const bool digits = (digits_near | m.digit | s_.masks[b + 1].digit) != 0;
      digits_near = m.digit;
      if (starts == 0) continue;
      const uint64_t letters = (m.word & ~m.digit & ~m.under) | m.high;
      Block(starts, letters, s_.chunk_begin + b * 64, digits);
    }
  }

 private:
  void Block(uint64_t starts, uint64_t letters, size_t base, bool digits) {
    for (; starts != 0; starts &= starts - 1) {
      const auto bit = static_cast<unsigned>(std::countr_zero(starts));
      const size_t at = base + bit;
      // The first byte behind the letters: by masks, unless the word goes on behind "'" or "-".
      const uint64_t rest = ~letters >> bit;
      size_t end = at + static_cast<size_t>(std::countr_zero(rest));
      if (rest == 0 || end >= s_.text.size() || s_.text[end] == '\'' || s_.text[end] == '-') {
        end = WordEnd(at);
      }
      if (!IsCapitalAt(s_.text, at)) continue;
      if (wants_names_ && at >= s_.name_end && MayBeginName(at, end)) TryName(at);
      if (wants_addresses_ && digits && MayTouchAddress(at, end)) TryAddress(at);
    }
  }

  void TryName(size_t at) {
    const auto span = names_.NameAt(at);
    if (span && s_.Accept(s_.rules.rules[s_.rules.name_rule], span->begin, span->end)) {
      s_.name_end = span->end;  // what begins inside would overlap
    }
  }

  void TryAddress(size_t at) {
    const Word word = ReadWord(s_.text, at, s_.rules.lexicon);
    if (word.size() == 0) return;
    if (const auto span = addresses_.AddressAround(word)) {
      s_.Accept(s_.rules.rules[s_.rules.address_rule], span->begin, span->end);
    }
  }

  // The first byte behind the letters at `at`; no word of interest is longer than the limit.
  size_t WordEnd(size_t at) const {
    const size_t limit = std::min(s_.text.size(), at + Lexicon::kMaxWord);
    while (at < limit && (IsNameByte(s_.text[at]) || s_.text[at] == '\'' || s_.text[at] == '-'))
      ++at;
    return at;
  }

  // Looks at a few bytes behind a word only: most capitalised words are no names, and reading the
  // lexicon for each would cost more than all the rest.
  bool MayBeginName(size_t at, size_t end) const {
    const std::string_view text = s_.text;
    if (end + 1 >= text.size()) return false;
    if (text[end] == ' ') return MayContinueName(end + 1);
    if (text[end] == '.') return end - at <= 5 && text[end + 1] == ' ';  // "Dr. ", "J. "
    const bool cell = text[end] == ',' || text[end] == '"' || text[end] == '\t' ||
                      text[end] == ';' || text[end] == '|';
    return cell && s_.has_fields && !s_.piece->locator->FieldName(at).empty();
  }

  // A capital, perhaps behind two short words in lower case ("van der").
  bool MayContinueName(size_t at) const {
    constexpr size_t kMaxParticle = 4;
    for (int words = 0; words < 3 && at < s_.text.size(); ++words) {
      if (IsCapitalAt(s_.text, at)) return true;
      size_t end = at;
      while (end < s_.text.size() && end - at <= kMaxParticle && IsNameByte(s_.text[end])) ++end;
      if (end == at || end - at > kMaxParticle || end >= s_.text.size() || s_.text[end] != ' ') {
        return false;
      }
      at = end + 1;
    }
    return false;
  }

  bool MayTouchAddress(size_t at, size_t end) const {
    const bool space_before = at > 0 && s_.text[at - 1] == ' ';
    const bool number_behind = end + 1 < s_.text.size() &&
                               (s_.text[end] == ' ' || s_.text[end] == ',' || s_.text[end] == '.');
    return space_before || number_behind;
  }

  ScanState& s_;
  NameFinder names_;
  AddressFinder addresses_;
  bool wants_names_;
  bool wants_addresses_;
};

}  // namespace

void RunWordLane(ScanState& state) { WordLane(state).Run(); }

}  // namespace assay
