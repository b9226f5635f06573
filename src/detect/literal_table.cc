#include "detect/literal_table.h"

#include <algorithm>

namespace assay {

LiteralTable::LiteralTable(std::span<const LiteralRecord> literals, std::string_view bytes) {
  entries_.reserve(literals.size());
  for (uint32_t number = 0; number < literals.size(); ++number) {
    const LiteralRecord& literal = literals[number];
    const std::string_view text = bytes.substr(literal.text, literal.length);
    entries_.push_back({FoldedHead(text, 0), kHeadMasks[std::min<size_t>(text.size(), 8)], text,
                        number, literal.caseless != 0});
  }
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](const Entry& a, const Entry& b) { return Hash(a.head) < Hash(b.head); });
  for (const Entry& entry : entries_) ++begins_[Hash(entry.head) + 1];
  for (size_t list = 0; list < kLists; ++list) {
    begins_[list + 1] = static_cast<uint16_t>(begins_[list + 1] + begins_[list]);
  }
}

bool LiteralTable::Stands(std::string_view text, size_t at, const Entry& entry) {
  const std::string_view there = text.substr(at, entry.text.size());
  if (!entry.caseless) return there == entry.text;
  return std::equal(
      there.begin(), there.end(), entry.text.begin(), entry.text.end(),
      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b; });
}

}  // namespace assay
