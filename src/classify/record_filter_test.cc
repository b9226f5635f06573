#include "classify/record_filter.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "classify/classification.h"

namespace assay {
namespace {

RecordTerm Term(std::string_view name, const std::string& text, int64_t number = 0) {
  const auto& all = RecordParameters();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const RecordParameter& one) { return one.name == name; });
  EXPECT_NE(found, all.end()) << name;
  return {found == all.end() ? all.data() : &*found, text, number};
}

constexpr char kKey[] = "inbox/Passport 7.PDF";
// A record in which every member there is a parameter for says something.
std::string Record() {
  Classification c;
  c.outcome = Outcome::kClassified;
  c.storage_class = "STANDARD_IA";
  c.content_type = "application/pdf";
  c.mimetypes = {"application/pdf", "image/png"};
  c.encoding = "UTF-8";
  c.language_code = "en";
  c.filetypes = {"pdf"};
  c.keyword_themes = {"Corporate Growth"};
  c.regex_themes = {"Email Address", "SSN"};
  c.mimetype_risk = 3;
  c.filetype_risk = 4;
  c.theme_risk = 5;
  c.regex_risk = 6;
  c.dlp_risk = 6;
  c.last_crawl_ms = 1'700'000'000'000;
  c.acl.owner_id = "75aa";
  c.acl.owner_display_name = "mara";
  c.acl.grants = {{"CanonicalUser", "75aa", "mara", "", "FULL_CONTROL"},
                  {"Group", "", "", "http://acs.amazonaws.com/groups/global/AllUsers", "READ"}};
  return ClassificationToJson(c, JsonMembers::kRecord);
}

TEST(RecordFilterTest, EveryMemberIsFoundByItsNameAndItsValue) {
  const struct {
    const char* name;
    const char* is;
    const char* is_not;
  } kTexts[] = {
      {"keyContains", "passport", "passports"},
      {"storageClass", "STANDARD_IA", "STANDARD"},
      {"contentType", "Application/PDF", "application"},
      {"mimetype", "image/png", "image/jpeg"},
      {"encoding", "utf-8", "utf-16"},
      {"languageCode", "en", "e"},
      {"filetype", "PDF", "doc"},
      {"keywordTheme", "Corporate Growth", "SSN"},
      {"regexTheme", "SSN", "Corporate Growth"},
      {"aclOwnerId", "75aa", "75a"},
      {"aclOwnerName", "mara", "75aa"},
      {"aclGranteeId", "75aa", "75ab"},
      {"aclGranteeName", "mara", "marc"},
      {"aclGranteeType", "Group", "AmazonCustomerByEmail"},
      {"aclGranteeUri", "http://acs.amazonaws.com/groups/global/AllUsers", "AllUsers"},
      {"aclPermission", "READ", "WRITE"},
  };
  const std::string record = Record();
  size_t tried = 0;
  for (const auto& [name, is, is_not] : kTexts) {
    EXPECT_TRUE(MeetsRecordFilter({Term(name, is)}, kKey, record)) << name;
    EXPECT_FALSE(MeetsRecordFilter({Term(name, is_not)}, kKey, record)) << name;
    ++tried;
  }
  int64_t risk = 3;
  for (const std::string name : {"MimetypeRisk", "FiletypeRisk", "ThemeRisk", "RegexRisk"}) {
    EXPECT_TRUE(MeetsRecordFilter({Term("min" + name, "", risk)}, kKey, record)) << name;
    EXPECT_FALSE(MeetsRecordFilter({Term("min" + name, "", risk + 1)}, kKey, record)) << name;
    EXPECT_TRUE(MeetsRecordFilter({Term("max" + name, "", risk)}, kKey, record)) << name;
    EXPECT_FALSE(MeetsRecordFilter({Term("max" + name, "", risk - 1)}, kKey, record)) << name;
    ++risk;
    tried += 2;
  }
  EXPECT_TRUE(MeetsRecordFilter({Term("crawledSince", "", 1'700'000'000'000)}, kKey, record));
  EXPECT_FALSE(MeetsRecordFilter({Term("crawledSince", "", 1'700'000'000'001)}, kKey, record));
  EXPECT_TRUE(MeetsRecordFilter({Term("crawledUntil", "", 1'700'000'000'001)}, kKey, record));
  EXPECT_FALSE(MeetsRecordFilter({Term("crawledUntil", "", 1'700'000'000'000)}, kKey, record));
  EXPECT_EQ(tried + 2, RecordParameters().size());
}

TEST(RecordFilterTest, AllTermsHoldAndAnAbsentMemberMeetsNone) {
  const std::string record = Record();
  EXPECT_TRUE(MeetsRecordFilter({}, kKey, record));
  EXPECT_TRUE(
      MeetsRecordFilter({Term("languageCode", "en"), Term("filetype", "pdf")}, kKey, record));
  EXPECT_FALSE(
      MeetsRecordFilter({Term("languageCode", "en"), Term("filetype", "doc")}, kKey, record));
  Classification skipped;
  skipped.key = "k";
  skipped.outcome = Outcome::kSkipped;
  const std::string bare = ClassificationToJson(skipped, JsonMembers::kRecord);
  EXPECT_FALSE(MeetsRecordFilter({Term("maxThemeRisk", "", 10)}, kKey, bare));
  EXPECT_FALSE(MeetsRecordFilter({Term("aclPermission", "")}, kKey, bare));
}

TEST(RecordFilterTest, WhatIsNoRecordMeetsNothing) {
  const RecordFilter filter = {Term("languageCode", "en")};
  for (const char* record : {"", "{", "[]", "null", R"({"language_code":7})",
                             R"({"language_code":{"x":"en"}})", R"({"language_code":[["en"]]})"}) {
    EXPECT_FALSE(MeetsRecordFilter(filter, kKey, record)) << record;
  }
}

TEST(RecordFilterTest, DifferentFiltersHaveDifferentTexts) {
  EXPECT_EQ(RecordFilterText({}), "");
  const std::string one = RecordFilterText({Term("filetype", "a;filetype 0 1:b")});
  const std::string two = RecordFilterText({Term("filetype", "a"), Term("filetype", "b")});
  EXPECT_NE(one, two);
  EXPECT_NE(RecordFilterText({Term("minThemeRisk", "", 3)}),
            RecordFilterText({Term("minThemeRisk", "", 4)}));
  EXPECT_NE(RecordFilterText({Term("minThemeRisk", "", 3)}),
            RecordFilterText({Term("maxThemeRisk", "", 3)}));
}

}  // namespace
}  // namespace assay
