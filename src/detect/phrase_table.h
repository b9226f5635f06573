// PhraseTable: all keywords of identifiers and phrases of themes, found in one pass over the places
// of a text at which a word begins. Bit maps of hashed first words turn nearly all of them away.
//
// A phrase is looked up by its first word: its letters and digits up to the first other byte. In a
// text the same word ends at such a byte too, or, when the phrase is that one word, where camel
// case begins the next one.
//
// Thread rule: PhraseTableView is immutable.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detect/word_key.h"

namespace assay {

// One spelling and what it stands for.
struct Phrase {
  std::string text;     // lower case, at least 2 bytes, begins with a letter, digit or byte >= 0x80
  uint32_t target = 0;  // given back when it is found
};

struct PhraseEntry {
  uint64_t head;    // first eight bytes, folded
  uint64_t mask;    // of those that the phrase has
  uint32_t offset;  // of its text in the bytes
  uint32_t length;
  uint32_t target;
  uint32_t unused = 0;
};

// The phrases with one first word: those that are this word alone, then the longer ones.
struct PhraseSlot {
  uint64_t key = 0;                         // WordKey; 0 = empty
  uint32_t begin = 0, longer = 0, end = 0;  // PhraseEntry
  uint32_t unused = 0;
};

// What PhraseTableView points into.
struct PhraseTableData {
  // Sets of hashes. First step: first words by WordKey; beginnings by three bytes.
  std::vector<uint64_t> word_map, begin_map;
  // Second step: phrases of one word; the others by first word and the two bytes behind it.
  std::vector<uint64_t> alone_map, next_map;
  // And beginnings of six bytes; those of four bytes of phrases of less than six; shorter phrases.
  std::vector<uint64_t> six_map, four_map, short_map;
  std::vector<PhraseSlot> slots;  // a power of two
  std::vector<PhraseEntry> entries;
  std::string bytes;
};
PhraseTableData BuildPhraseTable(const std::vector<Phrase>& phrases);

// What a word is made of here: letters, digits and bytes of non-ASCII letters.
inline bool IsPhraseByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<uint8_t>(c) >= 0x80;
}

class PhraseTableView {
 public:
  PhraseTableView() = default;
  // A view of what BuildPhraseTable made, or of the same arrays in the embedded rules.
  struct Parts {
    std::span<const uint64_t> word_map, begin_map, alone_map, next_map;
    std::span<const uint64_t> six_map, four_map, short_map;
    std::span<const PhraseSlot> slots;
    std::span<const PhraseEntry> entries;
    std::string_view bytes;
  };
  explicit PhraseTableView(const Parts& parts)
      : word_map_(parts.word_map.data()),
        begin_map_(parts.begin_map.data()),
        alone_map_(parts.alone_map.data()),
        next_map_(parts.next_map.data()),
        six_map_(parts.six_map.data()),
        four_map_(parts.four_map.data()),
        short_map_(parts.short_map.data()),
        slots_(parts.slots.data()),
        slot_mask_(parts.slots.size() - 1),
        entries_(parts.entries.data()),
        bytes_(parts.bytes.data()) {}

  // Quick refusals (0): of a word by its key, and of any word by its first bytes.
  uint64_t MayBeWord(uint64_t key) const { return KeyMapBit(word_map_, KeyMapHash(key)); }
  uint64_t MayBegin(uint32_t folded_head) const {
    return KeyMapBit(begin_map_, ThreeHash(folded_head));
  }

  // A slower one (0): of phrases with the first word `key` and Next() of what follows it.
  uint64_t MayHold(uint64_t key, uint32_t next) const {
    const uint64_t known =
        KeyMapBit(next_map_, NextHash(key, next)) | KeyMapBit(alone_map_, KeyMapHash(key));
    const size_t slot = SlotHash(key) & slot_mask_;
    const uint64_t first = slots_[slot].key;
    const uint64_t second = slots_[(slot + 1) & slot_mask_].key;
    return known & static_cast<uint64_t>((first == key) | ((first != 0) & (second != 0)));
  }

  // The two bytes at `at` in one number; 0 behind the end of the text.
  static uint32_t Next(std::string_view text, size_t at) {
    const uint32_t first = at < text.size() ? static_cast<uint8_t>(text[at]) : 0;
    const uint32_t second = at + 1 < text.size() ? static_cast<uint8_t>(text[at + 1]) : 0;
    return first | second << 8;
  }

  // Calls on_hit(target, end) for each phrase whose bytes stand at text[at], whatever stands before
  // them.
  template <typename OnHit>
  void FindAt(std::string_view text, size_t at, OnHit&& on_hit) const {
    const uint64_t head = FoldedHead(text, at);
    const auto begin = static_cast<uint32_t>(head);
    // One byte more than the first word may have: it has to end there.
    size_t longest = 0;
    if (KeyMapBit(short_map_, ThreeHash(begin)) != 0) longest = 4;
    if (KeyMapBit(four_map_, FourHash(begin)) != 0) longest = 6;
    if (KeyMapBit(six_map_, SixHash(head)) != 0) longest = kMaxKeyWord;
    if (longest == 0) return;
    const size_t limit = std::min(text.size() - at, longest);
    size_t length = 0;
    for (; length < limit && IsPhraseByte(text[at + length]); ++length) {
      const char c = text[at + length];
      const bool camel = length > 0 && c >= 'A' && c <= 'Z' &&
                         !(text[at + length - 1] >= 'A' && text[at + length - 1] <= 'Z');
      if (!camel) continue;
      const uint64_t key = WordKey(head, length);
      if (MayBeWord(key) != 0) FindWord(key, length, text, at, on_hit);
    }
    if (length > 0) FindWord(WordKey(head, length), length, text, at, on_hit);
  }

  // The same for phrases with the first word text[at, at + length), whose key is given.
  template <typename OnHit>
  void FindWord(uint64_t key, size_t length, std::string_view text, size_t at,
                OnHit&& on_hit) const {
    const uint32_t next = Next(text, at + length);
    const uint64_t longer = KeyMapBit(next_map_, NextHash(key, next));
    if ((longer | KeyMapBit(alone_map_, KeyMapHash(key))) == 0) return;
    const PhraseSlot* slot = FindSlot(key);
    if (slot == nullptr) return;
    const uint32_t end = longer != 0 ? slot->end : slot->longer;
    const uint64_t head = FoldedHead(text, at);
    for (uint32_t i = slot->begin; i < end; ++i) {
      const PhraseEntry& entry = entries_[i];
      if (((head ^ entry.head) & entry.mask) != 0 || !Stands(text, at, entry)) continue;
      on_hit(entry.target, at + entry.length);
    }
  }

  // The hashes behind the maps: the generator and the view must agree.
  static uint64_t FourHash(uint32_t head) { return (head * 0x9E3779B1u) >> (32 - kKeyMapBits); }
  static uint64_t SixHash(uint64_t head) {
    return KeyMapHash((head << 16) * 0x9E3779B97F4A7C15ull);
  }
  static uint64_t ThreeHash(uint32_t head) {
    return ((head & 0xFFFFFFu) * 0x85EBCA6Bu) >> (32 - kKeyMapBits);
  }
  static size_t SlotHash(uint64_t key) { return key >> 24; }
  static uint64_t NextHash(uint64_t key, uint32_t next) {
    return KeyMapHash((key ^ (next | 0x2000u)) * 0xFF51AFD7ED558CCDull);
  }

 private:
  const PhraseSlot* FindSlot(uint64_t key) const {
    for (size_t i = SlotHash(key) & slot_mask_; slots_[i].key != 0; i = (i + 1) & slot_mask_) {
      if (slots_[i].key == key) return &slots_[i];
    }
    return nullptr;
  }

  bool Stands(std::string_view text, size_t at, const PhraseEntry& entry) const {
    if (entry.length > text.size() - at) return false;
    const char* phrase = bytes_ + entry.offset;
    for (uint32_t i = 0; i < entry.length; ++i) {
      const char c = text[at + i];
      if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != phrase[i]) return false;
    }
    return true;
  }

  const uint64_t* word_map_ = nullptr;
  const uint64_t* begin_map_ = nullptr;
  const uint64_t* alone_map_ = nullptr;
  const uint64_t* next_map_ = nullptr;
  const uint64_t* six_map_ = nullptr;
  const uint64_t* four_map_ = nullptr;
  const uint64_t* short_map_ = nullptr;
  const PhraseSlot* slots_ = nullptr;
  size_t slot_mask_ = 0;
  const PhraseEntry* entries_ = nullptr;
  const char* bytes_ = nullptr;
};

}  // namespace assay
