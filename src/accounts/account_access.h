// AccountAccess: how each account is reached: its kind, its endpoints, and stores opened with the
// right role. The operator's configuration says how; the database says which accounts are
// integrated.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "aws/aws_service.h"
#include "aws/sigv4.h"
#include "base/status.h"
#include "objectstore/s3_store.h"

namespace assay {

enum class AccountKind {
  kAws,        // IAM, STS, KMS, CloudTrail, SQS and S3 of any AWS-compatible endpoint set
  kS3,         // an S3-compatible store with keys and nothing else
  kDirectory,  // a folder whose entries are buckets
};
std::string_view AccountKindName(AccountKind kind);  // "aws", "s3", "directory"

// One [[account]] of the configuration, or the [aws] defaults for accounts without one.
struct AccountConnection {
  std::string account_id;
  AccountKind kind = AccountKind::kAws;
  std::string directory;     // kDirectory: the folder
  std::string endpoint_url;  // one for all services, "" = AWS's own, or the environment's
  // By service id ("s3", "sts", "iam", "kms", "cloudtrail", "sqs"), where they differ.
  std::map<std::string, std::string> service_endpoint_urls;
  std::vector<std::string> regions;  // whose buckets can be selected; kS3: names it calls its own
  std::string profile;               // of the shared AWS configuration; "" = the standard chain
  AwsCredentials keys;               // kS3 and test clouds; empty = the standard chain
  // kAws: an ordinary role with the seed's policy, for real AWS, where nobody but AWS may assume a
  // service-linked role (A4). "" = assume the service-linked role itself.
  // An ARN, or the name of a role of the account.
  std::string service_role;
  // kAws: whether the service may make the service-linked role as an ordinary role, with its
  // policy, where an IAM that is not Amazon's has no service-linked roles of that name.
  bool create_roles = true;
  // kAws: URL of an Amazon SQS queue that announces changes of objects (S3 event notifications,
  // also through SNS or EventBridge). "" = none. Accounts may share a queue.
  std::string events_queue_url;
  std::string ca_bundle;
  bool path_style = true;
  uint32_t max_requests_per_second = 0;  // against its object store; 0 = no limit
};

// The roles of a kAws account that take part in reaching it, as ARNs.
std::string RoleArn(const std::string& account_id, const std::string& region,
                    std::string_view role_name);
// "aws", "aws-cn" or "aws-us-gov": the second part of the ARNs of a region.
std::string_view PartitionOf(std::string_view region);

class AccountAccess {
 public:
  // A connection whose account_id is "" holds the defaults of kAws accounts without their own.
  // `home_region` is the region of directory buckets and of stores that name none.
  AccountAccess(std::string master_account_id, std::string home_region,
                std::vector<AccountConnection> connections, const std::atomic<bool>* cancel);
  ~AccountAccess();

  const std::string& master_account_id() const;
  const std::string& home_region() const;
  // Explicit connection, else a kAws one with the defaults.
  AccountConnection ConnectionOf(const std::string& account_id) const;
  // Replaces all connections (SIGHUP); stores opened before stay usable.
  void SetConnections(std::vector<AccountConnection> connections);

  // The object store of an account as the service sees it: with the service role's credentials
  // where there are roles. Opened once and kept. `service_role_arn` is the account row's.
  // kNotFound: no such account or directory; kPermissionDenied, kUnavailable: with the remedy.
  Result<std::shared_ptr<ObjectStore>> OpenStore(const std::string& account_id,
                                                 const std::string& region,
                                                 const std::string& service_role_arn);
  // Region of a bucket of this account, learnt from the store and remembered. kNotFound: no such
  // bucket; kPermissionDenied: not ours to read. An answer is believed for a minute.
  Result<std::string> BucketRegion(const std::string& account_id, const std::string& bucket,
                                   const std::string& service_role_arn);

  // The same for kAws and kS3 accounts, with the operations that only S3 has.
  Result<std::shared_ptr<S3Store>> OpenS3Store(const std::string& account_id,
                                               const std::string& region,
                                               const std::string& service_role_arn);

  // For calling `service` ("kms", "sqs", "cloudtrail", "iam", "sts") of a kAws account: with the
  // service role's credentials, renewed before they expire. kUnimplemented: not a kAws account.
  Result<AwsServiceContext> ServiceContext(const std::string& account_id,
                                           const std::string& service, const std::string& region,
                                           const std::string& service_role_arn);
  // The same with the operator's own credentials, and with those of a handshake role (by name);
  // both only for integrating an account.
  Result<AwsServiceContext> SourceContext(const std::string& account_id,
                                          const std::string& service);
  Result<AwsServiceContext> HandshakeContext(const std::string& account_id,
                                             const std::string& service,
                                             std::string_view role_name);
  // Assumes a handshake role (by name) with the external id (A2). `error` takes what STS said.
  Result<AwsCredentials> AssumeHandshakeRole(const std::string& account_id,
                                             std::string_view role_name, AwsError* error);
  // Tells which of the two handshake roles the account has; until then both are tried.
  void RememberHandshakeRole(const std::string& account_id, std::string_view role_name);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay
