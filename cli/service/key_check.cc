#include "cli/service/key_check.h"

#include <optional>
#include <vector>

#include "store/access_rows.h"

namespace assay {
namespace {

constexpr char kProof[] = "key";

// Whether the key opens what is sealed; nothing when nothing is.
Result<std::optional<bool>> Opens(Transaction& tx, const SealingKey& key) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<std::string> proof, GetSealedSecret(tx, kProof));
  if (proof) return std::optional(OpenSecret(key, kProof, *proof).ok());
  // A service of before there were proofs.
  ASSAY_ASSIGN_OR_RETURN(const std::vector<ApiCredentialRow> credentials, ListApiCredentials(tx));
  if (credentials.empty()) return std::optional<bool>();
  const ApiCredentialRow& one = credentials.front();
  return std::optional(
      OpenSecret(key, ApiCredentialSecretName(one.access_key_id), one.sealed_secret).ok());
}

}  // namespace

Status CheckSealingKey(Database* database, const SealingKey& key, const std::string& path) {
  bool other = false;
  bool proven = false;
  const auto look = [&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const std::optional<bool> opens, Opens(tx, key));
    other = opens && !*opens;
    ASSAY_ASSIGN_OR_RETURN(const std::optional<std::string> proof, GetSealedSecret(tx, kProof));
    proven = proof.has_value();
    return Status::Ok();
  };
  ASSAY_RETURN_IF_ERROR(database->Read(look));
  if (!other && !proven) {
    ASSAY_RETURN_IF_ERROR(database->Write([&](Transaction& tx) -> Status {
      const Status status = look(tx);  // another may have been quicker
      if (!status.ok() || other || proven) return status;
      return PutSealedSecret(tx, kProof, SealSecret(key, kProof, ""));
    }));
  }
  if (!other) return Status::Ok();
  return InvalidArgument(
      path +
      "/assay.key is not the key that the service in this database was made with: copy "
      "assay.key and assay.toml from the directory of one of its serves, or name another "
      "database");
}

}  // namespace assay
