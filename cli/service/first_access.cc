#include "cli/service/first_access.h"

#include <fmt/format.h>

#include "aws/aws_time.h"
#include "base/password.h"
#include "base/random_bytes.h"
#include "store/access_rows.h"

namespace assay {
namespace {

constexpr std::string_view kUpperDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kLettersDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
// Without those that are mistaken for each other.
constexpr std::string_view kReadable = "abcdefghjkmnpqrstuvwxyz23456789";
constexpr std::string_view kFirstUser = "admin";

}  // namespace

Result<FirstAccess> MakeFirstAccess(Database* database, const SealingKey& key,
                                    const std::string& master_account_id) {
  FirstAccess access;
  access.access_key_id = "AKIA" + RandomText(16, kUpperDigits);  // as long as the clients expect
  access.secret_access_key = RandomText(40, kLettersDigits);
  access.console_user = kFirstUser;
  access.console_password = RandomText(20, kReadable);
  const int64_t now = NowMs();

  ApiCredentialRow credential;
  credential.access_key_id = access.access_key_id;
  credential.sealed_secret =
      SealSecret(key, ApiCredentialSecretName(access.access_key_id), access.secret_access_key);
  credential.user_name = kFirstUser;
  credential.account_id = master_account_id;
  credential.created_at_ms = now;

  ConsoleUserRow user;
  user.user_name = access.console_user;
  user.password_hash = HashPassword(access.console_password);
  user.created_at_ms = now;

  const Status status = database->Write([&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(PutApiCredential(tx, credential));
    return PutConsoleUser(tx, user);
  });
  if (!status.ok()) return status;
  return access;
}

std::string FormatFirstAccess(const FirstAccess& access) {
  return fmt::format(
      "Shown this once:\n"
      "  export AWS_ACCESS_KEY_ID={}\n"
      "  export AWS_SECRET_ACCESS_KEY={}\n"
      "  console user {}, password {}\n",
      access.access_key_id, access.secret_access_key, access.console_user, access.console_password);
}

}  // namespace assay
