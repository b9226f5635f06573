// Where a bucket is to be asked for: host, path and scheme.
//
// Thread rule: values.
#pragma once

#include <string>

#include "aws/uri.h"
#include "base/status.h"
#include "objectstore/s3_store.h"

namespace assay {

struct S3EndpointOptions {
  std::string custom_url;  // "" = Amazon S3
  S3Addressing addressing = S3Addressing::kAuto;
  bool fips = false;
  bool dual_stack = false;
};

struct S3Address {
  std::string origin;     // "https://bucket.s3.eu-west-1.amazonaws.com"
  std::string authority;  // for the Host header
  std::string path;       // percent-encoded, starts with '/'
};

class S3Endpoint {
 public:
  // kInvalidArgument: a custom URL that is none.
  static Result<S3Endpoint> Make(const S3EndpointOptions& options);

  // Amazon's own endpoints, chosen by region.
  bool IsAmazon() const { return options_.custom_url.empty(); }

  // The address of an object ("" = of the bucket; no bucket = of the service) in a region.
  // kInvalidArgument: a name that no bucket can have.
  Result<S3Address> AddressOf(const std::string& bucket, const std::string& key,
                              const std::string& region) const;

 private:
  bool UseVirtualHost(const std::string& bucket) const;
  Url BaseUrl(const std::string& region) const;

  S3EndpointOptions options_;
  Url custom_;
};

// Whether a host is one of Amazon's.
bool IsAmazonHost(const std::string& host);

}  // namespace assay
