// Authenticator: who calls. Signature Version 4 with the credentials in the store, the command
// line's own local credential, read-only credentials, and a slow-down for those who fail.
//
// Thread rule: may be used by several threads at once.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "api/http_server.h"
#include "api/service_context.h"
#include "api/slow_down.h"
#include "aws/sigv4_verify.h"

namespace assay {

// The credential of the `assay` command on the service's own machine: it can read the key file.
// Its secret is key.Derive(kLocalClientPurpose); it signs for the service "assay" only.
inline constexpr std::string_view kLocalClientKeyId = "ASSAYLOCALCLIENT";
inline constexpr std::string_view kLocalClientPurpose = "assay local client";

// What requests of Macie Classic's API are signed for.
inline constexpr std::string_view kClassicSigningName = "macie";

struct AuthenticatedCaller {
  Caller caller;  // for the audit log
  std::string account_id;
  std::string region;  // of the credential scope
  bool read_only = false;
};

struct AuthenticationRefusal {
  int status = 400;     // HTTP
  std::string name;     // AWS's name of the error
  std::string message;  // AWS's wording
  int64_t delay_ms = 0;
};

class Authenticator {
 public:
  // `context` must outlive it.
  explicit Authenticator(const ServiceContext* context) : context_(context) {}

  // `service`: the signing name ("macie", "assay"). `action`: what is called, for the message to
  // read-only callers, who are refused with kChange ("macie:AssociateS3Resources").
  std::variant<AuthenticatedCaller, AuthenticationRefusal> Authenticate(const HttpCall& call,
                                                                        std::string_view service,
                                                                        std::string_view action,
                                                                        Sigv4Use use);

  // For other ways to sign in: notes a failure and how long to hold back its answer.
  int64_t Fail(const std::string& peer_ip) { return slow_down_.Fail(peer_ip, NowForSlowDown()); }
  void Succeed(const std::string& peer_ip) { slow_down_.Succeed(peer_ip); }

 private:
  struct Identity {
    std::string user;
    std::string account_id;
    std::string secret;
    bool read_only = false;
  };
  std::variant<Identity, AuthenticationRefusal> Find(const Sigv4Claim& claim,
                                                     std::string_view service);
  std::optional<AuthenticationRefusal> CheckRegion(const std::string& region) const;
  AuthenticationRefusal Refuse(const HttpCall& call, std::string name, std::string message);
  void NoteUse(const std::string& access_key_id, int64_t now_ms);
  static int64_t NowForSlowDown();

  const ServiceContext* const context_;
  Sigv4Verifier verifier_;
  SlowDown slow_down_;
  std::mutex mutex_;
  std::map<std::string, int64_t> noted_;  // access key -> last_used written; guarded by mutex_
};

}  // namespace assay
