#include "aws/s3_control.h"

#include <string_view>
#include <utility>

#include "aws/uri.h"

namespace assay {
namespace {

AwsServiceContext AtControlEndpoint(AwsServiceContext context, const std::string& account_id) {
  context.endpoint_url = S3ControlEndpoint(context.endpoint_url, account_id);
  return context;
}

}  // namespace

std::string S3ControlEndpoint(const std::string& s3_endpoint, const std::string& account_id) {
  const Result<Url> url = ParseUrl(s3_endpoint);
  if (!url.ok()) return s3_endpoint;
  const std::string_view host = url->host;
  const bool amazons = host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
  if (!amazons || !host.starts_with("s3.")) return s3_endpoint;
  return "https://" + account_id + ".s3-control." + std::string(host.substr(3));
}

S3ControlClient::S3ControlClient(AwsServiceContext context, const std::string& account_id)
    : account_id_(account_id), client_(AtControlEndpoint(std::move(context), account_id)) {}

Result<std::string> S3ControlClient::GetPublicAccessBlock() const {
  return client_.RestXml("GetPublicAccessBlock", "/v20180820/configuration/publicAccessBlock",
                         {{"x-amz-account-id", account_id_}});
}

}  // namespace assay
