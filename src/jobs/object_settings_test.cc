#include "jobs/object_settings.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(ObjectSettingsTest, TheyComeBackAsTheyWere) {
  for (const ObjectSettings& settings :
       {ObjectSettings{0, 1, false}, ObjectSettings{1ull << 62, 4'000'000'000U, true}}) {
    const auto read = ObjectSettingsFromJson(ObjectSettingsToJson(settings));
    ASSERT_TRUE(read.ok()) << read.status().ToString();
    EXPECT_EQ(*read, settings);
  }
}

TEST(ObjectSettingsTest, WhatIsDamagedIsNotUsed) {
  for (const char* json :
       {"", "{", "[]", "{}", R"({"maxObjectBytes":-1,"objectTimeoutMs":1,"objectAcls":true})",
        R"({"maxObjectBytes":1,"objectTimeoutMs":1})",
        R"({"maxObjectBytes":1,"objectTimeoutMs":5000000000,"objectAcls":true})",
        R"({"maxObjectBytes":1,"objectTimeoutMs":1,"objectAcls":"true"})"}) {
    EXPECT_EQ(ObjectSettingsFromJson(json).status().code(), StatusCode::kDataLoss) << json;
  }
}

}  // namespace
}  // namespace assay
