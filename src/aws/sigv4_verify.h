// Checks Signature Version 4 of callers: the Authorization header and presigned URLs, with the
// canonicalisation of the signer (sigv4.h). In two steps, so that the caller can look up the
// secret in between: ReadSigv4Claim says who claims to call, Sigv4Verifier checks it.
//
// Source: "AWS Signature Version 4 for API requests" (IAM user guide); names and wording of errors
// as AWS's JSON services give them.
//
// Thread rule: the free function is pure; a Sigv4Verifier may be used by several threads at once.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "aws/sigv4.h"

namespace assay {

// A request as it came in. The views must outlive the call they are given to.
struct Sigv4Call {
  std::string_view method;
  std::string_view path;   // as sent, percent-encoded, starts with '/'
  std::string_view query;  // as sent, without '?'
  const HeaderList* headers = nullptr;
  std::string_view body;
};

// Why a request is refused: AWS's name of the error and a message for the caller.
struct Sigv4Refusal {
  std::string name;
  std::string message;
  bool is_caller_known = false;  // the signature is right, and yet not now
};

// What a request says about itself; nothing of it is true before Check.
struct Sigv4Claim {
  std::string access_key_id;
  std::string scope_date;  // "20150830"
  std::string region;
  std::string service;
  std::string amz_date;                     // "20150830T123600Z"
  int64_t signed_at_ms = 0;                 // amz_date
  std::vector<std::string> signed_headers;  // lower case, sorted
  std::string signature;                    // 64 lower-case hex digits
  bool presigned = false;
  int64_t expires_seconds = 0;  // presigned: 1 to 604800
};

// Reads the claim and refuses what is malformed, signed in a weaker way (Signature Version 2, HMAC
// with SHA-1, an unsigned body, a chunked one), signed for another service or incompletely: host
// and every x-amz-... header must be among the signed ones. `service` is the signing name this
// server answers to.
std::variant<Sigv4Claim, Sigv4Refusal> ReadSigv4Claim(const Sigv4Call& call,
                                                      std::string_view service);

struct Sigv4VerifierOptions {
  int64_t max_skew_ms = 5 * 60 * 1000;
  // How many signatures of changes and of reads are remembered; about 100 bytes each.
  size_t max_changes = 100'000;
  size_t max_reads = 100'000;
  // A repeat that is no replay comes within this time of the first; see Check.
  int64_t repeat_ms = 2'000;
};

// Whether a request that is signed well may be a repeat of one seen before.
enum class Sigv4Use {
  kRead,    // changes nothing: may be repeated at once
  kChange,  // takes effect once
};

class Sigv4Verifier {
 public:
  explicit Sigv4Verifier(Sigv4VerifierOptions options = {}) : options_(options) {}

  // Checks time, body hash and signature against the secret, then that it is no replay; empty when
  // all is well. `now_ms`: milliseconds since the Unix epoch.
  //
  // Replays. A signature counts whole seconds, so a client that makes the same call twice within
  // one second, or tries one again because the answer got lost, sends the same signature twice.
  // What AWS's clients tell calls and attempts apart by (amz-sdk-invocation-id, amz-sdk-request)
  // they do not sign, so anybody could write another there: it proves nothing. Therefore, of a
  // signature that was accepted before:
  //  - a read is accepted again for `repeat_ms` after the first, and refused afterwards;
  //  - a change is always refused. Within `repeat_ms`, when it says that it is another call or
  //    attempt, with ThrottlingException: AWS's clients take that for a reason to try again, and
  //    sign again for it, so that theirs gets in and a replayed one never does;
  //  - a presigned read may be used until it expires, which is what it is made for; a presigned
  //    change only once, and no later than any other request, whatever it says of its expiry.
  // Signatures are remembered until they would be refused for their age. When there is no room, the
  // oldest read is forgotten, but a change is refused (ThrottlingException).
  // Signatures are not kept over a restart: the skew bounds what could be replayed then.
  std::optional<Sigv4Refusal> Check(const Sigv4Call& call, const Sigv4Claim& claim,
                                    std::string_view secret_access_key, Sigv4Use use,
                                    int64_t now_ms);

 private:
  struct Seen {
    int64_t first_ms = 0;
    std::string attempt;  // invocation id and attempt of the first
  };
  struct Memory {
    std::unordered_map<std::string, Seen> seen;
    // Until when each signature has to be remembered.
    std::multimap<int64_t, std::string> until;
  };
  std::optional<Sigv4Refusal> CheckReplay(const Sigv4Call& call, const Sigv4Claim& claim,
                                          Sigv4Use use, int64_t now_ms);
  static void Forget(Memory* memory, int64_t now_ms);

  const Sigv4VerifierOptions options_;
  std::mutex mutex_;
  Memory changes_;  // guarded by mutex_
  Memory reads_;    // guarded by mutex_
};

}  // namespace assay
