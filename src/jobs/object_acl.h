// ObjectAclReader: the access control lists of single objects, where they count at all.
//
// Asking costs one request (GetObjectAcl) for each object, so it is done only in buckets that have
// ACLs: not where the owner of the bucket owns every object in it ("BucketOwnerEnforced", what
// Amazon S3 gives new buckets), not in directories, and not in stores that know no ownership
// controls. Source: "Controlling ownership of objects and disabling ACLs" of the Amazon S3 user
// guide.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "accounts/account_access.h"
#include "jobs/object_batch.h"

namespace assay {

// Whether the grants let everybody, or everybody with an AWS account, read the object.
bool IsWorldReadable(const ObjectAcl& acl);

class ObjectAclReader {
 public:
  // Not `enabled`: Read does nothing.
  ObjectAclReader(AccountAccess* access, bool enabled) : access_(access), enabled_(enabled) {}
  void Enable(bool enabled) { enabled_ = enabled; }

  // Fills in acl and world_readable of the object. What the store refuses to tell stays empty.
  void Read(const std::string& account_id, const std::string& region,
            const std::string& service_role_arn, BatchObject* object);

 private:
  // What is known of a bucket, for some minutes.
  struct Bucket {
    bool has_acls = false;
    bool public_ignored = false;  // a public access block makes public grants count for nothing
    uint32_t refusals = 0;        // in a row
    int64_t until_ms = 0;
  };
  Bucket BucketOf(const std::string& name, const std::string& account_id, const std::string& region,
                  const std::string& service_role_arn, const BatchObject& object);
  Bucket AskBucket(const std::string& account_id, const std::string& region,
                   const std::string& service_role_arn, const BatchObject& object);
  bool AccountIgnoresPublicAcls(const std::string& account_id, const std::string& region,
                                const std::string& service_role_arn);
  void NoteAnswer(const std::string& name, bool refused);

  AccountAccess* const access_;
  std::atomic<bool> enabled_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;  // by account and name; guarded by mutex_
};

}  // namespace assay
