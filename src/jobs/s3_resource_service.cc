#include "jobs/s3_resource_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "jobs/now_ms.h"
#include "store/access_rows.h"
#include "store/account_rows.h"

namespace assay {
namespace {

enum class Action { kAssociate, kUpdate, kDisassociate };

std::string_view ActionName(Action action) {
  switch (action) {
    case Action::kAssociate:
      return "AssociateS3Resources";
    case Action::kUpdate:
      return "UpdateS3Resources";
    case Action::kDisassociate:
      return "DisassociateS3Resources";
  }
  return "";
}

bool IsBucketName(std::string_view name, AccountKind kind) {
  if (name.empty() || name.size() > 255) return false;
  if (kind == AccountKind::kDirectory) {
    return name != "." && name != ".." && name.find('/') == std::string_view::npos &&
           name.find('\0') == std::string_view::npos;
  }
  // The rules of old buckets of us-east-1 and of other stores are wider than today's.
  return name.size() >= 3 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-' || c == '_';
         });
}

std::string Named(const S3Resource& resource) {
  return resource.prefix.empty()
             ? fmt::format("bucket \"{}\"", resource.bucket)
             : fmt::format("prefix \"{}\" of bucket \"{}\"", resource.prefix, resource.bucket);
}

std::string_view FullOrNone(bool full) { return full ? "FULL" : "NONE"; }

Result<AccountRow> IntegratedAccount(Transaction& tx, const std::string& account_id) {
  ASSAY_ASSIGN_OR_RETURN(std::optional<AccountRow> account, GetAccount(tx, account_id));
  if (!account || account->state != AccountState::kIntegrated) {
    return PermissionDenied(fmt::format(
        "account {} is not integrated with the service; associate it first", account_id));
  }
  return *std::move(account);
}

}  // namespace

struct S3ResourceService::Request {
  Action action;
  const std::string& account_id;
  const std::string& region;
  const Caller& caller;
};

struct S3ResourceService::Item {
  S3Resource resource;
  std::string error_code;  // "" = all is well so far
  std::string message;

  void Fail(std::string code, std::string why) {
    error_code = std::move(code);
    message = std::move(why);
  }
};

class S3ResourceService::Change {
 public:
  Change(Transaction& tx, const Request& request) : tx_(tx), request_(request), now_ms_(NowMs()) {}

  bool changed() const { return changed_; }

  Status Apply(std::vector<Item>* items) {
    ASSAY_ASSIGN_OR_RETURN(resources_, CountResources(tx_, request_.account_id));
    for (Item& item : *items) {
      if (item.error_code.empty()) ASSAY_RETURN_IF_ERROR(ApplyOne(&item));
      ASSAY_RETURN_IF_ERROR(Audit(item));
    }
    return Status::Ok();
  }

 private:
  Status ApplyOne(Item* item) {
    ASSAY_ASSIGN_OR_RETURN(std::optional<ResourceRow> row,
                           FindResource(tx_, request_.account_id, request_.region,
                                        item->resource.bucket, item->resource.prefix));
    if (request_.action == Action::kAssociate) return Associate(item, row);
    if (!row) return NotAssociated(item);
    if (request_.action == Action::kUpdate) return Update(item, *std::move(row));
    changed_ = true;
    return DeleteResource(tx_, row->id);
  }

  Status Associate(Item* item, const std::optional<ResourceRow>& existing) {
    ResourceRow row;
    row.account_id = request_.account_id;
    row.region = request_.region;
    row.bucket = item->resource.bucket;
    row.prefix = item->resource.prefix;
    row.one_time_full = item->resource.one_time_full.value_or(false);
    row.continuous_full = item->resource.continuous_full.value_or(true);
    row.associated_at_ms = now_ms_;
    if (existing) return Again(item, *existing, row);
    if (resources_ >= kMaxS3Resources) {
      item->Fail(kS3ResourceLimit,
                 fmt::format("{} was not associated: account {} has {} buckets and prefixes "
                             "already, the most there can be; disassociate some first",
                             Named(item->resource), request_.account_id, kMaxS3Resources));
      return Status::Ok();
    }
    ASSAY_ASSIGN_OR_RETURN(row.id, InsertResource(tx_, row));
    ++resources_;
    changed_ = true;
    return row.one_time_full ? StartOneTime(row) : Status::Ok();
  }

  Status Again(Item* item, const ResourceRow& existing, const ResourceRow& wanted) {
    if (existing.one_time_full == wanted.one_time_full &&
        existing.continuous_full == wanted.continuous_full) {
      return Status::Ok();
    }
    item->Fail(kS3ResourceConflict,
               fmt::format("{} is associated already, with one-time {} and continuous {}; use "
                           "UpdateS3Resources to change that",
                           Named(item->resource), FullOrNone(existing.one_time_full),
                           FullOrNone(existing.continuous_full)));
    return Status::Ok();
  }

  Status Update(Item* item, ResourceRow row) {
    const ResourceRow before = row;
    row.one_time_full = item->resource.one_time_full.value_or(row.one_time_full);
    row.continuous_full = item->resource.continuous_full.value_or(row.continuous_full);
    const bool begins = row.one_time_full && !before.one_time_full;
    const bool ends = !row.one_time_full && before.one_time_full;
    if (row.continuous_full && !before.continuous_full) row.associated_at_ms = now_ms_;
    if (begins || ends) row.one_time_done_ms = 0;
    if (!begins && !ends && row.continuous_full == before.continuous_full) return Status::Ok();
    changed_ = true;
    ASSAY_RETURN_IF_ERROR(UpdateResource(tx_, row));
    if (begins) return StartOneTime(row);
    return ends ? EndOneTime(row) : Status::Ok();
  }

  Status StartOneTime(const ResourceRow& row) {
    WalkRow walk;
    walk.resource_id = row.id;
    walk.account_id = row.account_id;
    walk.kind = WalkKind::kOneTime;
    walk.started_ms = now_ms_;
    return StartWalk(tx_, walk).status();
  }

  Status EndOneTime(const ResourceRow& row) {
    ASSAY_ASSIGN_OR_RETURN(const std::vector<WalkRow> walks, ListWalksOfResource(tx_, row.id));
    for (WalkRow walk : walks) {
      if (walk.kind != WalkKind::kOneTime || walk.state == WalkState::kDone) continue;
      walk.state = WalkState::kDone;
      walk.finished_ms = now_ms_;
      ASSAY_RETURN_IF_ERROR(UpdateWalk(tx_, walk));
    }
    return Status::Ok();
  }

  Status NotAssociated(Item* item) {
    ASSAY_ASSIGN_OR_RETURN(const std::vector<ResourceRow> all,
                           ListResources(tx_, request_.account_id, "", "", "", 0));
    const auto elsewhere = std::find_if(all.begin(), all.end(), [&](const ResourceRow& row) {
      return row.bucket == item->resource.bucket && row.prefix == item->resource.prefix;
    });
    item->Fail(kS3ResourceNotFound,
               elsewhere != all.end()
                   ? fmt::format("{} is associated in region {}; send the request there",
                                 Named(item->resource), elsewhere->region)
                   : fmt::format("{} is not associated; ListS3Resources shows what is",
                                 Named(item->resource)));
    return Status::Ok();
  }

  Status Audit(const Item& item) {
    AuditRow entry;
    entry.at_ms = now_ms_;
    entry.actor = request_.caller.user;
    entry.source = request_.caller.source_ip;
    entry.action = ActionName(request_.action);
    entry.target = request_.account_id + '/' + item.resource.bucket + '/' + item.resource.prefix;
    entry.result = item.error_code.empty() ? "ok" : item.error_code;
    const auto& one_time = item.resource.one_time_full;
    const auto& continuous = item.resource.continuous_full;
    entry.detail = fmt::format(R"({{"oneTime":{},"continuous":{}}})",
                               one_time ? (*one_time ? "\"FULL\"" : "\"NONE\"") : "null",
                               continuous ? (*continuous ? "\"FULL\"" : "\"NONE\"") : "null");
    return AddAudit(tx_, entry);
  }

  Transaction& tx_;
  const Request& request_;
  const int64_t now_ms_;
  uint64_t resources_ = 0;  // of the account
  bool changed_ = false;
};

S3ResourceService::S3ResourceService(
    Database* database, AccountAccess* access,
    std::function<void(const std::string&, const std::string&)> on_change)
    : database_(database), access_(access), on_change_(std::move(on_change)) {}

Result<std::vector<FailedS3Resource>> S3ResourceService::Associate(
    const std::string& account_id, const std::string& region,
    const std::vector<S3Resource>& resources, const Caller& caller) {
  return Run({Action::kAssociate, account_id, region, caller}, resources);
}

Result<std::vector<FailedS3Resource>> S3ResourceService::Update(
    const std::string& account_id, const std::string& region,
    const std::vector<S3Resource>& resources, const Caller& caller) {
  return Run({Action::kUpdate, account_id, region, caller}, resources);
}

Result<std::vector<FailedS3Resource>> S3ResourceService::Disassociate(
    const std::string& account_id, const std::string& region,
    const std::vector<S3Resource>& resources, const Caller& caller) {
  return Run({Action::kDisassociate, account_id, region, caller}, resources);
}

Result<std::vector<ResourceRow>> S3ResourceService::List(const std::string& account_id,
                                                         const std::string& region,
                                                         const std::string& after_bucket,
                                                         const std::string& after_prefix,
                                                         uint32_t limit) {
  std::vector<ResourceRow> rows;
  const Status read = database_->Read([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(IntegratedAccount(tx, account_id).status());
    ASSAY_ASSIGN_OR_RETURN(
        rows, ListResources(tx, account_id, region, after_bucket, after_prefix, limit));
    return Status::Ok();
  });
  if (!read.ok()) return read;
  return rows;
}

Result<std::vector<FailedS3Resource>> S3ResourceService::Run(
    const Request& request, const std::vector<S3Resource>& resources) {
  std::string role_arn;
  const Status read = database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(AccountRow account, IntegratedAccount(tx, request.account_id));
    role_arn = std::move(account.service_role_arn);
    return Status::Ok();
  });
  if (!read.ok()) return read;
  std::vector<Item> checked;
  checked.reserve(resources.size());
  for (const S3Resource& resource : resources) checked.push_back({resource, "", ""});
  // The stores are asked before the transaction: no lock is held across a network.
  CheckItems(request, role_arn, &checked);
  std::vector<Item> items;
  bool changed = false;
  const Status written = database_->Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(IntegratedAccount(tx, request.account_id).status());
    items = checked;
    Change change(tx, request);
    ASSAY_RETURN_IF_ERROR(change.Apply(&items));
    changed = change.changed();
    return Status::Ok();
  });
  if (!written.ok()) return written;
  if (changed && on_change_) on_change_(request.account_id, request.region);
  std::vector<FailedS3Resource> failed;
  for (Item& item : items) {
    if (item.error_code.empty()) continue;
    const bool limit = item.error_code == kS3ResourceLimit;
    failed.push_back({std::move(item.resource.bucket), std::move(item.resource.prefix),
                      std::move(item.error_code), std::move(item.message), limit});
  }
  return failed;
}

void S3ResourceService::CheckItems(const Request& request, const std::string& role_arn,
                                   std::vector<Item>* items) {
  const AccountKind kind = access_->ConnectionOf(request.account_id).kind;
  std::set<std::pair<std::string, std::string>> seen;
  for (Item& item : *items) {
    const S3Resource& resource = item.resource;
    if (!IsBucketName(resource.bucket, kind)) {
      item.Fail(kS3ResourceBadName, fmt::format("\"{}\" is no bucket name; give the name alone, "
                                                "without \"s3://\" and without a path",
                                                resource.bucket));
    } else if (resource.prefix.starts_with('/')) {
      item.Fail(kS3ResourceBadPrefix,
                "a prefix is how keys begin and does not start with \"/\"; write \"folder/\"");
    } else if (resource.prefix.size() > kMaxS3PrefixBytes) {
      item.Fail(kS3ResourceBadPrefix,
                fmt::format("the prefix has {} bytes; no key is longer than {}",
                            resource.prefix.size(), kMaxS3PrefixBytes));
    } else if (!seen.emplace(resource.bucket, resource.prefix).second) {
      item.Fail(
          kS3ResourceDuplicate,
          fmt::format("{} stands twice in the request; the first one counts", Named(resource)));
    } else if (request.action == Action::kUpdate && !resource.one_time_full &&
               !resource.continuous_full) {
      item.Fail(kS3ResourceBadType, "give oneTime or continuous, or both");
    } else if (request.action == Action::kAssociate) {
      CheckAtStore(request, role_arn, &item);
    }
  }
}

void S3ResourceService::CheckAtStore(const Request& request, const std::string& role_arn,
                                     Item* item) {
  const S3Resource& resource = item->resource;
  const auto fail = [&](const Status& status) {
    if (status.code() == StatusCode::kNotFound) {
      item->Fail(kS3ResourceNoBucket,
                 fmt::format("account {} has no bucket \"{}\"; check its name and account",
                             request.account_id, resource.bucket));
    } else if (status.code() == StatusCode::kPermissionDenied) {
      item->Fail(kS3ResourceNoAccess,
                 fmt::format("the service may not read {} of account {}: allow its role "
                             "s3:ListBucket and s3:GetObject in the bucket's policy ({})",
                             Named(resource), request.account_id, status.message()));
    } else {
      item->Fail(kS3ResourceNoAnswer, fmt::format("{} could not be looked at: {}; try again later",
                                                  Named(resource), status.message()));
    }
  };
  const Result<std::string> region =
      access_->BucketRegion(request.account_id, resource.bucket, role_arn);
  if (!region.ok()) return fail(region.status());
  if (*region != request.region) {
    return item->Fail(kS3ResourceRegion,
                      fmt::format("bucket \"{}\" lies in region {}, the request was for {}; "
                                  "send the request to region {}",
                                  resource.bucket, *region, request.region, *region));
  }
  const Result<std::shared_ptr<ObjectStore>> store =
      access_->OpenStore(request.account_id, request.region, role_arn);
  if (!store.ok()) return fail(store.status());
  const Result<ListPage> page = (*store)->List(resource.bucket, resource.prefix, "", 1);
  if (!page.ok()) return fail(page.status());
}

}  // namespace assay
