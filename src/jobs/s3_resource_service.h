// S3ResourceService: selecting what is monitored: associate, update, list, disassociate
// (rules R1-R4, R6). Requests are atomic per item and idempotent.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <cstdint>
#include <memory>
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
  std::string error_code;  // at most 10 characters: "NoBucket", "Region", "Duplicate", "Limit" ...
  std::string message;     // says what to do
  bool limit_exceeded = false;
};

inline constexpr uint64_t kMaxS3Resources = 250;  // per account (R1)

class S3ResourceService {
 public:
  // All must outlive the service. `on_change(account_id, region)` is called after the selection of
  // an account changed (walks to start, trail to bring in line); may be empty.
  S3ResourceService(Database* database, AccountAccess* access,
                    std::function<void(const std::string&, const std::string&)> on_change);

  // `account_id` must be integrated: kPermissionDenied otherwise. Errors of the whole request come
  // as Status, errors of items in the list.
  Result<std::vector<FailedS3Resource>> Associate(const std::string& account_id,
                                                  const std::string& region,
                                                  const std::vector<S3Resource>& resources,
                                                  const Caller& caller);
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
  Database* const database_;
  AccountAccess* const access_;
  const std::function<void(const std::string&, const std::string&)> on_change_;
};

}  // namespace assay
