#include "detect/name_finder.h"

#include <gtest/gtest.h>

#include "detect/address_finder.h"
#include "detect/ruleset_impl.h"
#include "detect/test_piece.h"

namespace assay {
namespace {

class WordLaneTest : public testing::Test {
 protected:
  WordLaneTest() : ruleset_(Ruleset::Load({}).value()), scanner_(ruleset_) {}

  std::vector<std::string> Found(std::string_view pii_type, const std::string& text,
                                 const Locator& locator) {
    CollectingSink sink;
    scanner_.BeginObject();
    scanner_.Scan(WholePiece(text, locator), sink);
    std::vector<std::string> found;
    for (const Detection& detection : sink.detections) {
      const Identifier& id = ruleset_->identifiers()[detection.identifier];
      if (id.pii_type == pii_type && id.pattern.empty()) {
        found.push_back(text.substr(detection.begin, detection.end - detection.begin));
      }
    }
    return found;
  }
  std::vector<std::string> Names(const std::string& text) {
    return Found("name", text, NoLocator());
  }
  std::vector<std::string> Addresses(const std::string& text) {
    return Found("address", text, NoLocator());
  }

  // The plain reference of the lane: every place of the text that could begin a name is tried, with
  // none of the shortcuts over bit masks.
  std::vector<std::string> PlainNames(const std::string& text) {
    const NoLocator locator;
    const TextPiece piece = WholePiece(text, locator);
    NameFinder finder(ruleset_->impl().lexicon);
    finder.SetPiece(piece);
    std::vector<std::string> found;
    for (size_t at = 0; at < text.size(); ++at) {
      const bool inside =
          at > 0 && (IsNameByte(text[at - 1]) || isdigit(text[at - 1]) != 0 || text[at - 1] == '_');
      if (inside || !IsCapitalAt(text, at)) continue;
      if (const auto span = finder.NameAt(at)) {
        found.push_back(text.substr(span->begin, span->end - span->begin));
        at = span->end - 1;
      }
    }
    return found;
  }

  std::shared_ptr<const Ruleset> ruleset_;
  Scanner scanner_;
};

using Strings = std::vector<std::string>;

TEST_F(WordLaneTest, FullNames) {
  EXPECT_EQ(Names("signed by John Smith today"), (Strings{"John Smith"}));
  EXPECT_EQ(Names("Mary J. Williams, Robert Johnson"),
            (Strings{"Mary J. Williams", "Robert Johnson"}));
  EXPECT_EQ(Names("Frau Anna Müller"), (Strings{"Anna Müller"}));
}

TEST_F(WordLaneTest, NotEveryCapitalisedPair) {
  EXPECT_EQ(Names("New York and San Francisco on Monday Morning, Visual Studio"), Strings());
  EXPECT_EQ(Names("Smith, the river, John"), Strings());
}

TEST_F(WordLaneTest, ShortcutsChangeNothing) {
  const auto identifiers = ManagedIdentifiers();
  std::string text;
  for (const Identifier& id : identifiers.value()) {
    for (const auto& example : id.positive) text += example.text + "\n";
    for (const auto& example : id.negative) text += example.text + "\n";
  }
  const Strings plain = PlainNames(text);
  EXPECT_GE(plain.size(), 10u);
  EXPECT_EQ(Names(text), plain);
}

class Columns final : public Locator {
 public:
  void Locate(size_t, size_t, Location*) const override {}
  std::string_view FieldName(size_t offset) const override {
    return offset < 6 ? "first_name" : offset < 13 ? "lastName" : "fileName";
  }
};

TEST_F(WordLaneTest, NeighbouringCells) {
  EXPECT_EQ(Found("name", "Maria,Miller,John Smith", Columns()), (Strings{"Maria,Miller"}))
      << "a file's name is no person's";
}

TEST_F(WordLaneTest, FieldsThatHoldNames) {
  EXPECT_EQ(ClassifyNameField("customerFullName"), NameField::kFull);
  EXPECT_EQ(ClassifyNameField("FIRST_NAME"), NameField::kGiven);
  EXPECT_EQ(ClassifyNameField("surname"), NameField::kSurname);
  EXPECT_EQ(ClassifyNameField("host_name"), NameField::kNotPerson);
  EXPECT_EQ(ClassifyNameField("amount"), NameField::kNone);
}

TEST_F(WordLaneTest, Addresses) {
  EXPECT_EQ(Addresses("lives at 12 Elm Street, Springfield, IL 62704 since"),
            (Strings{"12 Elm Street, Springfield, IL 62704"}));
  EXPECT_EQ(Addresses("8 rue de la Paix, 75002 Paris"), (Strings{"8 rue de la Paix, 75002 Paris"}));
  EXPECT_EQ(Addresses("Hauptstraße 5"), (Strings{"Hauptstraße 5"}));
  EXPECT_EQ(Addresses("Elm Street is long; 3 cars drove on"), Strings());
}

}  // namespace
}  // namespace assay
