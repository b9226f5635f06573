// The calls of Amazon S3 that are about a whole account and not about a bucket.
// Source: Amazon S3 API Reference, GetPublicAccessBlock of "Amazon S3 Control".
//
// Thread rule: an S3ControlClient may be used by several threads at once.
#pragma once

#include <string>

#include "aws/aws_service.h"
#include "base/status.h"

namespace assay {

// Amazon answers these calls at a host of each account: "https://s3.eu-west-1.amazonaws.com"
// becomes "https://111122223333.s3-control.eu-west-1.amazonaws.com". Any other endpoint answers
// them itself.
std::string S3ControlEndpoint(const std::string& s3_endpoint, const std::string& account_id);

class S3ControlClient {
 public:
  // `context` is that of "s3".
  S3ControlClient(AwsServiceContext context, const std::string& account_id);

  // The XML of the account's public access block. kNotFound: it has none; kUnimplemented: the
  // endpoint knows no such call; others as of StatusOfAwsError.
  Result<std::string> GetPublicAccessBlock() const;

 private:
  const std::string account_id_;
  const AwsServiceClient client_;
};

}  // namespace assay
