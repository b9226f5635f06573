// Keywords and theme phrases: looked up wherever a word begins.
//
// Two steps, so that the processor never waits for a guess about one word before it looks at the
// next: first all beginnings of a chunk are hashed and those that may be some phrase's are noted
// without a branch; then the few noted are looked up.
#include <array>
#include <bit>

#include "detect/scan_state.h"
#include "detect/wide_bits.h"

namespace assay {
namespace {

class PhraseLane {
 public:
  explicit PhraseLane(ScanState& state)
      : s_(state), phrases_(state.rules.phrases), text_(state.text) {}

  void Run() {
    uint64_t word_before = 0;
    uint64_t upper_before = 0;
    if (s_.ahead_begin > 0) {
      const char c = text_[s_.ahead_begin - 1];
      word_before = IsPhraseByte(c);
      upper_before = c >= 'A' && c <= 'Z';
    }
    const size_t blocks = (s_.ahead_end - s_.ahead_begin + 63) / 64;
    for (size_t b = 0; b < blocks; ++b) {
      const ByteMasks& m = s_.ahead_masks[b];
      Prefetch(s_.ahead_begin + b * 64 + kChunkBytes);
      const uint64_t word = WordBits(m);
      // As AtKeywordEdges: behind no letter or digit, or where camel case begins a word.
      const uint64_t behind = word << 1 | word_before;
      const uint64_t camel = behind & m.upper & ~(m.upper << 1 | upper_before);
      const uint64_t starts = ((word & ~behind) | camel) & s_.phrase_begins[b];
      word_before = word >> 63;
      upper_before = m.upper >> 63;
      if (starts == 0) continue;
      const ByteMasks& next = s_.ahead_masks[b + 1];
      const uint64_t next_word = WordBits(next);
      // Camel case at the border counts for the last word of this block.
      const uint64_t border =
          next_word & ~(next_word + 1) & next.upper & ~(next.upper << 1 | upper_before);
      const size_t base = s_.ahead_begin + b * 64;
      if (text_.size() - base < kBlockReach) {
        NoteAll(starts, base);
      } else if ((camel | (border & (0 - word_before))) == 0) {
        NoteWords(starts, word, next_word, base);
      } else {
        NoteBeginnings(starts, base);
      }
      if (count_ > kMaxNoted - 64) LookUp();
    }
    LookUp();
  }

 private:
  static constexpr size_t kMaxNoted = 512;
  // Bytes that are loaded of and behind the words that begin in a block.
  static constexpr size_t kBlockReach = 64 + kMaxKeyWord + sizeof(uint64_t);
  // Of what is noted: the place, and the length of the word in the lowest bits, 0 = not known.
  static constexpr unsigned kLengthBits = std::bit_width(kMaxKeyWord);

  // The chunk behind this one: its masks will be made faster than memory can answer.
  void Prefetch(size_t at) const {
    if (at < text_.size()) __builtin_prefetch(text_.data() + at, 0, 2);
  }

  static uint64_t WordBits(const ByteMasks& m) { return (m.word & ~m.under) | m.high; }

  uint64_t Load(size_t at) const {
    uint64_t head = 0;
    std::memcpy(&head, text_.data() + at, sizeof head);
    return head | kFoldCase;
  }

  // Words without camel case: each is known by its head and length.
  void NoteWords(uint64_t starts, uint64_t word, uint64_t next_word, size_t base) {
    size_t count = count_;
    for (; starts != 0; starts &= starts - 1) {
      const auto bit = static_cast<unsigned>(std::countr_zero(starts));
      const uint64_t window = word >> bit | (next_word << 1) << (63 - bit);
      const auto length =
          static_cast<size_t>(std::countr_zero(~window | uint64_t{1} << kMaxKeyWord));
      const size_t at = base + bit;
      noted_[count] = at << kLengthBits | length;
      count += phrases_.MayBeWord(WordKey(Load(at), length));
    }
    count_ = count;
  }

  // Where words end is not known: only the first bytes count.
  void NoteBeginnings(uint64_t starts, size_t base) {
    size_t count = count_;
    for (; starts != 0; starts &= starts - 1) {
      const size_t at = base + static_cast<size_t>(std::countr_zero(starts));
      uint32_t head = 0;
      std::memcpy(&head, text_.data() + at, sizeof head);
      noted_[count] = at << kLengthBits;
      count += phrases_.MayBegin(head | static_cast<uint32_t>(kFoldCase));
    }
    count_ = count;
  }

  // Near the end of the text, where no eight bytes can be loaded.
  void NoteAll(uint64_t starts, size_t base) {
    for (; starts != 0; starts &= starts - 1) {
      noted_[count_++] = (base + static_cast<size_t>(std::countr_zero(starts))) << kLengthBits;
    }
  }

  // Keeps of what is noted what the table may hold, before anything waits for an answer.
  void Sift() {
    size_t kept = 0;
    for (size_t i = 0; i < count_; ++i) {
      const uint64_t note = noted_[i];
      const size_t at = note >> kLengthBits;
      const size_t length = note & kMaxKeyWord;
      noted_[kept] = note;
      if (length == 0) {
        ++kept;
        continue;
      }
      const uint32_t next = PhraseTableView::Next(text_, at + length);
      kept += phrases_.MayHold(WordKey(Load(at), length), next);
    }
    count_ = kept;
  }

  void LookUp() {
    Sift();
    for (size_t i = 0; i < count_; ++i) {
      const size_t at = noted_[i] >> kLengthBits;
      const size_t length = noted_[i] & kMaxKeyWord;
      if (at >= s_.ahead_end) break;
      const auto on_hit = [this, at](uint32_t target, size_t end) { s_.OnPhrase(target, at, end); };
      if (length == 0) {
        phrases_.FindAt(text_, at, on_hit);
      } else {
        phrases_.FindWord(WordKey(Load(at), length), length, text_, at, on_hit);
      }
    }
    count_ = 0;
  }

  ScanState& s_;
  const PhraseTableView phrases_;
  const std::string_view text_;
  size_t count_ = 0;
  std::array<uint64_t, kMaxNoted> noted_;
};

ASSAY_WIDE_BITS void RunWide(ScanState& state) { PhraseLane(state).Run(); }

}  // namespace

void FindPhrases(ScanState& state) {
  if (HasWideBits()) return RunWide(state);
  PhraseLane(state).Run();
}

}  // namespace assay
