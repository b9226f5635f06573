#include "cli/service/key_check.h"

#include <optional>
#include <vector>

#include "store/access_rows.h"

namespace assay {
namespace {

constexpr char kProof[] = "key";

enum class Proof { kNone, kOfThisKey, kOfAnother };

Result<Proof> FindProof(Transaction& tx, const SealingKey& key) {
  const auto verdict = [](bool opens, Proof when_it_does) {
    return opens ? when_it_does : Proof::kOfAnother;
  };
  ASSAY_ASSIGN_OR_RETURN(const std::optional<std::string> proof, GetSealedSecret(tx, kProof));
  if (proof) return verdict(OpenSecret(key, kProof, *proof).ok(), Proof::kOfThisKey);
  // A service of before there were proofs.
  ASSAY_ASSIGN_OR_RETURN(const std::vector<ApiCredentialRow> credentials, ListApiCredentials(tx));
  if (credentials.empty()) return Proof::kNone;
  const ApiCredentialRow& one = credentials.front();
  return verdict(
      OpenSecret(key, ApiCredentialSecretName(one.access_key_id), one.sealed_secret).ok(),
      Proof::kNone);
}

}  // namespace

Status CheckSealingKey(Database* database, const SealingKey& key, const std::string& path) {
  Proof proof = Proof::kNone;
  const auto look = [&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(proof, FindProof(tx, key));
    return Status::Ok();
  };
  ASSAY_RETURN_IF_ERROR(database->Read(look));
  if (proof == Proof::kNone) {
    ASSAY_RETURN_IF_ERROR(database->Write([&](Transaction& tx) -> Status {
      const Status status = look(tx);  // another may have been quicker
      if (!status.ok() || proof != Proof::kNone) return status;
      return PutSealedSecret(tx, kProof, SealSecret(key, kProof, ""));
    }));
  }
  if (proof != Proof::kOfAnother) return Status::Ok();
  return InvalidArgument(
      path +
      "/assay.key is not the key that the service in this database was made with: copy "
      "assay.key and assay.toml from the directory of one of its serves, or name another "
      "database");
}

}  // namespace assay
