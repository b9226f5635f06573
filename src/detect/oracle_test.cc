// The lanes find exactly what the oracle finds.
#include "detect/oracle.h"

#include <gtest/gtest.h>

#include "detect/sample_text.h"
#include "detect/test_piece.h"

namespace assay {
namespace {

class OracleTest : public testing::Test {
 protected:
  OracleTest() : ruleset_(Ruleset::Load({}).value()), scanner_(ruleset_) {}

  // Neither a name nor an address: the oracle has no patterns for those.
  std::vector<Detection> WithPatterns(const std::vector<Detection>& found) const {
    std::vector<Detection> kept;
    for (const Detection& detection : found) {
      const Identifier& id = ruleset_->identifiers()[detection.identifier];
      if (!id.pattern.empty() || !id.words.empty()) kept.push_back(detection);
    }
    return kept;
  }

  std::string Describe(const Detection& detection, std::string_view text) const {
    return ruleset_->identifiers()[detection.identifier].id + " at " +
           std::to_string(detection.begin) + ": " +
           std::string(text.substr(detection.begin, detection.end - detection.begin));
  }

  void ExpectEqual(std::string_view text, const Locator& locator) {
    CollectingSink sink;
    const TextPiece piece = WholePiece(text, locator);
    scanner_.BeginObject();
    scanner_.Scan(piece, sink);
    const auto fast = WithPatterns(sink.detections);
    const auto slow = OracleScan(ruleset_, piece);
    for (size_t i = 0; i < std::max(fast.size(), slow.size()); ++i) {
      const std::string a = i < fast.size() ? Describe(fast[i], text) : "nothing";
      const std::string b = i < slow.size() ? Describe(slow[i], text) : "nothing";
      ASSERT_EQ(a, b) << "scanner and oracle differ";
    }
    total_ += slow.size();
  }
  void ExpectEqual(std::string_view text) { ExpectEqual(text, NoLocator()); }

  std::shared_ptr<const Ruleset> ruleset_;
  Scanner scanner_;
  size_t total_ = 0;
};

uint64_t Next(uint64_t* state) {
  uint64_t z = (*state += 0x9E3779B97F4A7C15ull);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  return z ^ (z >> 27);
}

// Every example of every identifier and theme, one after the other.
std::string AllExamples() {
  std::string text;
  const auto identifiers = ManagedIdentifiers();
  for (const Identifier& id : identifiers.value()) {
    for (const auto& example : id.positive) text += example.text + "\n";
    for (const auto& example : id.negative) text += example.text + "\n";
  }
  const auto themes = ManagedThemes();
  for (const Theme& theme : themes.value()) {
    for (const auto& example : theme.positive) text += example.text + "\n";
  }
  return text;
}

TEST_F(OracleTest, Prose) { ExpectEqual(SampleText(SampleKind::kProse, 30'000, 1)); }
TEST_F(OracleTest, Logs) { ExpectEqual(SampleText(SampleKind::kLogs, 30'000, 2)); }
TEST_F(OracleTest, PiiCsv) {
  ExpectEqual(SampleText(SampleKind::kPiiCsv, 30'000, 3));
  EXPECT_GT(total_, 300u);
}
TEST_F(OracleTest, Base64) { ExpectEqual(SampleText(SampleKind::kBase64, 30'000, 4)); }

TEST_F(OracleTest, AllExamplesTogether) {
  ExpectEqual(AllExamples());
  EXPECT_GT(total_, 500u);
}

TEST_F(OracleTest, ChunkBordersDoNotMatter) {
  // A dense piece in which two chunk borders fall, at every kind of place over the seeds.
  for (uint64_t seed = 0; seed < 2; ++seed) {
    std::string text(65'536 - 200 - seed * 37, ' ');
    text += SampleText(SampleKind::kPiiCsv, 600, seed) + AllExamples().substr(seed * 900, 800);
    ExpectEqual(text);
  }
}

TEST_F(OracleTest, MutatedExamples) {
  const std::string all = AllExamples();
  uint64_t random = 42;
  for (int round = 0; round < 12; ++round) {
    std::string text = all.substr(Next(&random) % (all.size() - 6'000), 6'000);
    for (int i = 0; i < 300; ++i) {
      const size_t at = Next(&random) % text.size();
      switch (Next(&random) % 4) {
        case 0:
          text[at] = static_cast<char>(Next(&random));
          break;
        case 1:
          text.erase(at, 1 + Next(&random) % 3);
          break;
        case 2:
          text.insert(at, 1, "0123456789 -./:@ABCDxyz\n_+="[Next(&random) % 27]);
          break;
        default:
          text.insert(at, text.substr(Next(&random) % text.size(), 20));
          break;
      }
    }
    ExpectEqual(text);
    if (HasFatalFailure()) return;
  }
}

// Each line's field has a name, as in a table.
class FieldLocator final : public Locator {
 public:
  void Locate(size_t, size_t, Location*) const override {}
  std::string_view FieldName(size_t offset) const override {
    constexpr std::string_view kNames[] = {
        "ssn", "bankAccountNumber", "DriversLicense_NO", "passport-number", "notes", "dateOfBirth"};
    return kNames[offset / 100 % 6];
  }
};

TEST_F(OracleTest, FieldNamesAreContext) {
  ExpectEqual(SampleText(SampleKind::kPiiCsv, 20'000, 9), FieldLocator());
  ExpectEqual(SampleText(SampleKind::kLogs, 20'000, 9), FieldLocator());
  EXPECT_GT(total_, 300u);
}

}  // namespace
}  // namespace assay
