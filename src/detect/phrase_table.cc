#include "detect/phrase_table.h"

#include <map>

namespace assay {
namespace {

void SetBit(std::vector<uint64_t>& map, uint64_t bit) {
  map[bit / 64] |= uint64_t{1} << (bit % 64);
}

size_t FirstWord(const std::string& text) {
  size_t length = 0;
  while (length < text.size() && length < kMaxKeyWord && IsPhraseByte(text[length])) ++length;
  return length;
}

// What any text that begins with the phrase looks like in the maps of beginnings; behind phrases of
// two bytes stands anything.
void AddBeginning(const std::string& text, PhraseTableData* data) {
  const uint64_t eight = FoldedHead(text, 0);
  const auto head = static_cast<uint32_t>(eight);
  if (text.size() >= 6) {
    SetBit(data->six_map, PhraseTableView::SixHash(eight));
  } else if (text.size() >= 4) {
    SetBit(data->four_map, PhraseTableView::FourHash(head));
  }
  for (uint32_t third = 0; third < (text.size() == 2 ? 256u : 1u); ++third) {
    const uint64_t hash = PhraseTableView::ThreeHash(head | third << 16);
    SetBit(data->begin_map, hash);
    if (text.size() < 4) SetBit(data->short_map, hash);
  }
}

PhraseEntry MakeEntry(const Phrase& phrase, std::string* bytes) {
  PhraseEntry entry{};
  entry.mask = kHeadMasks[std::min<size_t>(phrase.text.size(), sizeof entry.head)];
  entry.head = FoldedHead(phrase.text, 0);
  entry.offset = static_cast<uint32_t>(bytes->size());
  entry.length = static_cast<uint32_t>(phrase.text.size());
  entry.target = phrase.target;
  *bytes += phrase.text;
  return entry;
}

// What the first word and what stands behind it look like in the maps; phrases that end with the
// byte behind the word may stand before anything.
void AddFirstWord(const std::string& text, uint64_t key, size_t word, PhraseTableData* data) {
  SetBit(data->word_map, KeyMapHash(key));
  if (text.size() == word) return SetBit(data->alone_map, KeyMapHash(key));
  const bool ends = text.size() == word + 1;
  for (uint32_t any = 0; any < (ends ? 256u : 1u); ++any) {
    const uint32_t next = PhraseTableView::Next(text, word) | any << 8;
    SetBit(data->next_map, PhraseTableView::NextHash(key, next));
  }
}

}  // namespace

PhraseTableData BuildPhraseTable(const std::vector<Phrase>& phrases) {
  PhraseTableData data;
  for (auto* map : {&data.word_map, &data.begin_map, &data.alone_map, &data.next_map, &data.six_map,
                    &data.four_map, &data.short_map}) {
    map->resize(kKeyMapWords);
  }
  std::map<uint64_t, std::vector<const Phrase*>> by_key;
  for (const Phrase& phrase : phrases) {
    const size_t word = FirstWord(phrase.text);
    const uint64_t key = WordKey(FoldedHead(phrase.text, 0), word);
    AddFirstWord(phrase.text, key, word, &data);
    AddBeginning(phrase.text, &data);
    by_key[key].push_back(&phrase);
  }
  size_t slots = 64;
  while (slots < by_key.size() * 2) slots *= 2;
  data.slots.resize(slots);
  for (const auto& [key, list] : by_key) {
    size_t i = PhraseTableView::SlotHash(key) & (slots - 1);
    while (data.slots[i].key != 0) i = (i + 1) & (slots - 1);
    PhraseSlot& slot = data.slots[i];
    slot.key = key;
    slot.begin = static_cast<uint32_t>(data.entries.size());
    for (const bool longer : {false, true}) {
      if (longer) slot.longer = static_cast<uint32_t>(data.entries.size());
      for (const Phrase* phrase : list) {
        if ((FirstWord(phrase->text) < phrase->text.size()) != longer) continue;
        data.entries.push_back(MakeEntry(*phrase, &data.bytes));
      }
    }
    slot.end = static_cast<uint32_t>(data.entries.size());
  }
  return data;
}

}  // namespace assay
