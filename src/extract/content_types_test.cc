#include "extract/content_types.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(ContentTypes, HoldsEveryRowOfTheLists) {
  EXPECT_EQ(ContentTypes().size(), 204u);
  EXPECT_EQ(FileExtensions().size(), 83u);
  for (const ArtifactType& row : ContentTypes()) {
    EXPECT_TRUE(row.risk >= 1 && row.risk <= 10) << row.name;
  }
  for (const ArtifactType& row : FileExtensions()) {
    EXPECT_TRUE(row.risk >= 1 && row.risk <= 10) << row.name;
  }
}

TEST(ContentTypes, RisksByName) {
  EXPECT_EQ(ContentTypeRisk("application/cap"), 6u);
  EXPECT_GT(ContentTypeRisk("text/x-sql"), 0u);
  EXPECT_EQ(ContentTypeRisk("no/such"), 0u);
}

TEST(FileExtensions, LongestListedEndingWins) {
  EXPECT_EQ(ExtensionsOf("a/b/backup.tar.gz"), std::vector<std::string>{"tar.gz"});
  EXPECT_EQ(ExtensionsOf("log.GZ"), std::vector<std::string>{"gz"});
  EXPECT_EQ(ExtensionsOf("x.v2.csv"), std::vector<std::string>{"csv"});
  EXPECT_TRUE(ExtensionsOf("dir.csv/file").empty());
  EXPECT_TRUE(ExtensionsOf("README").empty());
  EXPECT_GT(ExtensionRisk("pst"), 0u);
  EXPECT_EQ(ExtensionRisk("nope"), 0u);
}

}  // namespace
}  // namespace assay
