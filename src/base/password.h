// Passwords of people, kept only as a salted scrypt hash.
//
// Thread rule: free functions, callable by several threads at once. Each call costs about 32 MB of
// memory and 50 to 100 ms by design: guard them with a limit on sign-ins.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace assay {

// "scrypt$N$r$p$salt$hash", the last two in hex, with a new random salt.
std::string HashPassword(std::string_view password);
// Whether `hash` was made of this password. False for a hash that is none. Takes the same time for
// every wrong password.
bool VerifyPassword(std::string_view password, std::string_view hash);

}  // namespace assay
