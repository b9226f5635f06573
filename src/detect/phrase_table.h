// PhraseTable: all keywords of identifiers and phrases of themes, found in one pass over the places
// of a text at which a word begins. Two bit maps of hashed first bytes turn nearly all of them
// away.
//
// Thread rule: PhraseTableView is immutable.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// One spelling and what it stands for.
struct Phrase {
  std::string text;     // lower case, at least 2 bytes, begins with a letter, digit or byte >= 0x80
  uint32_t target = 0;  // given back when it is found
};

struct PhraseEntry {
  uint64_t head;    // first eight bytes, each with 0x20 set
  uint64_t mask;    // of those that the phrase has
  uint32_t offset;  // of its text in the bytes
  uint32_t length;
  uint32_t target;
  uint32_t unused = 0;
};

struct PhraseSlot {
  uint64_t key = 0;             // 0 = empty
  uint32_t begin = 0, end = 0;  // PhraseEntry
};

inline constexpr size_t kPhraseMapBits = 15;
inline constexpr size_t kPhraseMapWords = (size_t{1} << kPhraseMapBits) / 64;

// What PhraseTableView points into.
struct PhraseTableData {
  std::vector<uint64_t> first_map, short_map, long_map;  // by three, three and four bytes
  std::vector<PhraseSlot> slots;                         // a power of two
  std::vector<PhraseEntry> entries;
  std::string bytes;
};
PhraseTableData BuildPhraseTable(std::vector<Phrase> phrases);

class PhraseTableView {
 public:
  PhraseTableView() = default;
  PhraseTableView(std::span<const uint64_t> first_map, std::span<const uint64_t> short_map,
                  std::span<const uint64_t> long_map, std::span<const PhraseSlot> slots,
                  std::span<const PhraseEntry> entries, std::string_view bytes)
      : first_map_(first_map.data()),
        short_map_(short_map.data()),
        long_map_(long_map.data()),
        slots_(slots.data()),
        slot_mask_(slots.size() - 1),
        entries_(entries.data()),
        bytes_(bytes.data()) {}

  // Calls on_hit(target, end) for each phrase whose bytes stand at text[at], whatever stands around
  // them.
  template <typename OnHit>
  void FindAt(std::string_view text, size_t at, OnHit&& on_hit) const {
    const uint32_t head = Head(text, at);
    if (Bit(first_map_, ShortHash(head)) != 0) FindHead(head, text, at, on_hit);
  }

 private:
  template <typename OnHit>
  void FindHead(uint32_t head, std::string_view text, size_t at, OnHit& on_hit) const {
    const uint64_t is_long = Bit(long_map_, LongHash(head));
    const uint64_t is_short = Bit(short_map_, ShortHash(head));
    if ((is_long | is_short) == 0) return;
    if (is_long != 0) FindKey(Key(head, 4), text, at, on_hit);
    if (is_short != 0) {
      FindKey(Key(head, 3), text, at, on_hit);
      FindKey(Key(head, 2), text, at, on_hit);
    }
  }

 public:
  // The first four bytes in the form of the keys; bytes behind the end are 0.
  static uint32_t Head(std::string_view text, size_t at) {
    uint32_t head = 0;
    if (text.size() - at >= sizeof head) {
      std::memcpy(&head, text.data() + at, sizeof head);
    } else {
      std::memcpy(&head, text.data() + at, text.size() - at);
    }
    return head | 0x20202020u;
  }
  static uint32_t LongHash(uint32_t head) { return (head * 0x9E3779B1u) >> (32 - kPhraseMapBits); }
  static uint32_t ShortHash(uint32_t head) {
    return ((head & 0xFFFFFFu) * 0x85EBCA6Bu) >> (32 - kPhraseMapBits);
  }
  // Key of phrases of `length` bytes, or of 4 and more.
  static uint64_t Key(uint32_t head, uint32_t length) {
    const uint32_t mask = length >= 4 ? 0xFFFFFFFFu : (1u << (8 * length)) - 1;
    return (head & mask) | uint64_t{length} << 32;
  }
  static size_t SlotHash(uint64_t key) { return (key * 0x9E3779B97F4A7C15ull) >> 40; }

  static constexpr uint64_t kFold = 0x2020202020202020u;

 private:
  static uint64_t Bit(const uint64_t* map, uint32_t bit) { return map[bit / 64] >> (bit % 64) & 1; }

  const PhraseSlot* FindSlot(uint64_t key) const {
    for (size_t i = SlotHash(key) & slot_mask_; slots_[i].key != 0; i = (i + 1) & slot_mask_) {
      if (slots_[i].key == key) return &slots_[i];
    }
    return nullptr;
  }

  template <typename OnHit>
  void FindKey(uint64_t key, std::string_view text, size_t at, OnHit& on_hit) const {
    const PhraseSlot* slot = FindSlot(key);
    if (slot == nullptr) return;
    uint64_t head = 0;
    std::memcpy(&head, text.data() + at, std::min(text.size() - at, sizeof head));
    head |= kFold;
    for (uint32_t i = slot->begin; i < slot->end; ++i) {
      const PhraseEntry& entry = entries_[i];
      if (((head ^ entry.head) & entry.mask) != 0 || !Stands(text, at, entry)) continue;
      on_hit(entry.target, at + entry.length);
    }
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

  const uint64_t* first_map_ = nullptr;  // of all phrases
  const uint64_t* short_map_ = nullptr;
  const uint64_t* long_map_ = nullptr;
  const PhraseSlot* slots_ = nullptr;
  size_t slot_mask_ = 0;
  const PhraseEntry* entries_ = nullptr;
  const char* bytes_ = nullptr;
};

}  // namespace assay
