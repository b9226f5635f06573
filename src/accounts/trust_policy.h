// Reads the trust policy of a handshake role: does it let this master in, and only with the
// external id (A2)? Some clouds assume any role for anybody; for them this is the check.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace assay {

enum class TrustVerdict {
  kTrusted,
  kWrongExternalId,  // the condition names another one
  kNotTrusted,       // no statement lets the master account assume the role
  kUnreadable,       // no policy document
};

// `policy` is JSON. Principals that count as the master: its account ID, its root and its users and
// roles, Macie's service name, "*". A statement without a condition on sts:ExternalId trusts with
// any. Deny statements and other conditions are left to the cloud itself.
TrustVerdict CheckHandshakeTrust(std::string_view policy, const std::string& master_account_id);

// Whether two JSON documents say the same, whatever their order of members and white space.
bool SameJson(std::string_view a, std::string_view b);

}  // namespace assay
