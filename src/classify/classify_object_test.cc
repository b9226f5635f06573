#include "classify/classify_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

namespace assay {
namespace {

using testing::Contains;

class ClassifyObjectTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto ruleset = Ruleset::Load({});
    ASSERT_TRUE(ruleset.ok()) << ruleset.status().ToString();
    rules_ = *ruleset;
  }

  Classification Classify(const std::string& key, std::string_view bytes,
                          ClassifyOptions options = {}) {
    ObjectClassifier classifier(rules_, std::move(options));
    MemorySource source(bytes);
    Classification result;
    classifier.Classify(source, key, nullptr, &result);
    return result;
  }

  static const DetectionGroup* Find(const Classification& result, const std::string& pii_type) {
    for (const DetectionGroup& group : result.detections) {
      for (const Identifier& identifier : rules_->identifiers()) {
        if (identifier.id == group.id && identifier.pii_type == pii_type) return &group;
      }
    }
    return nullptr;
  }

  static std::shared_ptr<const Ruleset> rules_;
};
std::shared_ptr<const Ruleset> ClassifyObjectTest::rules_;

TEST_F(ClassifyObjectTest, EmptyObject) {
  const Classification result = Classify("empty.txt", "");
  EXPECT_EQ(result.outcome, Outcome::kClassified);
  EXPECT_FALSE(result.partial);
  EXPECT_EQ(result.bytes_classified, 0u);
  EXPECT_EQ(result.pii_impact, PiiImpact::kNone);
  EXPECT_GE(result.dlp_risk, 1u);
}

TEST_F(ClassifyObjectTest, FindsAndLocatesAndHides) {
  const std::string text = "first line\nwrite to jane.roe@corp-mail.net please\n";
  const Classification result = Classify("notes.txt", text);
  ASSERT_EQ(result.outcome, Outcome::kClassified);
  EXPECT_EQ(result.bytes_classified, text.size());
  EXPECT_THAT(result.pii_types, Contains("email"));
  EXPECT_THAT(result.filetypes, Contains("txt"));
  EXPECT_EQ(result.pii_impact, PiiImpact::kLow);
  const DetectionGroup* email = Find(result, "email");
  ASSERT_NE(email, nullptr);
  EXPECT_EQ(email->count, 1u);
  const Occurrence& occurrence = email->occurrences.at(0);
  EXPECT_EQ(occurrence.location.line, 2u);
  EXPECT_EQ(occurrence.location.column, 10u);
  EXPECT_EQ(
      text.substr(occurrence.location.start, occurrence.location.end - occurrence.location.start),
      "jane.roe@corp-mail.net");
  EXPECT_EQ(occurrence.redacted, "j***@corp-mail.net");
  EXPECT_EQ(occurrence.hash.size(), 32u);
  EXPECT_EQ(occurrence.value, "");
  EXPECT_EQ(ClassificationToJson(result).find("jane.roe"), std::string::npos);
}

TEST_F(ClassifyObjectTest, DisabledTypesBringNoRiskAndAreStillTold) {
  const std::string text = "a,b\n1,2\n3,4\n";
  const Classification usual = Classify("table.csv", text);
  ASSERT_GT(usual.mimetype_risk, 1u);
  ASSERT_GT(usual.filetype_risk, 1u);
  ClassifyOptions options;
  options.disabled_content_types = {usual.content_type};
  Classification off = Classify("table.csv", text, options);
  EXPECT_EQ(off.mimetype_risk, 0u);
  EXPECT_EQ(off.filetype_risk, usual.filetype_risk);
  EXPECT_EQ(off.dlp_risk, usual.filetype_risk);
  options.disabled_extensions = {"csv"};
  off = Classify("table.csv", text, options);
  EXPECT_EQ(off.filetype_risk, 0u);
  EXPECT_EQ(off.dlp_risk, 1u);
  EXPECT_EQ(off.content_type, usual.content_type);
  EXPECT_EQ(off.filetypes, usual.filetypes);
}

TEST_F(ClassifyObjectTest, CountsStayExactBeyondTheOccurrencesKept) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "user" + std::to_string(i) + "@corp-mail.net\n";
  ClassifyOptions options;
  options.max_occurrences = 5;
  options.show_values = true;
  const Classification result = Classify("mail.txt", text, options);
  const DetectionGroup* email = Find(result, "email");
  ASSERT_NE(email, nullptr);
  EXPECT_EQ(email->count, 60u);
  ASSERT_EQ(email->occurrences.size(), 5u);
  EXPECT_EQ(email->occurrences[4].value, "user4@corp-mail.net");
}

TEST_F(ClassifyObjectTest, HashesJoinEqualValuesUnderOneKeyOnly) {
  const std::string text = "a.b@corp-mail.net\na.b@corp-mail.net\nc.d@corp-mail.net\n";
  ClassifyOptions options;
  options.hash_key = "one";
  const Classification one = Classify("x.txt", text, options);
  options.hash_key = "two";
  const Classification two = Classify("x.txt", text, options);
  const auto& occurrences = Find(one, "email")->occurrences;
  EXPECT_EQ(occurrences[0].hash, occurrences[1].hash);
  EXPECT_NE(occurrences[0].hash, occurrences[2].hash);
  EXPECT_NE(occurrences[0].hash, Find(two, "email")->occurrences[0].hash);
}

TEST_F(ClassifyObjectTest, OneObjectLeavesNothingForTheNext) {
  ObjectClassifier classifier(rules_, {});
  const std::string text = "a.b@corp-mail.net";
  for (int round = 0; round < 3; ++round) {
    MemorySource full(text);
    Classification result;
    classifier.Classify(full, "a.txt", nullptr, &result);
    EXPECT_EQ(Find(result, "email")->count, 1u);
    MemorySource none("nothing here");
    Classification clean;
    classifier.Classify(none, "b.txt", nullptr, &clean);
    EXPECT_TRUE(clean.detections.empty());
    EXPECT_EQ(clean.pii_impact, PiiImpact::kNone);
  }
}

TEST_F(ClassifyObjectTest, UnsupportedFormatIsSkippedWithItsType) {
  const std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0", 29);
  const Classification result = Classify("dot.png", png);
  EXPECT_EQ(result.outcome, Outcome::kSkipped);
  EXPECT_EQ(result.reason, OutcomeReason::kUnsupportedFormat);
  EXPECT_EQ(result.content_type, "image/png");
}

TEST_F(ClassifyObjectTest, EntitiesThatExplodeStaySmall) {
  std::string xml = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY l0 \"lol\">";
  for (int i = 1; i < 10; ++i) {
    xml += "<!ENTITY l" + std::to_string(i) + " \"";
    for (int j = 0; j < 10; ++j) xml += "&l" + std::to_string(i - 1) + ";";
    xml += "\">";
  }
  xml += "]><lolz>&l9;</lolz>";
  const Classification result = Classify("laughs.xml", xml);
  EXPECT_NE(result.reason, OutcomeReason::kTimeout);
}

TEST_F(ClassifyObjectTest, ALineMadeToSlowRegexesDownDoesNot) {
  std::string line(2'000'000, 'a');
  for (size_t i = 0; i < line.size(); i += 37) line[i] = "@.-:=+/1"[i / 37 % 8];
  EXPECT_EQ(Classify("line.txt", line).outcome, Outcome::kClassified);
}

}  // namespace
}  // namespace assay
