#include "detect/ruleset.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <fstream>

#include "detect/rule_yaml.h"
#include "detect/test_piece.h"

namespace assay {
namespace {

Identifier Custom(std::string pattern) {
  Identifier id;
  id.id = "ACME_BADGE";
  id.name = "Badge";
  id.pattern = std::move(pattern);
  return id;
}

std::vector<std::string> CustomFinds(const RulesetOptions& options, const std::string& text) {
  auto ruleset = Ruleset::Load(options);
  EXPECT_TRUE(ruleset.ok()) << ruleset.status().message();
  if (!ruleset.ok()) return {};
  Scanner scanner(*ruleset);
  std::vector<std::string> found;
  for (const Detection& detection : ScanText(scanner, text)) {
    if ((*ruleset)->identifiers()[detection.identifier].id.starts_with("ACME")) {
      found.push_back(text.substr(detection.begin, detection.end - detection.begin));
    }
  }
  return found;
}

std::vector<std::string> CustomFinds(const Identifier& id, const std::string& text) {
  RulesetOptions options;
  options.custom = {id};
  return CustomFinds(options, text);
}

using Strings = std::vector<std::string>;

TEST(RulesetTest, UserPatternsAreFound) {
  EXPECT_EQ(CustomFinds(Custom("AC-[0-9]{4}"), "x AC-1234 AC-99 AC-7777"),
            (Strings{"AC-1234", "AC-7777"}));
  EXPECT_EQ(CustomFinds(Custom("(?<=id )[0-9]{4}(?! void)"), "id 1234 id 5678 void"),
            (Strings{"1234"}))
      << "look-around works in the user lane";
}

TEST(RulesetTest, UserWordListsBoundariesKeywordsAndIgnoredWords) {
  Identifier id = Custom("");
  id.words = {"Project Zeus", "a+b"};
  id.boundary = Boundary::kWord;
  id.case_insensitive = true;
  EXPECT_EQ(CustomFinds(id, "PROJECT ZEUS, xa+b, a+b!"), (Strings{"PROJECT ZEUS", "a+b"}));
  Identifier near = Custom("[0-9]{5}");
  near.boundary = Boundary::kDigit;
  near.keywords = {"badge no"};
  near.keyword_required = true;
  near.proximity = 5;
  near.ignore_words = {"00000"};
  EXPECT_EQ(CustomFinds(near, "badge_no: 12345; then 23456 and behind it Badge No 00000"),
            (Strings{"12345"}));
}

TEST(RulesetTest, HostileUserPatternsAreRefusedWithAReason) {
  for (const std::string_view pattern : {"(a+)+$", "(?:[0-9]+)*x", "(x", "a*", "(?:a|aa)+!b"}) {
    const Status status = CheckIdentifier(Custom(std::string(pattern)));
    EXPECT_FALSE(status.ok()) << pattern;
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_NE(status.message().find("pattern"), std::string::npos) << status.message();
  }
  Identifier id = Custom("abc");
  id.validator = "no_such_check";
  EXPECT_NE(CheckIdentifier(id).message().find("luhn"), std::string::npos)
      << "names the known ones";
  id = Custom("abc");
  id.id = "lower case";
  EXPECT_FALSE(CheckIdentifier(id).ok());
  id = Custom("abc");
  id.proximity = 301;
  EXPECT_FALSE(CheckIdentifier(id).ok());
}

TEST(RulesetTest, AllowListsAndExampleValues) {
  RulesetOptions options;
  options.custom = {Custom("AC-[0-9]{4}")};
  options.allow_words = {"ac-1111"};
  options.allow_patterns = {"AC-2.*"};
  EXPECT_EQ(CustomFinds(options, "AC-1111 AC-2222 AC-3333"), (Strings{"AC-3333"}));

  const std::string text = "card 4111 1111 1111 1111";
  for (const bool report : {false, true}) {
    RulesetOptions examples;
    examples.enabled = {"CREDIT_CARD_NUMBER"};
    examples.report_example_values = report;
    const auto ruleset = Ruleset::Load(examples);
    ASSERT_TRUE(ruleset.ok()) << ruleset.status().message();
    Scanner scanner(*ruleset);
    EXPECT_EQ(ScanText(scanner, text).size(), report ? 1u : 0u);
  }
}

TEST(RulesetTest, EnabledAndDisabledByAnyName) {
  RulesetOptions options;
  options.enabled = {"EMAIL_ADDRESS", "CVE Number", "Audit Keywords"};
  options.disabled = {"CVE Number"};
  const auto ruleset = Ruleset::Load(options);
  ASSERT_TRUE(ruleset.ok()) << ruleset.status().message();
  ASSERT_EQ((*ruleset)->identifiers().size(), 1u);
  EXPECT_EQ((*ruleset)->identifiers()[0].id, "EMAIL_ADDRESS");
  ASSERT_EQ((*ruleset)->themes().size(), 1u);
  Scanner scanner(*ruleset);
  const auto found = ScanText(scanner, "a@b.example.com CVE-2021-44228 8.8.8.8");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].identifier, 0u);
  options.disabled = {"NO_SUCH_THING"};
  const auto unknown = Ruleset::Load(options);
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.status().message().find("NO_SUCH_THING"), std::string::npos);
}

TEST(RulesetTest, LoadIsQuick) {
  const std::clock_t start = std::clock();
  ASSERT_TRUE(Ruleset::Load({}).ok());
  EXPECT_LT(std::clock() - start, CLOCKS_PER_SEC / 2) << "processor time; generous for sanitizers";
}

TEST(RulesetTest, ThemesCountOverPiecesOfAnObject) {
  const auto themes = ManagedThemes();
  const auto ruleset = Ruleset::Load({}).value();
  Scanner scanner(ruleset);
  const NoLocator locator;
  CollectingSink sink;
  // "Secret Markings" needs several combinations: give each in a piece of its own.
  for (uint32_t t = 0; t < themes->size(); ++t) {
    const Theme& theme = (*themes)[t];
    if (theme.min_keyword_combinations < 2) continue;
    scanner.BeginObject();
    for (const std::string& keyword : theme.keywords) {
      const std::string text = " " + keyword + " ";
      scanner.Scan(WholePiece(text, locator), sink);
    }
    bool found = false;
    for (const ThemeHit& hit : scanner.Themes()) found = found || hit.theme == t;
    EXPECT_TRUE(found) << theme.name;
    scanner.BeginObject();
    EXPECT_TRUE(scanner.Themes().empty());
  }
}

TEST(RuleYamlTest, ErrorsNameLineAndRemedy) {
  const auto error = [](std::string_view yaml) {
    const auto file = ParseRuleYaml(yaml, "my.yaml");
    return file.ok() ? std::string() : file.status().message();
  };
  EXPECT_NE(
      error("identifiers:\n  - id: A\n    patern: x\n").find("my.yaml:3: unknown key 'patern'"),
      std::string::npos);
  EXPECT_NE(error("identifiers:\n  - id: A\n    risk: 11\n").find("from 1 to 10"),
            std::string::npos);
  EXPECT_NE(error("identifiers:\n  - name: A\n").find("needs an id"), std::string::npos);
  EXPECT_NE(error("identifiers: [\n").find("not valid YAML"), std::string::npos);
  EXPECT_NE(
      error("identifiers:\n  - id: A\n    boundary: line\n").find("none, digit, word or token"),
      std::string::npos);
  EXPECT_EQ(error("identifiers:\n  - {id: A, words: [x], severities: [{severity: LOW}]}\n"), "");
}

TEST(RuleYamlTest, FilesAreReadAndChecked) {
  const std::string path = testing::TempDir() + "assay_rules_test." + std::to_string(getpid());
  std::ofstream(path) << "identifiers:\n  - id: ACME_X\n    pattern: 'X{3}'\n";
  auto loaded = LoadIdentifierFile(path);
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  EXPECT_EQ(loaded->front().id, "ACME_X");
  std::ofstream(path) << "identifiers:\n  - id: ACME_X\n    pattern: 'X*'\n";
  EXPECT_FALSE(LoadIdentifierFile(path).ok());
  std::remove(path.c_str());
  EXPECT_EQ(LoadIdentifierFile(path).status().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace assay
