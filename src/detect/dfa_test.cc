#include "detect/dfa.h"

#include <gtest/gtest.h>

#include <optional>

#include "detect/pattern_facts.h"
#include "detect/pcre.h"

namespace assay {
namespace {

struct Built {
  RegexTree tree;
  Dfa dfa;
};

Built Build(std::string_view pattern, Boundary boundary = Boundary::kNone, bool fold = false) {
  auto tree = ParseRegex(pattern, fold);
  EXPECT_TRUE(tree.ok()) << tree.status().message();
  const DfaPattern one{tree->get(), boundary, 7};
  auto dfa = BuildDfa({&one, 1}, 10'000);
  EXPECT_TRUE(dfa.ok()) << dfa.status().message();
  return {std::move(tree).value(), std::move(dfa).value()};
}

std::optional<size_t> Longest(const Dfa& dfa, std::string_view text, size_t begin) {
  std::optional<size_t> end;
  const DfaView view = dfa.View();
  RunDfa(view, text, begin, [&](uint16_t set, size_t at) {
    EXPECT_EQ(view.Set(set).size(), 1u);
    EXPECT_EQ(view.Set(set)[0], 7);
    end = at;
  });
  return end;
}

// The automaton and PCRE2 agree at every place of every text.
void ExpectAgreement(std::string_view pattern, Boundary boundary, bool fold) {
  const Built built = Build(pattern, boundary, fold);
  const auto pcre = PcrePattern::Compile(pattern, fold, boundary);
  ASSERT_TRUE(pcre.ok()) << pcre.status().message();
  PcreScratch scratch;
  for (const std::string_view text :
       {"abc 123 a1b2 AbC\nxyz_12+34=ab/cd", "aaaa bbbb\n\n12-34 12345 1 22 333", "", "ab",
        "-1-2 a_b", "foo\nbar foo\r\nbarfoo 9foo foo9"}) {
    for (size_t at = 0; at < text.size(); ++at) {
      EXPECT_EQ(Longest(built.dfa, text, at), (*pcre)->LongestAt(text, at, scratch))
          << pattern << " in '" << text << "' at " << at;
    }
  }
}

TEST(DfaTest, AgreesWithPcre) {
  for (const std::string_view pattern :
       {"abc", "[a-c]+[0-9]", "a*b", "(?:a|b){2,3}", "[0-9]{2}(?:-[0-9]{2})?", "(?m)^foo",
        "foo(?m)$", "\\bfoo\\b", "\\Boo", "[^a-z\\n]{2,}", "(?:ab|a)(?:bb|b)?", "\\w+\\s\\d",
        ".{1,4}", "a{0,2}b", "(?i)FOO|x[yz]{2}", "[\\w.-]+", "\\x61[\\x62-\\x63]"}) {
    for (const Boundary boundary :
         {Boundary::kNone, Boundary::kDigit, Boundary::kWord, Boundary::kToken}) {
      ExpectAgreement(pattern, boundary, false);
    }
    ExpectAgreement(pattern, Boundary::kWord, true);
  }
}

TEST(DfaTest, TellsPatternsApart) {
  const auto digits = ParseRegex("[0-9]{3}", false);
  const auto letters = ParseRegex("[0-9a-z]{3,4}", false);
  const DfaPattern patterns[] = {{digits->get(), Boundary::kNone, 1},
                                 {letters->get(), Boundary::kNone, 2}};
  const auto dfa = BuildDfa(patterns, 1000);
  ASSERT_TRUE(dfa.ok());
  std::vector<std::pair<std::vector<uint16_t>, size_t>> hits;
  const DfaView view = dfa->View();
  RunDfa(view, "123a", 0, [&](uint16_t set, size_t end) {
    hits.emplace_back(std::vector<uint16_t>(view.Set(set).begin(), view.Set(set).end()), end);
  });
  ASSERT_EQ(hits.size(), 2u);
  EXPECT_EQ(hits[0].first, (std::vector<uint16_t>{1, 2}));
  EXPECT_EQ(hits[1].first, (std::vector<uint16_t>{2}));
}

TEST(DfaTest, RefusesWhatGrowsTooLarge) {
  const auto tree = ParseRegex("[ab]*a[ab]{14}", false);
  const DfaPattern one{tree->get(), Boundary::kNone, 0};
  const auto dfa = BuildDfa({&one, 1}, 5000);
  ASSERT_FALSE(dfa.ok());
  EXPECT_EQ(dfa.status().code(), StatusCode::kResourceExhausted);
}

TEST(DfaTest, MatchesEndAtTheLimit) {
  const Built built = Build("a+");
  EXPECT_EQ(Longest(built.dfa, std::string(kMaxMatchBytes + 100, 'a'), 0), kMaxMatchBytes);
}

TEST(ParseRegexTest, SaysWhatIsNotSupported) {
  for (const std::string_view pattern :
       {"(?=a)", "(?<!a)b", "(a)\\1", "^a", "a$", "(", "a)", "[a", "*a", "a{3,1}", "a{5000}", "a++",
        "[z-a]", "\\p{L}", "a\\"}) {
    const auto tree = ParseRegex(pattern, false);
    EXPECT_FALSE(tree.ok()) << pattern;
    EXPECT_EQ(tree.status().code(), StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(ParseRegex(std::string(100, '(') + "a" + std::string(100, ')'), false).ok());
}

TEST(PatternFactsTest, FindsDistances) {
  const PatternFacts digits = FindFacts(Build("[A-Z]{1,2}[0-9]{6}", Boundary::kWord).dfa.View());
  EXPECT_TRUE(digits.has_digit);
  EXPECT_EQ(digits.digit_min, 1u);
  EXPECT_EQ(digits.digit_max, 2u);
  EXPECT_EQ(digits.min_length, 7u);
  EXPECT_FALSE(digits.word_after_word);
  EXPECT_EQ(digits.mark_digit_max, 0u);
  const PatternFacts phone = FindFacts(Build("\\(?[0-9]{3}\\)?", Boundary::kWord).dfa.View());
  EXPECT_EQ(phone.digit_min, 0u);
  EXPECT_EQ(phone.mark_digit_max, 1u);
  EXPECT_EQ(FindFacts(Build("[a-f]{4}|[a-f]{6}", Boundary::kWord).dfa.View()).lengths,
            uint64_t{1} << 4 | uint64_t{1} << 6);
  EXPECT_FALSE(FindFacts(Build("[A-Z]{4}[0-9]?").dfa.View()).has_digit);
}

TEST(PatternFactsTest, FindsTheFirstAnchor) {
  const Built email = Build("[a-z.]{1,64}@[a-z]+\\.[a-z]{2,4}");
  const auto places = FindAnchors(email.dfa.View(), {"@"}, false);
  ASSERT_TRUE(places);
  ASSERT_EQ(places->size(), 1u);
  EXPECT_EQ(places->front().min, 1u);
  EXPECT_EQ(places->front().max, 64u);
  EXPECT_TRUE(places->front().before['.']);
  EXPECT_FALSE(places->front().before['@']);
  const Built token = Build("gh[pos]_[0-9]{4}");
  EXPECT_TRUE(FindAnchors(token.dfa.View(), {"ghp_", "gho_", "ghs_"}, false));
  EXPECT_FALSE(FindAnchors(token.dfa.View(), {"ghp_", "gho_"}, false)) << "ghs_ has no anchor";
  EXPECT_FALSE(FindAnchors(Build("[a-z]+key").dfa.View(), {"key"}, false)) << "no bound";
}

}  // namespace
}  // namespace assay
