#include "detect/compile_lexicon.h"

#include <fstream>
#include <map>
#include <string_view>
#include <unordered_map>

#include "detect/utf8_case.h"

namespace assay {
namespace {

using Words = std::unordered_map<std::string, uint32_t>;

std::vector<std::string> SplitTabs(const std::string& line) {
  std::vector<std::string> fields;
  size_t begin = 0;
  for (size_t tab = line.find('\t'); tab != std::string::npos; tab = line.find('\t', begin)) {
    fields.push_back(line.substr(begin, tab - begin));
    begin = tab + 1;
  }
  fields.push_back(line.substr(begin));
  fields.resize(4);
  return fields;
}

void Add(Words& words, const std::string& word, uint32_t bits) {
  if (word.empty() || word.size() > Lexicon::kMaxWord) return;
  std::string lower(word.size(), '\0');
  lower = LowerUtf8(word, lower.data());
  words[lower] |= bits;
  if (const size_t space = lower.find(' '); space != std::string::npos) {
    words[lower.substr(0, space)] |= kLexPhraseStart;
  }
}

uint32_t NameBits(const std::string& klass, int shift, uint32_t word_bit) {
  uint32_t bits = 0;
  for (const char c : klass) {
    if (c >= '1' && c <= '3') bits |= static_cast<uint32_t>(c - '0') << shift;
    if (c == 'a') bits |= word_bit;
  }
  return bits;
}

uint32_t StreetBits(const std::vector<std::string>& fields) {
  uint32_t bits = 0;
  if (fields[3] == "a") bits |= kLexStreetWord;
  if (fields[1] == "after") bits |= kLexStreetAfter;
  if (fields[1] == "before") bits |= kLexStreetBefore;
  if (fields[1] == "joined") bits |= kLexStreetJoined;
  return bits;
}

uint32_t RoleBits(const std::string& role) {
  if (role == "title") return kLexTitle;
  if (role == "suffix") return kLexSuffix;
  if (role == "particle") return kLexParticle;
  if (role == "never") return kLexNever;
  return 0;
}

}  // namespace

Result<LexiconData> CompileLexicon(const std::string& directory) {
  Words words;
  for (const std::string name : {"given-names.txt", "surnames.txt", "cities.txt",
                                 "street-types.txt", "us-states.txt", "name-words.txt"}) {
    std::ifstream in(directory + "/" + name);
    if (!in) return NotFound(directory + "/" + name + ": cannot be opened");
    for (std::string line; std::getline(in, line);) {
      const std::vector<std::string> fields = SplitTabs(line);
      if (name == "given-names.txt") Add(words, fields[0], NameBits(fields[1], 0, kLexGivenWord));
      if (name == "surnames.txt") Add(words, fields[0], NameBits(fields[1], 3, kLexSurnameWord));
      if (name == "cities.txt") {
        Add(words, fields[0], kLexCity | (fields[2] == "a" ? uint32_t{kLexCityWord} : 0u));
      }
      if (name == "street-types.txt") Add(words, fields[0], StreetBits(fields));
      if (name == "us-states.txt") {
        Add(words, fields[0], kLexState);
        Add(words, fields[1], kLexState);
      }
      if (name == "name-words.txt") Add(words, fields[0], RoleBits(fields[1]));
    }
  }
  size_t count = 1024;
  while (count < words.size() * 2) count *= 2;
  LexiconData data;
  std::vector<Lexicon::Slot>& slots = data.slots;
  slots.resize(count);
  for (auto* map : {&data.names, &data.streets, &data.particles}) map->resize(kKeyMapWords);
  // In a fixed order, so that every build makes the same bytes.
  const std::map<std::string, uint32_t> sorted(words.begin(), words.end());
  for (const auto& [word, bits] : sorted) {
    if (bits == 0) continue;
    const uint64_t hash = Lexicon::Hash(word);
    size_t i = hash & (count - 1);
    while (slots[i].bits != 0) i = (i + 1) & (count - 1);
    slots[i] = {static_cast<uint32_t>(hash >> 32), bits};
    if (word.size() > kMaxKeyWord) continue;
    const uint64_t key = KeyMapHash(WordKey(FoldedHead(word, 0), word.size()));
    const auto add = [&](std::vector<uint64_t>& map) {
      map[key / 64] |= uint64_t{1} << (key % 64);
    };
    if ((bits & (kLexGivenClass | kLexTitle)) != 0) add(data.names);
    if ((bits & (kLexStreetAfter | kLexStreetBefore)) != 0) add(data.streets);
    if ((bits & kLexParticle) != 0) add(data.particles);
  }
  return data;
}

}  // namespace assay
