// EncryptionCheck: what is to be known about an object's encryption before it is read (rules E2 and
// E3): whether the service's role is a user of its KMS key, and whether an ".instruction" object
// beside it says that its writer encrypted it.
//
// Thread rule: all methods may be called by several threads at once.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "accounts/account_access.h"
#include "classify/classification.h"
#include "jobs/object_batch.h"

namespace assay {

class EncryptionCheck {
 public:
  explicit EncryptionCheck(AccountAccess* access) : access_(access) {}

  // kNone: read it. Heads the object first where there is a KMS whose keys have policies; verdicts
  // about a key are kept for some minutes. What cannot be found out is left to the store's refusal.
  OutcomeReason ReasonNotToRead(const std::string& account_id, const std::string& region,
                                const std::string& service_role_arn, BatchObject* object);
  // After a refusal because of the key: fills in which key it is, if the store tells.
  static void LearnKey(ObjectStore* store, ObjectInfo* object);

 private:
  enum class Verdict { kUsable, kNotUsable, kUnknown };
  struct Kept {
    Verdict verdict = Verdict::kUnknown;
    int64_t until_ms = 0;
  };
  Verdict KeyVerdict(const std::string& account_id, const std::string& region,
                     const std::string& service_role_arn, const std::string& key_id);
  Verdict AskKms(const std::string& account_id, const std::string& region,
                 const std::string& service_role_arn, const std::string& key_id);

  AccountAccess* const access_;
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;  // by account, region and key
};

}  // namespace assay
