#include "classify/redact.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace assay {
namespace {

Identifier Pii(const std::string& type) {
  Identifier identifier;
  identifier.category = "PERSONAL_INFORMATION";
  identifier.pii_type = type;
  return identifier;
}

Identifier Credential() {
  Identifier identifier;
  identifier.category = "CREDENTIALS";
  return identifier;
}

TEST(Redact, KeepsWhatAPersonNeeds) {
  EXPECT_EQ(Redact(Pii("ssn"), "212-34-6789"), "***-**-6789");
  EXPECT_EQ(Redact(Pii("credit_card"), "4539 5787 6362 1486"), "**** **** **** 1486");
  EXPECT_EQ(Redact(Pii("email"), "jane.doe@example.com"), "j***@example.com");
  EXPECT_EQ(Redact(Pii("name"), "Jane O'Neill"), "J*** O***");
  EXPECT_EQ(Redact(Pii("name"), "\xc3\x89mile Zola"), "\xc3\x89*** Z***");
  EXPECT_EQ(Redact(Pii("ip_address"), "192.168.10.77"), "192.168.*.*");
  EXPECT_EQ(Redact(Pii("ip_address"), "2001:db8::1"), "2001:***");
  EXPECT_EQ(Redact(Pii("drivers_license"), "D1234567890123"), "************23");
}

TEST(Redact, NeverMoreThanAFifthOfASecret) {
  EXPECT_EQ(Redact(Credential(), "AKIAQ3EGRIZX7V5VXYZ0"), "AKIA***");
  EXPECT_EQ(Redact(Credential(), "abcdefgh"), "a***");
  EXPECT_EQ(Redact(Credential(), "abc"), "***");
  EXPECT_EQ(Redact(Credential(), "-----BEGIN RSA PRIVATE KEY-----\nMIIEow"),
            "-----BEGIN RSA PRIVATE KEY-----***");
}

TEST(Redact, AnyBytesGiveShortText) {
  std::string bytes;
  for (int i = 0; i < 4096; ++i) bytes += static_cast<char>(i * 7 + 128);
  for (const char* type : {"ssn", "email", "name", "address", "ip_address", "birth_date", ""}) {
    const std::string redacted = Redact(Pii(type), bytes);
    EXPECT_TRUE(IsValidUtf8(redacted)) << type;
    EXPECT_LE(redacted.size(), 512u) << type;
    EXPECT_TRUE(IsValidUtf8(Redact(Pii(type), ""))) << type;
  }
}

}  // namespace
}  // namespace assay
