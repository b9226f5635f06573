#include "detect/keywords.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(KeywordsTest, NormalizesFieldNames) {
  EXPECT_EQ(NormalizeFieldName("customerSSN_no"), "customer ssn no");
  EXPECT_EQ(NormalizeFieldName("Date-of.Birth"), "date of birth");
  EXPECT_EQ(NormalizeFieldName("IBANNumber"), "iban number");
  EXPECT_EQ(NormalizeFieldName("__x__"), "x");
}

TEST(KeywordsTest, SpellsPhrases) {
  const auto spellings = KeywordSpellings("Date of-birth");
  EXPECT_EQ(spellings, (std::vector<std::string>{"date of birth", "date_of_birth", "date-of-birth",
                                                 "dateofbirth"}));
  EXPECT_EQ(KeywordSpellings("führer").size(), 2u);
  EXPECT_EQ(KeywordSpellings("führer")[1], "fÜhrer");
}

TEST(KeywordsTest, NearCountsBytesOnBothSides) {
  const std::string text = "ssn: 123456789 ..... passport";
  EXPECT_TRUE(KeywordNear(text, 5, 14, "ssn", 2));
  EXPECT_FALSE(KeywordNear(text, 5, 14, "ssn", 1));
  EXPECT_TRUE(KeywordNear(text, 5, 14, "passport", 7));
  EXPECT_FALSE(KeywordNear(text, 5, 14, "passport", 6));
}

TEST(KeywordsTest, KeywordsAreWholeWords) {
  EXPECT_FALSE(KeywordNear("lessn 1", 6, 7, "ssn", 30));
  EXPECT_FALSE(KeywordNear("ssns 1", 5, 6, "ssn", 30));
  EXPECT_TRUE(KeywordNear("my_ssn=1", 7, 8, "ssn", 30));
  EXPECT_TRUE(KeywordNear("customerSsn=1", 12, 13, "ssn", 30));
  EXPECT_TRUE(KeywordNear("dateOfBirth=1", 12, 13, "date of birth", 30));
  EXPECT_FALSE(KeywordNear("\xC3\xA9ssn 1", 6, 7, "ssn", 30)) << "behind a letter";
}

}  // namespace
}  // namespace assay
