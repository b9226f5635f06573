#include "base/sealed_secret.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/constant_time.h"
#include "base/password.h"
#include "base/random_bytes.h"

namespace assay {
namespace {

SealingKey TestKey(char fill) { return *SealingKey::FromBytes(std::string(32, fill)); }

TEST(SealedSecretTest, OpensWhatItSealed) {
  for (const std::string& secret : {std::string(), std::string("wJalrXUtnFEMI"),
                                    std::string("\0\xff binary", 9), std::string(5000, 'x')}) {
    const std::string sealed = SealSecret(TestKey('k'), "name", secret);
    const Result<std::string> opened = OpenSecret(TestKey('k'), "name", sealed);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    EXPECT_EQ(*opened, secret);
  }
}

TEST(SealedSecretTest, HidesTheSecretAndNeverRepeats) {
  const std::string first = SealSecret(TestKey('k'), "name", "topsecret");
  EXPECT_EQ(first.find("topsecret"), std::string::npos);
  EXPECT_NE(first, SealSecret(TestKey('k'), "name", "topsecret"));
}

TEST(SealedSecretTest, RefusesAnotherKeyOrName) {
  const std::string sealed = SealSecret(TestKey('k'), "name", "topsecret");
  EXPECT_EQ(OpenSecret(TestKey('l'), "name", sealed).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(OpenSecret(TestKey('k'), "other", sealed).status().code(), StatusCode::kDataLoss);
}

TEST(SealedSecretTest, RefusesEveryChangedBitAndEveryTruncation) {
  const std::string sealed = SealSecret(TestKey('k'), "name", "topsecret");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(OpenSecret(TestKey('k'), "name", changed).ok()) << i;
    EXPECT_FALSE(OpenSecret(TestKey('k'), "name", sealed.substr(0, i)).ok()) << i;
  }
}

class KeyFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "key_file_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::string Path(const std::string& name) const { return directory_ + "/" + name; }
  std::string directory_;
};

TEST_F(KeyFileTest, IsCreatedOnceForItsOwnerOnly) {
  const Result<SealingKey> made = SealingKey::CreateFile(Path("key"));
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  struct stat facts {};
  ASSERT_EQ(stat(Path("key").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  const Result<SealingKey> read = SealingKey::ReadFile(Path("key"));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->bytes(), made->bytes());
  EXPECT_EQ(SealingKey::CreateFile(Path("key")).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(KeyFileTest, IsRefusedWhenOthersMayReadItOrItsSizeIsWrong) {
  ASSERT_TRUE(SealingKey::CreateFile(Path("key")).ok());
  ASSERT_EQ(chmod(Path("key").c_str(), 0640), 0);
  EXPECT_EQ(SealingKey::ReadFile(Path("key")).status().code(), StatusCode::kPermissionDenied);
  std::ofstream(Path("short")) << "too short";
  ASSERT_EQ(chmod(Path("short").c_str(), 0600), 0);
  EXPECT_EQ(SealingKey::ReadFile(Path("short")).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(SealingKey::ReadFile(Path("none")).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(SealingKey::ReadFile(directory_).status().code(), StatusCode::kInvalidArgument);
}

TEST(SealedSecretTest, DerivesASecretPerPurpose) {
  // printf 'assay local client' | openssl dgst -sha256 -hmac kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk
  EXPECT_EQ(TestKey('k').Derive("assay local client"),
            "8277e180309211cd40280a18c99cd6bf92f0f91e5c7a146c20b294edc46855e5");
  EXPECT_NE(TestKey('k').Derive("other"), TestKey('k').Derive("assay local client"));
}

TEST(PasswordTest, VerifiesOnlyTheRightPassword) {
  const std::string hash = HashPassword("correct horse");
  EXPECT_TRUE(VerifyPassword("correct horse", hash));
  EXPECT_FALSE(VerifyPassword("correct horsf", hash));
  EXPECT_FALSE(VerifyPassword("", hash));
  EXPECT_NE(hash, HashPassword("correct horse"));
  EXPECT_EQ(hash.find("correct"), std::string::npos);
}

TEST(PasswordTest, AHashThatIsNoneVerifiesNothing) {
  for (const char* hash :
       {"", "scrypt", "scrypt$$$$$", "scrypt$32768$8$1$00$",
        "scrypt$99999999999999999999$8$1$00$00", "scrypt$1073741824$8$1$00$00"}) {
    EXPECT_FALSE(VerifyPassword("", hash)) << hash;
  }
}

TEST(RandomTest, TextsKeepToTheAlphabetAndUuidsToTheirForm) {
  const std::string text = RandomText(400, "abc");
  EXPECT_EQ(text.size(), 400U);
  EXPECT_EQ(text.find_first_not_of("abc"), std::string::npos);
  for (const char c : {'a', 'b', 'c'}) EXPECT_NE(text.find(c), std::string::npos);
  const std::string uuid = RandomUuid();
  ASSERT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_NE(uuid, RandomUuid());
}

TEST(ConstantTimeTest, ComparesBytes) {
  EXPECT_TRUE(ConstantTimeEqual("", ""));
  EXPECT_TRUE(ConstantTimeEqual("abc", "abc"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "ab"));
}

}  // namespace
}  // namespace assay
