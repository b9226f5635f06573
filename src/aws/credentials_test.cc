#include "aws/credentials.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "aws/aws_time.h"
#include "aws/credential_sources.h"

namespace assay {
namespace {

using Variables = std::map<std::string, std::string>;

Environment Of(Variables variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

Result<AwsCredentials> Find(const Variables& variables, const std::string& config_text,
                            const std::string& profile = "") {
  SharedConfig config;
  if (Status status = config.Parse(config_text, false); !status.ok()) return status;
  HttpClient http({});
  CredentialOptions options;
  options.profile = profile;
  options.environment = Of(variables);
  ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<CredentialProvider> provider,
                         MakeCredentialProvider(options, config, &http));
  return provider->Get();
}

constexpr char kProfiles[] =
    "# comment\n[default]\naws_access_key_id = file-id\naws_secret_access_key=file-secret ; note\n"
    "[profile two]\naws_access_key_id = two-id\naws_secret_access_key = two-secret\n"
    "aws_session_token = two-token\ns3 =\n  addressing_style = path\nregion = eu-west-1\n"
    "[profile sso]\nsso_session = x\n[profile mfa]\nrole_arn = r\nsource_profile = two\n"
    "mfa_serial = m\n[profile a]\nrole_arn = r\nsource_profile = b\n"
    "[profile b]\nrole_arn = r\nsource_profile = a\n[profile lone]\nrole_arn = r\n";

TEST(CredentialsTest, TheEnvironmentGoesFirstUnlessAProfileIsNamed) {
  const Variables keys = {{"AWS_ACCESS_KEY_ID", "env-id"},
                          {"AWS_SECRET_ACCESS_KEY", "env-secret"},
                          {"AWS_SESSION_TOKEN", "env-token"}};
  EXPECT_EQ(Find(keys, kProfiles)->access_key_id, "env-id");
  EXPECT_EQ(Find(keys, kProfiles)->session_token, "env-token");
  EXPECT_EQ(Find(keys, kProfiles, "two")->access_key_id, "two-id");
  EXPECT_EQ(Find({}, kProfiles)->secret_access_key, "file-secret");
  EXPECT_EQ(Find({{"AWS_PROFILE", "two"}}, kProfiles)->session_token, "two-token");
  EXPECT_EQ(Find({{"AWS_DEFAULT_PROFILE", "two"}}, kProfiles)->access_key_id, "two-id");
}

TEST(CredentialsTest, SaysWhatIsWrongWithAProfile) {
  for (const char* profile : {"none", "sso", "mfa", "a", "lone"}) {
    EXPECT_EQ(Find({}, kProfiles, profile).status().code(), StatusCode::kInvalidArgument)
        << profile;
  }
  EXPECT_EQ(Find({{"AWS_EC2_METADATA_DISABLED", "true"}}, "").status().code(),
            StatusCode::kPermissionDenied);
}

TEST(CredentialsTest, RefreshesBeforeExpiryAndKeepsOldOnesWhenThatFails) {
  int calls = 0;
  bool broken = false;
  int64_t lifetime = 3600 * 1000;
  CredentialProvider provider([&]() -> Result<AwsCredentials> {
    ++calls;
    if (broken) return Unavailable("down");
    return AwsCredentials{"id" + std::to_string(calls), "secret", "", NowMs() + lifetime};
  });
  EXPECT_EQ(provider.Get()->access_key_id, "id1");
  EXPECT_EQ(provider.Get()->access_key_id, "id1");
  provider.Invalidate("other");
  EXPECT_EQ(calls, 1);
  lifetime = 60 * 1000;  // expires within the five minutes
  provider.Invalidate("id1");
  EXPECT_EQ(provider.Get()->access_key_id, "id2");
  EXPECT_EQ(provider.Get()->access_key_id, "id3");
  broken = true;
  EXPECT_EQ(provider.Get()->access_key_id, "id3");
  provider.Invalidate("id3");
  EXPECT_FALSE(provider.Get().ok());
}

TEST(SharedConfigTest, NestedSettingsAndServices) {
  SharedConfig config;
  ASSERT_TRUE(config.Parse(kProfiles, false).ok());
  EXPECT_EQ(config.Get("two", "s3.addressing_style"), "path");
  EXPECT_EQ(config.Get("two", "region"), "eu-west-1");
  EXPECT_FALSE(config.Get("two", "addressing_style").has_value());
  EXPECT_FALSE(config.HasProfile("profile two"));
  ASSERT_TRUE(config.Parse("[services s]\ns3 =\n  endpoint_url = http://x\n", false).ok());
  EXPECT_EQ(config.GetService("s", "s3.endpoint_url"), "http://x");
  for (const char* bad : {"a = b", "[open\n", "[x]\nno equals sign"}) {
    EXPECT_FALSE(SharedConfig().Parse(bad, false).ok()) << bad;
  }
}

TEST(CredentialSourcesTest, SplitsCommandLines) {
  EXPECT_EQ(SplitCommandLine("a 'b c' \"d \\\" e\" f\\ g ''").value(),
            (std::vector<std::string>{"a", "b c", "d \" e", "f g", ""}));
  EXPECT_FALSE(SplitCommandLine("a 'b").ok());
  EXPECT_FALSE(SplitCommandLine("  ").ok());
}

TEST(CredentialSourcesTest, ReadsJson) {
  const Result<AwsCredentials> credentials = CredentialsFromJson(
      R"({"AccessKeyId":"i","SecretAccessKey":"s","Token":"t","Expiration":"2030-01-01T00:00:00Z"})");
  ASSERT_TRUE(credentials.ok());
  EXPECT_EQ(credentials->session_token, "t");
  EXPECT_EQ(credentials->expires_at_ms, 1893456000000);
  for (const char* bad : {"", "[]", "{}", R"({"AccessKeyId":1})", "{\"AccessKeyId\":\"i\"",
                          R"({"AccessKeyId":"i","SecretAccessKey":"s","Expiration":"never"})"}) {
    EXPECT_FALSE(CredentialsFromJson(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace assay
