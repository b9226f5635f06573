// LiteralTable: which of the literals stand at a place of a text. For the few places that the
// filter of beginnings leaves; Vectorscan does the same where the processor has no such filter.
//
// Thread rule: immutable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "detect/rule_blob.h"
#include "detect/word_key.h"

namespace assay {

class LiteralTable {
 public:
  LiteralTable() = default;
  // REQUIRES: each literal is at least two bytes long, and in lower case if found in any; `bytes`
  // outlives the table.
  LiteralTable(std::span<const LiteralRecord> literals, std::string_view bytes);

  // Calls on_hit(number) for each literal whose bytes stand at text[at].
  template <typename OnHit>
  void FindAt(std::string_view text, size_t at, OnHit&& on_hit) const {
    const uint64_t head = FoldedHead(text, at);
    const size_t list = Hash(head);
    for (uint32_t i = begins_[list]; i < begins_[list + 1]; ++i) {
      const Entry& entry = entries_[i];
      if (((head ^ entry.head) & entry.mask) == 0 && Stands(text, at, entry)) on_hit(entry.number);
    }
  }

 private:
  struct Entry {
    uint64_t head, mask;  // of the first eight bytes, folded
    std::string_view text;
    uint32_t number;
    bool caseless;
  };
  static constexpr size_t kLists = 256;

  // By the first two bytes, which every literal has.
  static size_t Hash(uint64_t head) {
    return (static_cast<uint32_t>(head & 0xFFFF) * 0x9E3779B1u) >> 24;
  }
  static bool Stands(std::string_view text, size_t at, const Entry& entry);

  std::array<uint16_t, kLists + 1> begins_{};  // of the lists in entries_
  std::vector<Entry> entries_;
};

}  // namespace assay
