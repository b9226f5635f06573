// Settings from the environment and from the shared configuration files (~/.aws/config and
// ~/.aws/credentials). Source: "AWS SDKs and Tools Reference Guide", shared config and credentials
// files.
//
// Thread rule: values; reading them concurrently is safe.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace assay {

// Looks up an environment variable; nothing when it is unset or empty.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
// The environment of this process.
Environment ProcessEnvironment();

// Settings of one section: "region" -> "eu-west-1". A nested setting is "s3.addressing_style".
using ConfigSection = std::map<std::string, std::string, std::less<>>;

class SharedConfig {
 public:
  // Reads the files AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name (default: in ~/.aws). A
  // missing file is an empty one; kDataLoss: a file that is no configuration.
  static Result<SharedConfig> Load(const Environment& environment);

  // Puts the sections of a file's text into this. In a config file sections are "[profile NAME]"
  // and "[default]", in a credentials file "[NAME]". What is there already stays.
  Status Parse(std::string_view text, bool is_credentials_file);

  bool HasProfile(std::string_view profile) const;
  // A setting of a profile; nothing when it is not there.
  std::optional<std::string> Get(std::string_view profile, std::string_view name) const;
  // A setting of "[services NAME]", such as "s3.endpoint_url".
  std::optional<std::string> GetService(std::string_view services, std::string_view name) const;

 private:
  std::map<std::string, ConfigSection, std::less<>> profiles_;
  std::map<std::string, ConfigSection, std::less<>> services_;
};

}  // namespace assay
