#include "detect/phrase_table.h"

#include <algorithm>
#include <map>

namespace assay {
namespace {

void SetBit(std::vector<uint64_t>& map, uint32_t bit) {
  map[bit / 64] |= uint64_t{1} << (bit % 64);
}

}  // namespace

PhraseTableData BuildPhraseTable(std::vector<Phrase> phrases) {
  PhraseTableData data;
  data.first_map.resize(kPhraseMapWords);
  data.short_map.resize(kPhraseMapWords);
  data.long_map.resize(kPhraseMapWords);
  std::map<uint64_t, std::vector<const Phrase*>> by_key;
  for (const Phrase& phrase : phrases) {
    const uint32_t head = PhraseTableView::Head(phrase.text, 0);
    const auto length = static_cast<uint32_t>(std::min<size_t>(phrase.text.size(), 4));
    if (length == 4) {
      SetBit(data.long_map, PhraseTableView::LongHash(head));
      SetBit(data.first_map, PhraseTableView::ShortHash(head));
    } else if (length == 3) {
      SetBit(data.short_map, PhraseTableView::ShortHash(head));
      SetBit(data.first_map, PhraseTableView::ShortHash(head));
    } else {
      for (uint32_t third = 0; third < 256; ++third) {
        const uint32_t any = (head & 0xFFFFu) | (third | 0x20u) << 16;
        SetBit(data.short_map, PhraseTableView::ShortHash(any));
        SetBit(data.first_map, PhraseTableView::ShortHash(any));
      }
    }
    by_key[PhraseTableView::Key(head, length)].push_back(&phrase);
  }
  size_t slots = 64;
  while (slots < by_key.size() * 2) slots *= 2;
  data.slots.resize(slots);
  for (const auto& [key, list] : by_key) {
    size_t i = PhraseTableView::SlotHash(key) & (slots - 1);
    while (data.slots[i].key != 0) i = (i + 1) & (slots - 1);
    data.slots[i].key = key;
    data.slots[i].begin = static_cast<uint32_t>(data.entries.size());
    for (const Phrase* phrase : list) {
      PhraseEntry entry{};
      const size_t head = std::min(phrase->text.size(), sizeof entry.head);
      std::memcpy(&entry.head, phrase->text.data(), head);
      std::memset(&entry.mask, 0xFF, head);
      entry.head |= PhraseTableView::kFold;
      entry.offset = static_cast<uint32_t>(data.bytes.size());
      entry.length = static_cast<uint32_t>(phrase->text.size());
      entry.target = phrase->target;
      data.entries.push_back(entry);
      data.bytes += phrase->text;
    }
    data.slots[i].end = static_cast<uint32_t>(data.entries.size());
  }
  return data;
}

}  // namespace assay
