#include "objectstore/s3_endpoint.h"

#include <utility>

namespace assay {
namespace {

constexpr size_t kMaxRegion = 64;

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// Names that can be a part of a host name (3-63 letters, digits, '-' and '.').
bool IsHostLabel(const std::string& bucket) {
  if (bucket.size() < 3 || bucket.size() > 63) return false;
  for (const char c : bucket) {
    if (!IsLowerOrDigit(c) && c != '-' && c != '.') return false;
  }
  return IsLowerOrDigit(bucket.front()) && IsLowerOrDigit(bucket.back());
}

bool IsRegion(const std::string& region) {
  if (region.empty() || region.size() > kMaxRegion) return false;
  for (const char c : region) {
    if (!IsLowerOrDigit(c) && c != '-') return false;
  }
  return true;
}

}  // namespace

bool IsAmazonHost(const std::string& host) {
  return host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
}

Result<S3Endpoint> S3Endpoint::Make(const S3EndpointOptions& options) {
  S3Endpoint endpoint;
  endpoint.options_ = options;
  if (!options.custom_url.empty()) {
    ASSAY_ASSIGN_OR_RETURN(endpoint.custom_, ParseUrl(options.custom_url));
  }
  return endpoint;
}

bool S3Endpoint::UseVirtualHost(const std::string& bucket) const {
  switch (options_.addressing) {
    case S3Addressing::kPath:
      return false;
    case S3Addressing::kVirtualHost:
      return true;
    case S3Addressing::kAuto:
      break;
  }
  const bool amazon = IsAmazon() || IsAmazonHost(custom_.host);
  return amazon && IsHostLabel(bucket) && bucket.find('.') == std::string::npos;
}

Url S3Endpoint::BaseUrl(const std::string& region) const {
  if (!IsAmazon()) return custom_;
  Url url;
  url.https = true;
  url.host = "s3";
  if (options_.fips) url.host += "-fips";
  if (options_.dual_stack) url.host += ".dualstack";
  url.host += '.' + region + ".amazonaws.com";
  if (region.starts_with("cn-")) url.host += ".cn";
  return url;
}

Result<S3Address> S3Endpoint::AddressOf(const std::string& bucket, const std::string& key,
                                        const std::string& region) const {
  if (!IsRegion(region)) return InvalidArgument("a region that is no region's name");
  Url url = BaseUrl(region);
  std::string path = url.path + '/';
  if (!bucket.empty()) {
    if (bucket == "." || bucket == ".." || bucket.find('/') != std::string::npos) {
      return InvalidArgument("a name that no bucket has");
    }
    if (UseVirtualHost(bucket)) {
      if (!IsHostLabel(bucket)) {
        return InvalidArgument("a bucket name that cannot be a host name: use path addressing");
      }
      url.host = bucket + '.' + url.host;
    } else {
      path += UriEncode(bucket);
      if (!key.empty()) path += '/';
    }
  }
  path += UriEncode(key, SlashRule::kKeep);
  return S3Address{.origin = url.Origin(), .authority = url.Authority(), .path = std::move(path)};
}

}  // namespace assay
