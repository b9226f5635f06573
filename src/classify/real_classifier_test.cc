// The program as it is shipped, on objects made to hurt it: they end with an outcome of their own,
// their neighbours are classified.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "classify/classifier_client.h"

namespace assay {
namespace {

constexpr char kGood[] = "write to jane.roe@corp-mail.net please\n";

std::string OutputOf(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  std::string output;
  char buffer[4096];
  while (const size_t got = fread(buffer, 1, sizeof(buffer), pipe)) output.append(buffer, got);
  pclose(pipe);
  return output;
}

// Nine levels of entities of ten each: a thousand million copies of one word.
std::string BillionLaughs() {
  std::string xml = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY l0 \"lol\">";
  for (int i = 1; i < 10; ++i) {
    xml += "<!ENTITY l" + std::to_string(i) + " \"";
    for (int j = 0; j < 10; ++j) xml += "&l" + std::to_string(i - 1) + ";";
    xml += "\">";
  }
  return xml + "]><lolz>&l9;</lolz>";
}

class RealClassifierTest : public testing::Test {
 protected:
  void SetUp() override {
    ClassifierPoolOptions options;
    options.program = ASSAY_CLASSIFIER;
    options.object_timeout_ms = 120'000;
    auto pool = ClassifierPool::Start(options);
    ASSERT_TRUE(pool.ok()) << pool.status().ToString();
    pool_ = std::move(*pool);
  }

  // Classifies good.txt, `key`, good.txt; the good ones must come out right. Returns the other.
  Classification ClassifyBetween(const std::string& key, const std::string& bytes) {
    const std::string good = kGood;
    const std::string* contents[] = {&good, &bytes, &good};
    const std::string keys[] = {"a/good.txt", key, "b/good.txt"};
    std::vector<Classification> results(3);
    std::vector<ClassifyRequest> batch(3);
    for (size_t i = 0; i < 3; ++i) {
      batch[i].key = keys[i];
      batch[i].size = contents[i]->size();
      batch[i].result = &results[i];
      batch[i].read = [content = contents[i]](uint64_t offset, char* out,
                                              uint64_t length) -> Result<uint64_t> {
        return uint64_t{content->copy(out, length, offset)};
      };
    }
    pool_->Acquire()->Classify(batch);
    for (const size_t i : {0, 2}) {
      EXPECT_EQ(results[i].outcome, Outcome::kClassified);
      EXPECT_EQ(results[i].pii_types, std::vector<std::string>{"email"});
    }
    return results[1];
  }

  std::unique_ptr<ClassifierPool> pool_;
};

TEST_F(RealClassifierTest, AnEmptyAndAPlainObject) {
  EXPECT_EQ(ClassifyBetween("empty", "").outcome, Outcome::kClassified);
  EXPECT_EQ(ClassifyBetween("plain.txt", "nothing here").outcome, Outcome::kClassified);
  EXPECT_EQ(pool_->restarts(), 0u);
}

TEST_F(RealClassifierTest, ADecompressionBombIsCut) {
  const std::string bomb = OutputOf("head -c 400000000 /dev/zero | gzip -c | gzip -c");
  ASSERT_LT(bomb.size(), 100'000u);
  const Classification result = ClassifyBetween("bomb.gz.gz", bomb);
  EXPECT_NE(result.reason, OutcomeReason::kTimeout) << "a limit must end it, not the clock";
  EXPECT_TRUE(result.partial || result.outcome != Outcome::kClassified)
      << ClassificationToJson(result);
}

TEST_F(RealClassifierTest, ABillionLaughsStaySmall) {
  ClassifyBetween("laughs.xml", BillionLaughs());
  EXPECT_EQ(pool_->restarts(), 0u) << "neither the clock nor the memory limit had to end it";
}

TEST_F(RealClassifierTest, ALineMadeToSlowRegexesDown) {
  std::string line(4'000'000, 'a');
  for (size_t i = 0; i < line.size(); i += 37) line[i] = "@.-:=+/1"[i / 37 % 8];
  EXPECT_EQ(ClassifyBetween("line.txt", line).outcome, Outcome::kClassified);
  EXPECT_EQ(pool_->restarts(), 0u);
}

TEST_F(RealClassifierTest, FormatsInAllTheWrongPlaces) {
  for (const char* magic :
       {"PK\x03\x04", "%PDF-1.4\n", "\x1f\x8b\x08", "PAR1", "7z\xbc\xaf\x27\x1c",
        "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "SQLite format 3", "Obj\x01", "{\"a\":[", "<html><",
        "BZh9", "\x28\xb5\x2f\xfd", "!BDN", "ORC"}) {
    std::string bytes = magic;
    uint32_t seed = 1;
    while (bytes.size() < 50'000) {
      bytes += static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
    }
    ClassifyBetween("x", bytes);
  }
  EXPECT_EQ(pool_->restarts(), 0u);
}

}  // namespace
}  // namespace assay
