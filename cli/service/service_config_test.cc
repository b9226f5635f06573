#include "cli/service/service_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ServiceConfigTest : public ::testing::Test {
 protected:
  ServiceConfigTest() {
    std::string pattern = ::testing::TempDir() + "config.XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~ServiceConfigTest() override { std::filesystem::remove_all(directory_); }

  LoadedConfig Load(const std::string& toml) {
    std::ofstream(directory_ + "/assay.toml") << toml;
    return LoadServiceConfig(
        directory_,
        [this](const std::string& name) -> std::optional<std::string> {
          const auto found = environment_.find(name);
          return found == environment_.end() ? std::nullopt : std::optional(found->second);
        },
        flags_);
  }

  std::string directory_;
  std::map<std::string, std::string> environment_, flags_;
};

TEST_F(ServiceConfigTest, NoFileIsAllDefaults) {
  const LoadedConfig loaded =
      LoadServiceConfig(directory_, [](const std::string&) { return std::nullopt; }, {});
  EXPECT_TRUE(loaded.mistakes.empty());
  EXPECT_FALSE(loaded.file_found);
  EXPECT_EQ(loaded.config.BaseUrl(), "http://127.0.0.1:8765");
  EXPECT_EQ(loaded.config.DatabaseUrl(), "sqlite:" + directory_ + "/assay.db");
  EXPECT_THAT(loaded.config.regions, ElementsAre("us-east-1"));
  EXPECT_EQ(loaded.config.default_quota_bytes, int64_t{3} << 40);
  EXPECT_EQ(loaded.config.price_per_gb_hundredth_cents, 50'000);
}

TEST_F(ServiceConfigTest, AFleetSharesItsStore) {
  const std::string queue = "[queue]\nurl = \"nats://u:s3cret@a:4222,tls://b:4222\"\n";
  const LoadedConfig alone = Load(queue);
  ASSERT_EQ(alone.mistakes.size(), 1U);
  EXPECT_THAT(alone.mistakes[0].message, HasSubstr("postgresql://"));
  const LoadedConfig fleet = Load(queue + "[store]\nurl = \"postgresql://assay@db/assay\"\n");
  EXPECT_TRUE(fleet.mistakes.empty()) << FormatMistakes(fleet.mistakes);
  EXPECT_TRUE(fleet.config.is_fleet());
  EXPECT_EQ(fleet.config.queue_ack_wait_ms, 30'000);
  EXPECT_FALSE(Load("").config.is_fleet());
}

TEST_F(ServiceConfigTest, MistakesAboutTheQueueAreToldWithoutItsPassword) {
  for (const char* line :
       {"url = \"http://u:s3cret@a:4222\"", "url = \"nats://a:4222,u:s3cret@b\"",
        "replicas = \"0\"", "ack_wait = \"10ms\"", "lease = \"2h\"", "prefix = \"A.b\"",
        "depth = \"many\"", "tls_certificate = \"only.pem\""}) {
    const LoadedConfig loaded = Load(std::string("[queue]\n") + line + "\n");
    EXPECT_EQ(loaded.mistakes.size(), 1U) << line;
    EXPECT_EQ(FormatMistakes(loaded.mistakes).find("s3cret"), std::string::npos) << line;
  }
}

TEST_F(ServiceConfigTest, ACertificateNeedsItsKey) {
  for (const char* section : {"api", "queue", "worker"}) {
    const std::string toml = std::string("[") + section + "]\ntls_certificate = \"one.pem\"\n";
    EXPECT_THAT(FormatMistakes(Load(toml).mistakes), HasSubstr(section + std::string(".tls_key")));
    EXPECT_TRUE(Load(toml + "tls_key = \"one.key\"\n").mistakes.empty()) << section;
  }
}

TEST_F(ServiceConfigTest, EndpointsAreUrls) {
  const LoadedConfig loaded = Load(
      "[aws]\nendpoint_url = \"ftp://x\"\nendpoints = { s3 = \"no url\", sts = \"http://sts:1\" "
      "}\n");
  EXPECT_EQ(loaded.mistakes.size(), 2U) << FormatMistakes(loaded.mistakes);
  EXPECT_TRUE(Load("[aws]\nendpoint_url = \"\"\n").mistakes.empty());
}

TEST_F(ServiceConfigTest, TheFlagIsStrongerThanTheEnvironmentThanTheFile) {
  const std::string toml = "[api]\nlisten = \"127.0.0.1:1\"\n";
  EXPECT_EQ(Load(toml).config.listen_port, 1);
  environment_["ASSAY_LISTEN"] = "127.0.0.1:2";
  EXPECT_EQ(Load(toml).config.listen_port, 2);
  flags_["api.listen"] = "[::]:3";
  const LoadedConfig loaded = Load(toml);
  EXPECT_EQ(loaded.config.listen_port, 3);
  EXPECT_EQ(loaded.config.BaseUrl(), "http://[::1]:3");
}

TEST_F(ServiceConfigTest, EverySettingTakesItsOwnDefault) {
  for (const ServiceSetting& setting : ServiceSettings()) {
    ServiceConfig config;
    EXPECT_TRUE(setting.apply(setting.default_text, &config).ok()) << setting.key;
  }
}

TEST_F(ServiceConfigTest, MistakesAreToldWithTheirLineAllAtOnce) {
  const LoadedConfig loaded = Load(
      "region = \"us-east-1\"\n"
      "[api]\n"
      "listn = \"127.0.0.1:1\"\n"
      "[classification]\n"
      "retention_months = 13\n"
      "[[account]]\n"
      "id = \"12\"\n");
  const std::string told = FormatMistakes(loaded.mistakes);
  EXPECT_THAT(told, HasSubstr("assay.toml:3: there is no setting 'api.listn'; did you mean "
                              "'api.listen'?"));
  EXPECT_THAT(told, HasSubstr("assay.toml:5: classification.retention_months: '13'"));
  EXPECT_THAT(told, HasSubstr("assay.toml:6: an account's id has 12 digits"));
}

TEST_F(ServiceConfigTest, BrokenTomlNamesTheLine) {
  const LoadedConfig loaded = Load("region = \"us-east-1\"\nregion = \n");
  ASSERT_EQ(loaded.mistakes.size(), 1u);
  EXPECT_EQ(loaded.mistakes[0].line, 2u);
}

TEST_F(ServiceConfigTest, AccountsAreReadWithTheirWayToThem) {
  const LoadedConfig loaded = Load(
      "regions = [\"eu-west-1\", \"us-east-1\"]\n"
      "[[account]]\nid = \"111122223333\"\nkind = \"directory\"\ndirectory = \"estate\"\n"
      "[[account]]\nid = \"444455556666\"\nkind = \"s3\"\nendpoint_url = \"http://h:9000\"\n"
      "path_style = true\nmax_requests_per_second = 50\n"
      "[aws]\nservice_role = \"Reader\"\nendpoints = { sts = \"http://sts\" }\n");
  EXPECT_EQ(FormatMistakes(loaded.mistakes), "");
  ASSERT_EQ(loaded.config.accounts.size(), 2u);
  EXPECT_EQ(loaded.config.accounts[0].kind, AccountKind::kDirectory);
  EXPECT_EQ(loaded.config.accounts[0].directory, directory_ + "/estate");
  EXPECT_EQ(loaded.config.accounts[1].max_requests_per_second, 50u);
  EXPECT_EQ(loaded.config.aws_defaults.service_role, "Reader");
  EXPECT_EQ(loaded.config.aws_defaults.service_endpoint_urls.at("sts"), "http://sts");
  EXPECT_THAT(loaded.config.regions, ElementsAre("eu-west-1", "us-east-1"));
}

TEST_F(ServiceConfigTest, QueuesOfEventsBelongToAwsAccounts) {
  const LoadedConfig loaded = Load(
      "[aws]\nevents_queue_url = \"https://sqs.eu-west-1.amazonaws.com/111122223333/shared\"\n"
      "[[account]]\nid = \"111122223333\"\nkind = \"aws\"\n"
      "events_queue_url = \"https://sqs.eu-west-1.amazonaws.com/111122223333/own\"\n");
  EXPECT_EQ(FormatMistakes(loaded.mistakes), "");
  EXPECT_THAT(loaded.config.accounts.at(0).events_queue_url, HasSubstr("/own"));
  EXPECT_THAT(loaded.config.aws_defaults.events_queue_url, HasSubstr("/shared"));
  const std::string told = FormatMistakes(
      Load("[[account]]\nid = \"111122223333\"\nkind = \"directory\"\ndirectory = \"estate\"\n"
           "events_queue_url = \"arn:aws:sqs:eu-west-1:111122223333:own\"\n")
          .mistakes);
  EXPECT_THAT(told, HasSubstr("assay.toml:5: events_queue_url is the URL of an SQS queue"));
  EXPECT_THAT(told, HasSubstr("is not of kind aws"));
}

TEST_F(ServiceConfigTest, TheNewFileReadsBackAsItself) {
  ServiceConfig config;
  config.master_account = "111122223333";
  AccountConnection account;
  account.account_id = "111122223333";
  account.kind = AccountKind::kDirectory;
  account.directory = "/data/with \"quotes\"";
  config.accounts.push_back(account);
  const LoadedConfig loaded = Load(RenderNewConfig(config));
  EXPECT_EQ(FormatMistakes(loaded.mistakes), "");
  EXPECT_EQ(loaded.config.master_account, "111122223333");
  ASSERT_EQ(loaded.config.accounts.size(), 1u);
  EXPECT_EQ(loaded.config.accounts[0].directory, account.directory);
}

TEST(Duration, Forms) {
  EXPECT_EQ(ParseDuration("90s").value(), 90'000);
  EXPECT_EQ(ParseDuration("48h").value(), 172'800'000);
  EXPECT_FALSE(ParseDuration("48").ok());
  EXPECT_FALSE(ParseDuration("-1s").ok());
}

TEST(Price, IsExact) {
  ServiceConfig config;
  for (const ServiceSetting& setting : ServiceSettings()) {
    if (setting.key != "inventory.price_per_gb") continue;
    EXPECT_TRUE(setting.apply("0.0125", &config).ok());
    EXPECT_EQ(config.price_per_gb_hundredth_cents, 125);
    EXPECT_TRUE(setting.apply("5", &config).ok());
    EXPECT_EQ(config.price_per_gb_hundredth_cents, 50'000);
    EXPECT_FALSE(setting.apply("5.00001", &config).ok());
    EXPECT_FALSE(setting.apply("$5", &config).ok());
  }
}

}  // namespace
}  // namespace assay
