#include "detect/phrase_filter.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "detect/literal_table.h"
#include "detect/phrase_table.h"

namespace assay {
namespace {

uint64_t Next(uint64_t* state) {
  uint64_t z = (*state += 0x9E3779B97F4A7C15ull);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  return z ^ (z >> 27);
}

std::string RandomText(size_t size, uint64_t seed) {
  constexpr std::string_view kBytes = "aAbBcC dDeE_-1\xC3\xA9";
  std::string text;
  for (size_t i = 0; i < size; ++i) text.push_back(kBytes[Next(&seed) % kBytes.size()]);
  return text;
}

const std::vector<std::string> kPhrases = {"ab",
                                           "abc",
                                           "bad cab",
                                           "dead",
                                           "abcde",
                                           "ace",
                                           "a-bad1",
                                           "1abe",
                                           "b_ad",
                                           "\xC3\xA9"
                                           "ab"};

bool StandsAt(const std::string& text, size_t at, const std::string& phrase) {
  if (text.size() - at < phrase.size()) return false;
  for (size_t i = 0; i < phrase.size(); ++i) {
    const char c = text[at + i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != phrase[i]) return false;
  }
  return true;
}

// Parts of them stand in RandomText; the first two are of two bytes.
const std::vector<std::string> kLiterals = {"_-", "1-", "ab_", "-1a", "cadd", "d bad1", "1_-a"};

TEST(PhraseFilterTest, KernelIsThePlainDefinition) {
  const PhraseFilter filter = BuildPhraseFilter(kPhrases, kLiterals);
  for (const size_t size : {6400u, 6403u, 6340u, 70u, 64u, 5u, 1u}) {
    std::string text = RandomText(size, size);
    const size_t begin = size > 100 ? 64 : 0;
    std::vector<uint64_t> phrases(101), literals(101);
    FindBeginnings(filter, text, begin, size, {phrases.data(), literals.data()});
    text.resize(size + PhraseFilter::kBytes);
    for (size_t i = 0; begin + i < size; ++i) {
      const MayBegin expected = MayBeginHere(filter, text.data() + begin + i);
      ASSERT_EQ((phrases[i / 64] >> (i % 64) & 1) != 0, !HasFastPhraseFilter() || expected.phrase)
          << i;
      if (!HasFastPhraseFilter()) continue;
      ASSERT_EQ((literals[i / 64] >> (i % 64) & 1) != 0, expected.literal) << i;
    }
  }
}

TEST(PhraseFilterTest, KeepsEveryPlaceAndTurnsSomeAway) {
  const PhraseFilter filter = BuildPhraseFilter(kPhrases, kLiterals);
  const std::string text = RandomText(20'000, 2);
  size_t refused = 0, no_literal = 0, literals = 0;
  for (size_t i = 0; i + 8 < text.size(); ++i) {
    const MayBegin may = MayBeginHere(filter, text.data() + i);
    refused += may.phrase ? 0 : 1;
    no_literal += may.literal ? 0 : 1;
    for (const std::string& phrase : kPhrases) {
      ASSERT_TRUE(may.phrase || !StandsAt(text, i, phrase)) << phrase << " at " << i;
    }
    for (const std::string& literal : kLiterals) {
      literals += StandsAt(text, i, literal) ? 1 : 0;
      ASSERT_TRUE(may.literal || !StandsAt(text, i, literal)) << literal << " at " << i;
    }
  }
  EXPECT_GT(refused, 10'000u);
  EXPECT_GT(no_literal, 10'000u);
  EXPECT_GT(literals, 100u);
}

TEST(LiteralTableTest, FindsWhatStandsThere) {
  std::string bytes;
  std::vector<LiteralRecord> records;
  for (size_t i = 0; i < kLiterals.size(); ++i) {
    records.push_back({static_cast<uint32_t>(kLiterals[i].size()), 0, 0, 0,
                       static_cast<uint32_t>(bytes.size()), static_cast<uint32_t>(i % 2)});
    bytes += kLiterals[i];
  }
  const LiteralTable table(records, bytes);
  const std::string text = RandomText(20'000, 4);
  size_t total = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    std::vector<uint32_t> expected, found;
    for (uint32_t i = 0; i < kLiterals.size(); ++i) {
      const bool stands = i % 2 != 0 ? StandsAt(text, at, kLiterals[i])
                                     : text.compare(at, kLiterals[i].size(), kLiterals[i]) == 0;
      if (stands) expected.push_back(i);
    }
    table.FindAt(text, at, [&found](uint32_t number) { found.push_back(number); });
    std::sort(found.begin(), found.end());
    ASSERT_EQ(found, expected) << at;
    total += expected.size();
  }
  EXPECT_GT(total, 100u);
}

// The table finds at word begins what a plain comparison finds.
TEST(PhraseTableTest, FindsWhatStandsThere) {
  std::vector<Phrase> phrases;
  for (uint32_t i = 0; i < kPhrases.size(); ++i) phrases.push_back({kPhrases[i], i});
  const PhraseTableData data = BuildPhraseTable(phrases);
  PhraseTableView::Parts parts;
  parts.word_map = data.word_map;
  parts.begin_map = data.begin_map;
  parts.alone_map = data.alone_map;
  parts.next_map = data.next_map;
  parts.six_map = data.six_map;
  parts.four_map = data.four_map;
  parts.short_map = data.short_map;
  parts.slots = data.slots;
  parts.entries = data.entries;
  parts.bytes = data.bytes;
  const PhraseTableView table(parts);
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const std::string text = RandomText(200'000, 3);
  size_t total = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (!IsPhraseByte(text[at])) continue;
    std::vector<uint32_t> expected, found;
    for (const Phrase& phrase : phrases) {
      if (!StandsAt(text, at, phrase.text)) continue;
      // Only where a word ends, or camel case begins the next one: the others are no matches.
      const size_t end = at + phrase.text.size();
      if (end < text.size() && IsPhraseByte(text[end]) && IsPhraseByte(text[end - 1]) &&
          !(upper(text[end]) && !upper(text[end - 1]))) {
        continue;
      }
      expected.push_back(phrase.target);
    }
    table.FindAt(text, at, [&](uint32_t target, size_t end) {
      EXPECT_EQ(end, at + kPhrases[target].size());
      found.push_back(target);
    });
    std::sort(expected.begin(), expected.end());
    for (const uint32_t target : expected) {
      ASSERT_TRUE(std::count(found.begin(), found.end(), target) == 1)
          << kPhrases[target] << " at " << at;
    }
    total += expected.size();
  }
  EXPECT_GT(total, 100u);
}

}  // namespace
}  // namespace assay
