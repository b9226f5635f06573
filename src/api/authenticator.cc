#include "api/authenticator.h"

#include <utility>

#include "aws/aws_time.h"
#include "store/access_rows.h"

namespace assay {
namespace {

// last_used is for people: once a minute is exact enough, and spares the store a write a call.
constexpr int64_t kNoteEveryMs = 60'000;

AuthenticationRefusal InternalFailure(std::string message) {
  return {500, "InternalFailure", std::move(message), 0};
}

}  // namespace

int64_t Authenticator::NowForSlowDown() { return NowMs(); }

AuthenticationRefusal Authenticator::Refuse(const HttpCall& call, std::string name,
                                            std::string message) {
  return {400, std::move(name), std::move(message), slow_down_.Fail(call.peer_ip, NowMs())};
}

std::variant<AuthenticatedCaller, AuthenticationRefusal> Authenticator::Authenticate(
    const HttpCall& call, std::string_view service, std::string_view action, Sigv4Use use) {
  const int64_t now = NowMs();
  const Sigv4Call signed_call{call.method, call.path, call.query, &call.headers, call.body};
  const auto read = ReadSigv4Claim(signed_call, service);
  if (const auto* refusal = std::get_if<Sigv4Refusal>(&read)) {
    return Refuse(call, refusal->name, refusal->message);
  }
  const auto& claim = std::get<Sigv4Claim>(read);
  const auto found = Find(claim, service);
  if (const auto* refusal = std::get_if<AuthenticationRefusal>(&found)) {
    if (refusal->status == 500) return *refusal;
    return Refuse(call, refusal->name, refusal->message);
  }
  const auto& identity = std::get<Identity>(found);
  if (const auto refusal = verifier_.Check(signed_call, claim, identity.secret, use, now)) {
    if (refusal->is_caller_known) {
      return AuthenticationRefusal{400, refusal->name, refusal->message, 0};
    }
    return Refuse(call, refusal->name, refusal->message);
  }
  slow_down_.Succeed(call.peer_ip);
  if (service == kClassicSigningName) {
    if (auto refusal = CheckRegion(claim.region)) return *std::move(refusal);
  }
  NoteUse(claim.access_key_id, now);
  const std::string arn = "arn:aws:iam::" + identity.account_id + ":user/" + identity.user;
  // A1: only the master account's users get in, also when the master was another once.
  if (identity.account_id != context_->access->master_account_id()) {
    return AuthenticationRefusal{400, "AccessDeniedException",
                                 "User: " + arn + " is not a user of the master account.", 0};
  }
  if (identity.read_only && use == Sigv4Use::kChange) {
    return AuthenticationRefusal{400, "AccessDeniedException",
                                 "User: " + arn + " is not authorized to perform: " +
                                     std::string(action) + " with read-only credentials.",
                                 0};
  }
  AuthenticatedCaller caller;
  caller.caller = {identity.user, call.peer_ip};
  caller.account_id = identity.account_id;
  caller.region = claim.region;
  caller.read_only = identity.read_only;
  return caller;
}

// R2: a request is about the region it is signed for. The console's API says it in the request.
std::optional<AuthenticationRefusal> Authenticator::CheckRegion(const std::string& region) const {
  const Status status = RequireRegion(*context_, region);
  if (status.ok()) return std::nullopt;
  return AuthenticationRefusal{
      400, "InvalidSignatureException",
      "Credential should be scoped to a valid region: " + status.message() + ".", 0};
}

std::variant<Authenticator::Identity, AuthenticationRefusal> Authenticator::Find(
    const Sigv4Claim& claim, std::string_view service) {
  const AuthenticationRefusal unknown{400, "UnrecognizedClientException",
                                      "The security token included in the request is invalid.", 0};
  if (claim.access_key_id == kLocalClientKeyId) {
    if (service != "assay") return unknown;
    return Identity{"local", context_->access->master_account_id(),
                    context_->key->Derive(kLocalClientPurpose), false};
  }
  std::optional<ApiCredentialRow> row;
  const Status status = context_->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(row, GetApiCredential(tx, claim.access_key_id));
    return Status::Ok();
  });
  if (!status.ok())
    return InternalFailure("The credentials cannot be looked up: " + status.message());
  if (!row || !row->active) return unknown;
  Result<std::string> secret =
      OpenSecret(*context_->key, ApiCredentialSecretName(row->access_key_id), row->sealed_secret);
  if (!secret.ok())
    return InternalFailure("The credential cannot be used: " + secret.status().message());
  return Identity{row->user_name, row->account_id, *std::move(secret), row->read_only};
}

void Authenticator::NoteUse(const std::string& access_key_id, int64_t now_ms) {
  if (access_key_id == kLocalClientKeyId) return;
  {
    const std::lock_guard lock(mutex_);
    int64_t& noted = noted_[access_key_id];
    if (now_ms - noted < kNoteEveryMs) return;
    noted = now_ms;
  }
  // Nothing depends on it: a store that cannot be written does not keep readers out.
  const Status ignored = context_->database->Write([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(std::optional<ApiCredentialRow> row,
                           GetApiCredential(tx, access_key_id));
    if (!row) return Status::Ok();
    row->last_used_ms = now_ms;
    return PutApiCredential(tx, *row);
  });
  static_cast<void>(ignored);
}

}  // namespace assay
