// S3ResourceService: selecting what is monitored: associate, update, list, disassociate
// (rules R1-R4, R6). Requests are atomic per item and idempotent.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "accounts/account_access.h"
#include "accounts/account_service.h"
#include "base/status.h"
#include "store/database.h"
#include "store/resource_rows.h"

namespace assay {

struct S3Resource {
  std::string bucket;
  std::string prefix;
  // Absent in an update: stays as it is.
  std::optional<bool> one_time_full;
  std::optional<bool> continuous_full;
};

// An item that could not be done; the others of the request were.
struct FailedS3Resource {
  std::string bucket;
  std::string prefix;
  std::string error_code;  // at most 10 characters: one of the kS3Resource... below
  std::string message;     // says what to do
  bool limit_exceeded = false;
};

inline constexpr uint64_t kMaxS3Resources = 250;  // per account (R1)

// FailedS3Resource::error_code.
inline constexpr char kS3ResourceBadName[] = "BadName";      // no name of a bucket
inline constexpr char kS3ResourceBadPrefix[] = "BadPrefix";  // begins with '/', or is too long
inline constexpr char kS3ResourceBadType[] = "BadType";      // an update that changes nothing
inline constexpr char kS3ResourceNoBucket[] = "NoBucket";
inline constexpr char kS3ResourceNoAccess[] = "NoAccess";
inline constexpr char kS3ResourceNoAnswer[] = "NoAnswer";    // the store cannot be reached
inline constexpr char kS3ResourceRegion[] = "Region";        // lies in another region (R2)
inline constexpr char kS3ResourceDuplicate[] = "Duplicate";  // twice in the request
inline constexpr char kS3ResourceConflict[] = "Conflict";    // associated with other types
inline constexpr char kS3ResourceLimit[] = "Limit";          // the 251st (R1)
inline constexpr char kS3ResourceNotFound[] = "NotFound";    // not associated
inline constexpr size_t kMaxS3PrefixBytes = 1024;            // longest key of S3

class S3ResourceService {
 public:
  // All must outlive the service. `on_change(account_id, region)` is called after the selection of
  // an account changed (walks to start, trail to bring in line); may be empty.
  S3ResourceService(Database* database, AccountAccess* access,
                    std::function<void(const std::string&, const std::string&)> on_change);

  // `account_id` must be integrated: kPermissionDenied otherwise. Errors of the whole request come
  // as Status, errors of items in the list. A bucket and a prefix of it may both be associated
  // (R3); a prefix that no key has yet is as good as any. Associating once more with the same types
  // changes nothing and is no error.
  // One-time classification (one_time_full) starts in the same transaction, once.
  Result<std::vector<FailedS3Resource>> Associate(const std::string& account_id,
                                                  const std::string& region,
                                                  const std::vector<S3Resource>& resources,
                                                  const Caller& caller);
  // one_time_full: false -> true starts the one-time classification, true -> false ends one that is
  // under way.
  Result<std::vector<FailedS3Resource>> Update(const std::string& account_id,
                                               const std::string& region,
                                               const std::vector<S3Resource>& resources,
                                               const Caller& caller);
  Result<std::vector<FailedS3Resource>> Disassociate(const std::string& account_id,
                                                     const std::string& region,
                                                     const std::vector<S3Resource>& resources,
                                                     const Caller& caller);
  // By (bucket, prefix), after that pair.
  Result<std::vector<ResourceRow>> List(const std::string& account_id, const std::string& region,
                                        const std::string& after_bucket,
                                        const std::string& after_prefix, uint32_t limit);

 private:
  struct Request;
  struct Item;
  class Change;  // one request within its transaction
  Result<std::vector<FailedS3Resource>> Run(const Request& request,
                                            const std::vector<S3Resource>& resources);
  void CheckItems(const Request& request, const std::string& role_arn, std::vector<Item>* items);
  void CheckAtStore(const Request& request, const std::string& role_arn, Item* item);

  Database* const database_;
  AccountAccess* const access_;
  const std::function<void(const std::string&, const std::string&)> on_change_;
};

}  // namespace assay
