#include "classify/classification.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/utf8.h"
#include "classify/classification_fixture.h"
#include "classify/codec.h"

namespace assay {
namespace {

TEST(ClassificationJson, HasTheDocumentedShape) {
  EXPECT_EQ(
      ClassificationToJson(FullClassification()),
      R"({"bucket":"estate","key":"hr/people.csv","accountId":"123456789012",)"
      R"("outcome":"classified","status":"PARTIAL","status_reason":"FILE_EXCEEDS_SIZE_LIMIT",)"
      R"("bytes_classified":4000,"@timestamp":"2017-11-09T20:15:00.126Z",)"
      R"("last_crawl_time":"2017-11-09T20:15:00.127Z","filesystem_metadata":{"bucket":"estate",)"
      R"("first_prefix":"hr","ETag":"9b2cf535f27731c974343645a3985328",)"
      R"("last_modified":"2017-11-09T20:15:00.125Z","size":4242,"server_encryption":"aws:kms",)"
      R"("sse_kms_key_id":"key/1","storage_class":"STANDARD"},"object_acl":{"Owner":{"ID":"75aa"},)"
      R"("Grants":[{"Grantee":{"Type":"CanonicalUser","ID":"75aa","DisplayName":"mara"},)"
      R"("Permission":"FULL_CONTROL"},{"Grantee":{"Type":"Group","URI":"http://x/AllUsers"},)"
      R"("Permission":"READ"}]},"content_type":"text/csv",)"
      R"("mimetypes":["text/csv"],"encoding":"UTF-8","language_code":"en","filetypes":["csv"],)"
      R"("mimetype_risk":1,"filetype_risk":6,"theme_risk":2,"regex_risk":9,"dlp_risk":9,)"
      R"("keyword_themes":["Audit Keywords"],"regex_themes":["SSN"],)"
      R"("themes":["Audit Keywords","SSN"],"pii_types":["ssn"],"pii_impact":"low",)"
      R"("detections":[{"id":"US_SSN","name":"Social security number",)"
      R"("category":"PERSONAL_INFORMATION","count":7,"occurrences":[{"line":2,"column":3,)"
      R"("start":10,"end":21,"cell":"C2","column_name":"ssn","record":4,"json_path":"$.a[1]",)"
      R"("page":5,"member":"a.zip/b.csv","redacted":"***-**-6789",)"
      R"("hash":"00112233445566778899aabbccddeeff"}]}]})");
}

TEST(ClassificationJson, LeavesOutWhatIsUnknown) {
  Classification c;
  c.key = "locked.bin";
  c.reason = OutcomeReason::kTimeout;
  EXPECT_EQ(ClassificationToJson(c),
            R"({"key":"locked.bin","outcome":"failed","reason":"timeout","retryable":true,)"
            R"("filesystem_metadata":{"size":0}})");
}

TEST(ClassificationJson, RoundTrips) {
  const std::string json = ClassificationToJson(FullClassification());
  auto back = ClassificationFromJson(json);
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  EXPECT_EQ(ClassificationToJson(*back), json);
  Classification skipped;
  skipped.key = "caf\xe9 50%/\xff";
  skipped.outcome = Outcome::kSkipped;
  skipped.reason = OutcomeReason::kUnsupportedFormat;
  skipped.content_type = "image/png";
  back = ClassificationFromJson(ClassificationToJson(skipped));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->key, skipped.key);
  EXPECT_EQ(back->reason, OutcomeReason::kUnsupportedFormat);
  EXPECT_EQ(back->content_type, "image/png");
}

TEST(ClassificationJson, IsValidUtf8WhateverIsInside) {
  Classification c = FullClassification();
  c.key = "\xff\xfe%";
  c.detections[0].occurrences[0].member = "\x80\n\"\\";
  c.detections[0].occurrences[0].location.column_name = "\xc3";
  const std::string json = ClassificationToJson(c);
  EXPECT_TRUE(IsValidUtf8(json));
  EXPECT_NE(json.find(R"("key":"%FF%FE%25","key_encoding":"percent")"), std::string::npos);
  EXPECT_TRUE(ClassificationFromJson(json).ok());
}

TEST(ClassificationJson, RefusesHostileInput) {
  const std::string nested = R"({"key":"a","outcome":"classified","x":)" +
                             std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}";
  EXPECT_TRUE(ClassificationFromJson(nested).ok());
  for (const std::string& text : std::vector<std::string>{
           "", "[]", "null", "{", "{}", R"({"key":"a"})", R"({"key":1,"outcome":"classified"})",
           R"({"key":"a","outcome":"maybe"})", R"({"key":"a","outcome":"failed","reason":"x"})",
           R"({"key":"a","outcome":"classified","detections":[1]})",
           R"({"key":"a","outcome":"classified","detections":[{"occurrences":[{"page":-1}]}]})",
           R"({"key":"a","outcome":"classified","dlp_risk":11})",
           R"({"key":"a","outcome":"classified","@timestamp":"yesterday"})",
           "{\"key\":\"\xff\",\"outcome\":\"classified\"}", std::string(1'000'000, '[')}) {
    EXPECT_EQ(ClassificationFromJson(text).status().code(), StatusCode::kDataLoss)
        << text.substr(0, 100);
  }
}

TEST(ClassificationJson, AnyCutOrChangedLineIsTakenOrRefused) {
  const std::string json = ClassificationToJson(FullClassification());
  for (size_t i = 0; i < json.size(); ++i) {
    EXPECT_FALSE(ClassificationFromJson(json.substr(0, i)).ok());
    std::string changed = json;
    changed[i] = static_cast<char>(changed[i] ^ 0x15);
    (void)ClassificationFromJson(changed).ok();
  }
}

TEST(Codec, FindingsRoundTrip) {
  std::string bytes;
  EncodeFindings(FullClassification(), &bytes);
  Classification back = FullClassification();
  back.detections.clear();
  back.pii_impact = PiiImpact::kNone;
  ASSERT_TRUE(DecodeFindings(bytes, DetectionsAs::kValues, &back).ok());
  EXPECT_EQ(ClassificationToJson(back), ClassificationToJson(FullClassification()));
}

TEST(Codec, DetectionsThatAreKeptGoBackIntoTheRecord) {
  std::string bytes;
  EncodeFindings(FullClassification(), &bytes);
  Classification kept = FullClassification();
  kept.detections.clear();
  ASSERT_TRUE(DecodeFindings(bytes, DetectionsAs::kBytes, &kept).ok());
  EXPECT_TRUE(kept.detections.empty());
  const std::string head = ClassificationToJson(kept);
  EXPECT_EQ(head.find("detections"), std::string::npos);
  EXPECT_EQ(WithDetections(head, kept.encoded_detections),
            ClassificationToJson(FullClassification()));
  // Where there are none, nothing is kept.
  Classification none = FullClassification();
  none.detections.clear();
  bytes.clear();
  EncodeFindings(none, &bytes);
  ASSERT_TRUE(DecodeFindings(bytes, DetectionsAs::kBytes, &kept).ok());
  EXPECT_EQ(kept.encoded_detections, "");
  EXPECT_EQ(ClassificationToJson(kept), ClassificationToJson(none));
  // What was not classified has none.
  Classification skipped = FullClassification();
  skipped.outcome = Outcome::kSkipped;
  bytes.clear();
  EncodeFindings(skipped, &bytes);
  ASSERT_TRUE(DecodeFindings(bytes, DetectionsAs::kBytes, &kept).ok());
  EXPECT_EQ(kept.encoded_detections, "");
}

TEST(Codec, OccurrencesOfEveryShape) {
  Classification c = FullClassification();
  DetectionGroup& group = c.detections.front();
  const Occurrence full = group.occurrences.front();
  for (unsigned left_out = 0; left_out < 11; ++left_out) {
    Occurrence one = full;
    Location& at = one.location;
    at.start = uint64_t{1} << (5 * left_out);
    at.end = at.start + (left_out == 0 ? 0 : UINT64_MAX >> (5 * left_out));
    std::string* texts[] = {&at.cell,      &at.column_name, &at.json_path, &one.member,
                            &one.redacted, &one.hash,       &one.value};
    if (left_out == 0) at.line.reset();
    if (left_out == 1) at.column.reset();
    if (left_out == 2) at.record.reset();
    if (left_out == 3) at.page.reset();
    if (left_out >= 4) texts[left_out - 4]->clear();
    group.occurrences.push_back(one);
  }
  std::string bytes;
  EncodeFindings(c, &bytes);
  Classification back;
  ASSERT_TRUE(DecodeFindings(bytes, DetectionsAs::kValues, &back).ok());
  ASSERT_EQ(back.detections.size(), 1U);
  c.detections.swap(back.detections);
  const std::string decoded = ClassificationToJson(c);
  c.detections.swap(back.detections);
  EXPECT_EQ(decoded, ClassificationToJson(c));
}

// A hash is kept as its bytes when it is one, and comes back as it was whatever it is.
TEST(Codec, HashesTakeHalfOfTheirText) {
  const std::string hash = "00112233445566778899aabbccddeeff";
  std::map<std::string, size_t> size_of;
  for (const std::string& text : {hash, std::string(), "x" + hash.substr(1), "A" + hash.substr(1),
                                  hash + "0", hash.substr(2)}) {
    Classification c = FullClassification();
    c.detections.front().occurrences.front().hash = text;
    std::string bytes;
    EncodeFindings(c, &bytes);
    size_of[text] = bytes.size();
    Classification back;
    ASSERT_TRUE(DecodeFindings(bytes, DetectionsAs::kValues, &back).ok()) << text;
    EXPECT_EQ(back.detections.front().occurrences.front().hash, text);
  }
  EXPECT_EQ(size_of[hash], size_of[""] + 16);
  EXPECT_EQ(size_of["x" + hash.substr(1)], size_of[""] + 1 + 32);
}

// As versions before format 2 kept them: the group US_SSN with one occurrence and its hash as text.
TEST(Codec, DetectionsOfFormat1AreRead) {
  using namespace std::string_literals;
  const std::string hash = "00112233445566778899aabbccddeeff";
  const std::string kept =
      "\x01\x01\x00\x00\x00"s    // format, groups
      "\x06US_SSN\x00\x00\x07"s  // id, name, category, count
      "\x01\x00\x00\x00"s        // occurrences
      "\x80\x04\x0a\x0b\x20"s +
      hash;  // bits, start, length, hash
  const auto groups = DecodeDetections(kept);
  ASSERT_TRUE(groups.ok()) << groups.status().ToString();
  ASSERT_EQ(groups->size(), 1U);
  ASSERT_EQ(groups->front().occurrences.size(), 1U);
  EXPECT_EQ(groups->front().id, "US_SSN");
  EXPECT_EQ(groups->front().occurrences.front().hash, hash);
  EXPECT_EQ(groups->front().occurrences.front().location.end, 21U);
}

// A classifier that was taken over must not make us reserve what it says it has.
TEST(Codec, MoreItemsThanAnAnswerMayHaveAreRefused) {
  Classification c = FullClassification();
  c.detections.front().occurrences.assign(kMaxDetectionItems - 1, Occurrence{});
  ASSERT_EQ(CountItems(c.detections), kMaxDetectionItems);
  std::string bytes;
  EncodeFindings(c, &bytes);
  Classification back;
  EXPECT_TRUE(DecodeFindings(bytes, DetectionsAs::kBytes, &back).ok());
  c.detections.emplace_back();
  bytes.clear();
  EncodeFindings(c, &bytes);
  EXPECT_FALSE(DecodeFindings(bytes, DetectionsAs::kBytes, &back).ok());
  EXPECT_FALSE(DecodeFindings(bytes, DetectionsAs::kValues, &back).ok());
}

TEST(Codec, KeptDetectionsOfAnotherFormatAreLeftOut) {
  std::string bytes;
  EncodeFindings(FullClassification(), &bytes);
  Classification kept;
  ASSERT_TRUE(DecodeFindings(bytes, DetectionsAs::kBytes, &kept).ok());
  const std::string& good = kept.encoded_detections;
  ASSERT_TRUE(DecodeDetections(good).ok());
  for (const std::string& bad :
       {std::string(), "\x03" + good.substr(1), std::string(1, '\0') + good.substr(1), good + "x",
        good.substr(0, good.size() - 1)}) {
    EXPECT_EQ(DecodeDetections(bad).status().code(), StatusCode::kDataLoss);
    EXPECT_EQ(WithDetections("{}", bad), "{}");
  }
}

TEST(Codec, GarbageIsRefusedAndChangesNothing) {
  std::string bytes;
  EncodeFindings(FullClassification(), &bytes);
  const std::string before = ClassificationToJson(FullClassification());
  for (size_t i = 0; i < bytes.size(); ++i) {
    Classification c = FullClassification();
    for (const auto as : {DetectionsAs::kValues, DetectionsAs::kBytes}) {
      EXPECT_FALSE(DecodeFindings(bytes.substr(0, i), as, &c).ok());
    }
    EXPECT_EQ(ClassificationToJson(c), before);
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0xff);
    Classification other;
    // What is only checked decodes afterwards, and what does not pass the one does not pass the
    // other.
    const bool kept = DecodeFindings(changed, DetectionsAs::kBytes, &other).ok();
    EXPECT_EQ(DecodeFindings(changed, DetectionsAs::kValues, &c).ok(), kept);
    if (kept && other.outcome == Outcome::kClassified) {
      EXPECT_TRUE(DecodeDetections(other.encoded_detections).ok());
    }
    (void)ClassificationToJson(c);
  }
  Classification c;
  for (const auto as : {DetectionsAs::kValues, DetectionsAs::kBytes}) {
    EXPECT_FALSE(DecodeFindings(bytes + "x", as, &c).ok());
    EXPECT_FALSE(DecodeFindings(std::string(100'000, '\xff'), as, &c).ok());
  }
}

TEST(Codec, SetupRoundTrips) {
  WorkerSetup setup;
  setup.ruleset.disabled = {"A", "B"};
  setup.ruleset.disabled_content_types = {"text/csv"};
  setup.ruleset.disabled_extensions = {"key", "pem"};
  setup.ruleset.allow_patterns = {"x+"};
  Identifier identifier;
  identifier.id = "EMPLOYEE";
  identifier.pattern = "E[0-9]{6}";
  identifier.boundary = Boundary::kWord;
  identifier.keywords = {"badge"};
  identifier.severities = {{1, "LOW"}, {50, "HIGH"}};
  setup.ruleset.custom = {identifier};
  setup.classify.hash_key = std::string("\0k", 2);
  setup.classify.extract.max_depth = 3;
  setup.columnar = true;
  const std::string bytes = EncodeWorkerSetup(setup);
  const auto back = DecodeWorkerSetup(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(EncodeWorkerSetup(*back), bytes);
  EXPECT_EQ(back->ruleset.custom[0].severities[1].severity, "HIGH");
  EXPECT_EQ(back->ruleset.disabled_content_types, setup.ruleset.disabled_content_types);
  EXPECT_EQ(back->ruleset.disabled_extensions, setup.ruleset.disabled_extensions);
  EXPECT_EQ(back->classify.hash_key, setup.classify.hash_key);
  EXPECT_EQ(back->classify.extract.max_depth, 3u);
  for (size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(DecodeWorkerSetup(bytes.substr(0, i)).ok());
  }
}

}  // namespace
}  // namespace assay
