#include "extract/language.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(DetectLanguage, TellsCommonLanguages) {
  EXPECT_EQ(DetectLanguage("The quick brown fox jumps over the lazy dog, and then it goes home to "
                           "sleep for the rest of the day because it is tired."),
            "en");
  EXPECT_EQ(DetectLanguage("Der schnelle braune Fuchs springt über den faulen Hund und geht danach "
                           "nach Hause, weil er müde ist und schlafen möchte."),
            "de");
  EXPECT_EQ(
      DetectLanguage("Le renard brun saute par-dessus le chien paresseux, puis il rentre chez "
                     "lui parce qu'il est fatigué et qu'il veut dormir."),
      "fr");
}

TEST(DetectLanguage, SaysNothingAboutTooLittle) {
  EXPECT_EQ(DetectLanguage(""), "");
  EXPECT_EQ(DetectLanguage("id,1,2,3\n4,5,6"), "");
}

}  // namespace
}  // namespace assay
