// The word lane: names and street addresses, tried at capitalised words whose surroundings allow
// one.
#include <array>
#include <bit>

#include "detect/address_finder.h"
#include "detect/name_finder.h"
#include "detect/scan_state.h"
#include "detect/wide_bits.h"
#include "detect/words.h"

namespace assay {
namespace {

// What the byte behind a word says.
enum : uint8_t { kSpaceBehind = 1, kStopBehind = 2, kJoinBehind = 4, kCommaBehind = 8 };
constexpr std::array<uint8_t, 256> kBehind = [] {
  std::array<uint8_t, 256> behind{};
  behind[' '] = kSpaceBehind;
  behind['.'] = kStopBehind;
  behind[','] = kCommaBehind;
  behind['\''] = behind['-'] = kJoinBehind;
  return behind;
}();

// The bits from `at` on, over the border to the next block.
uint64_t Window(uint64_t bits, uint64_t next, unsigned at) {
  return bits >> at | (next << 1) << (63 - at);
}

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
    uint64_t gap_before = 1;   // the same of the byte before the block and gaps
    for (size_t b = 0; b < blocks; ++b) {
      const ByteMasks& m = s_.masks[b];
      const uint64_t inside = m.word | m.high;
      const uint64_t starts = (m.upper | m.high) & ~(inside << 1 | before);
      before = inside >> 63;
      const ByteMasks& next = s_.masks[b + 1];
      const bool digits = (digits_near | m.digit | next.digit) != 0;
      digits_near = m.digit;
      // Without a gap on either side a word is neither part of a name nor of an address; one that
      // reaches over the next block is longer than any that is known.
      const bool gaps = (gap_before | m.gap | next.gap) != 0 || s_.has_fields;
      gap_before = m.gap >> 63;
      if (starts != 0 && gaps) Block(starts, m, next, s_.chunk_begin + b * 64, digits);
    }
  }

 private:
  static constexpr size_t kMaxParticle = 4;
  // Bytes that are looked at of and behind the words that begin in a block.
  static constexpr size_t kBlockReach = 64 + 2 * 64 + sizeof(uint64_t);

  // A word as the masks show it.
  struct Seen {
    size_t begin;
    size_t end;        // the first byte behind its letters, also behind "'" and "-"
    bool plain;        // ASCII letters only: `key` stands for it
    uint64_t key = 0;  // WordKey
  };

  static uint64_t Letters(const ByteMasks& m) { return (m.word & ~m.digit & ~m.under) | m.high; }

  void Block(uint64_t starts, const ByteMasks& m, const ByteMasks& next, size_t base, bool digits) {
    const uint64_t letters = Letters(m);
    const uint64_t next_letters = Letters(next);
    if (base > 0 && !s_.has_fields && s_.text.size() - base >= kBlockReach) {
      starts = digits ? BesideMarks(starts, m, next, base) : Promising(starts, m, next, base);
    }
    for (; starts != 0; starts &= starts - 1) {
      const auto bit = static_cast<unsigned>(std::countr_zero(starts));
      const uint64_t window = Window(letters, next_letters, bit);
      const uint64_t high = Window(m.high, next.high, bit);
      const auto length = static_cast<size_t>(std::countr_one(window));
      Seen word{base + bit, base + bit + length, false};
      if (length > kMaxKeyWord || word.end >= s_.text.size() || s_.text[word.end] == '\'' ||
          s_.text[word.end] == '-') {
        word.end = WordEnd(word.begin);
      } else if ((high & ((uint64_t{1} << length) - 1)) == 0) {
        word.plain = true;
        word.key = WordKey(FoldedHead(s_.text, word.begin), length);
      }
      if (!word.plain && !IsCapitalAt(s_.text, word.begin)) continue;
      if (wants_names_ && MayBeginName(word)) TryName(word.begin);
      if (wants_addresses_ && digits && MayTouchAddress(word)) TryAddress(word.begin);
    }
  }

  // Those of the starts of which the few bytes around the word do not say already that no name
  // is there: a quick superset of what Block asks where no address can be, and no branch depends
  // on the text.
  uint64_t Promising(uint64_t starts, const ByteMasks& m, const ByteMasks& next,
                     size_t base) const {
    const uint64_t letters = Letters(m);
    const uint64_t next_letters = Letters(next);
    const char* const text = s_.text.data() + base;
    uint64_t promising = 0;
    for (; starts != 0; starts &= starts - 1) {
      const auto bit = static_cast<unsigned>(std::countr_zero(starts));
      const char* const word = text + bit;
      const uint64_t window = Window(letters, next_letters, bit);
      const size_t length = std::min<size_t>(static_cast<size_t>(std::countr_one(window)), 62);
      const uint64_t high = Window(m.high, next.high, bit);
      const uint64_t capital = Window(m.upper | m.high, next.upper | next.high, bit);
      const uint8_t behind = kBehind[static_cast<uint8_t>(word[length])];
      // The word behind a space: a capital, or a short particle.
      const auto second = static_cast<size_t>(std::countr_one(window >> length >> 1));
      uint64_t head = 0;
      std::memcpy(&head, word + length + 1, sizeof head);
      const bool particle = (second - 1 < kMaxParticle) & (word[length + 1 + second] == ' ') &
                            s_.rules.lexicon.MayBeParticle(WordKey(head | kFoldCase, second));
      const bool goes_on = ((capital >> length >> 1 & 1) != 0) | particle;
      const bool name = (((behind & kSpaceBehind) != 0) & goes_on) |
                        (((behind & kStopBehind) != 0) & (length <= 5));
      // Long words and those of other letters have to be read.
      const bool unknown = (length > 63 - 2 - kMaxParticle) | ((behind & kJoinBehind) != 0) |
                           ((high & ((uint64_t{1} << length) - 1)) != 0);
      promising |= static_cast<uint64_t>(name | unknown) << bit;
    }
    return promising;
  }

  // The same where an address can be: those with a byte beside the word that one of the two needs.
  uint64_t BesideMarks(uint64_t starts, const ByteMasks& m, const ByteMasks& next,
                       size_t base) const {
    const uint64_t letters = Letters(m);
    const uint64_t next_letters = Letters(next);
    const char* const text = s_.text.data() + base;
    uint64_t beside = 0;
    for (; starts != 0; starts &= starts - 1) {
      const auto bit = static_cast<unsigned>(std::countr_zero(starts));
      const char* const word = text + bit;
      const auto length = static_cast<size_t>(std::countr_one(Window(letters, next_letters, bit)));
      const bool mark = kBehind[static_cast<uint8_t>(word[length])] != 0;
      beside |= static_cast<uint64_t>(mark | (word[-1] == ' ') | (length > 62)) << bit;
    }
    return beside;
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

  // Looks at the word's key and a few bytes behind only: most capitalised words are no names, and
  // reading the lexicon for each would cost more than all the rest.
  bool MayBeginName(const Seen& word) const {
    const std::string_view text = s_.text;
    const size_t end = word.end;
    if (word.begin < s_.name_end || end + 1 >= text.size()) return false;
    if (s_.has_fields && IsCellEnd(text[end])) {
      return !s_.piece->locator->FieldName(word.begin).empty();
    }
    if (text[end] != ' ' && text[end] != '.') return false;
    // With neither title nor given name it takes a label or the name of a field.
    if (word.plain && !s_.has_fields && !s_.rules.lexicon.MayBeginName(word.key) &&
        !MayHaveLabel(word.begin)) {
      return false;
    }
    if (text[end] == ' ') return MayContinueName(end + 1);
    return end - word.begin <= 5 && text[end + 1] == ' ';  // "Dr. ", "J. "
  }

  // A letter and a space before the word are no label: most words are refused here.
  bool MayHaveLabel(size_t at) const {
    if (at > 1 && s_.text[at - 1] == ' ' && IsNameByte(s_.text[at - 2])) return false;
    return names_.HasLabelBefore(at);
  }

  static bool IsCellEnd(char c) {
    return c == ',' || c == '"' || c == '\t' || c == ';' || c == '|';
  }

  // A capital, perhaps behind two short words in lower case ("van der").
  bool MayContinueName(size_t at) const {
    for (int words = 0; words < 3 && at < s_.text.size(); ++words) {
      if (IsCapitalAt(s_.text, at)) return true;
      size_t end = at;
      while (end < s_.text.size() && end - at <= kMaxParticle && IsNameByte(s_.text[end])) ++end;
      if (end == at || end - at > kMaxParticle || end >= s_.text.size() || s_.text[end] != ' ') {
        return false;
      }
      if (!s_.rules.lexicon.MayBeParticle(WordKey(FoldedHead(s_.text, at), end - at))) return false;
      at = end + 1;
    }
    return false;
  }

  // As AddressFinder::AddressAround, without the lexicon.
  bool MayTouchAddress(const Seen& word) const {
    const std::string_view text = s_.text;
    const size_t at = word.begin;
    const bool space_before = at > 0 && text[at - 1] == ' ';
    const bool number_behind =
        word.end + 1 < text.size() &&
        (text[word.end] == ' ' || text[word.end] == ',' || text[word.end] == '.');
    if (!space_before && !number_behind) return false;
    if (!word.plain || s_.rules.lexicon.MayBeStreet(word.key)) return true;
    if (space_before && at > 1 && IsNameByte(text[at - 2])) return true;  // "rue Pasteur"
    return addresses_.HasNumberAfter(word.end);                           // "Hauptstraße 5"
  }

  ScanState& s_;
  NameFinder names_;
  AddressFinder addresses_;
  bool wants_names_;
  bool wants_addresses_;
};

ASSAY_WIDE_BITS void RunWide(ScanState& state) { WordLane(state).Run(); }

}  // namespace

void RunWordLane(ScanState& state) {
  if (HasWideBits()) return RunWide(state);
  WordLane(state).Run();
}

}  // namespace assay
