// The places that hand out credentials as JSON: a container's agent, the instance metadata service,
// and a program of the user's.
//
// Thread rule: free functions; each call does its own exchange.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/shared_config.h"
#include "aws/sigv4.h"
#include "base/status.h"

namespace assay {

// From the address that AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI names, with the token
// of AWS_CONTAINER_AUTHORIZATION_TOKEN(_FILE). kNotFound when neither is set. A plain http address
// must be this machine or one of the two agents' link-local addresses.
Result<AwsCredentials> ContainerCredentials(const Environment& environment);

// From the instance metadata service, version 2 (token first). kNotFound when
// AWS_EC2_METADATA_DISABLED is "true", nothing answers within a second, or the instance has no
// role.
Result<AwsCredentials> InstanceCredentials(const Environment& environment);

// From the standard output of a program ("credential_process"): run without a shell, at most a
// minute and a megabyte.
Result<AwsCredentials> ProcessCredentials(const std::string& command);

// Words of a command line: blanks separate, '...' and "..." keep together, \ takes the next byte.
// kInvalidArgument for an open quote or no words.
Result<std::vector<std::string>> SplitCommandLine(std::string_view command);

// Reads {"AccessKeyId","SecretAccessKey","Token"|"SessionToken","Expiration"}.
Result<AwsCredentials> CredentialsFromJson(std::string_view json);

}  // namespace assay
