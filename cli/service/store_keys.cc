#include "cli/service/store_keys.h"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "aws/shared_config.h"
#include "cli/exit_code.h"
#include "cli/service/data_directory.h"
#include "cli/service/key_check.h"
#include "cli/service/service_config.h"
#include "store/access_rows.h"

namespace assay {
namespace {

std::string SecretName(const std::string& account_id) { return "account/" + account_id + "/keys"; }

// Stops the terminal from showing what is typed.
class NoEcho {
 public:
  NoEcho() {
    active_ = isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!active_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~NoEcho() {
    if (!active_) return;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::fputs("\n", stderr);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
  bool active_ = false;
};

std::string Ask(const char* what) {
  if (isatty(STDIN_FILENO) != 0) std::fprintf(stderr, "%s: ", what);
  std::string line;
  std::getline(std::cin, line);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  return line;
}

Status SealTyped(const std::string& directory_flag, const std::string& account_id) {
  const std::string path = ServiceDirectory(directory_flag);
  ASSAY_ASSIGN_OR_RETURN(const DataDirectory directory, DataDirectory::Open(path));
  const LoadedConfig loaded = LoadServiceConfig(path, ProcessEnvironment(), {});
  if (!loaded.mistakes.empty()) return InvalidArgument(FormatMistakes(loaded.mistakes));
  AwsCredentials keys;
  keys.access_key_id = Ask("Access key ID");
  {
    const NoEcho quiet;
    keys.secret_access_key = Ask("Secret access key");
  }
  if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
    return InvalidArgument("two lines are needed: the access key ID and the secret access key");
  }
  ASSAY_ASSIGN_OR_RETURN(const std::unique_ptr<Database> database,
                         Database::Open({.url = loaded.config.DatabaseUrl()}));
  ASSAY_RETURN_IF_ERROR(CheckSealingKey(database.get(), directory.key(), path));
  return PutStoreKeys(database.get(), directory.key(), account_id, keys);
}

}  // namespace

Status PutStoreKeys(Database* database, const SealingKey& key, const std::string& account_id,
                    const AwsCredentials& keys) {
  const std::string name = SecretName(account_id);
  const std::string plain = keys.access_key_id + "\n" + keys.secret_access_key;
  return database->Write(
      [&](Transaction& tx) { return PutSealedSecret(tx, name, SealSecret(key, name, plain)); });
}

Result<std::optional<AwsCredentials>> GetStoreKeys(Database* database, const SealingKey& key,
                                                   const std::string& account_id) {
  const std::string name = SecretName(account_id);
  std::optional<std::string> sealed;
  const Status status = database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(sealed, GetSealedSecret(tx, name));
    return Status::Ok();
  });
  if (!status.ok()) return status;
  if (!sealed) return std::optional<AwsCredentials>();
  ASSAY_ASSIGN_OR_RETURN(const std::string plain, OpenSecret(key, name, *sealed));
  const size_t line = std::min(plain.find('\n'), plain.size());
  AwsCredentials keys;
  keys.access_key_id = plain.substr(0, line);
  keys.secret_access_key = plain.substr(std::min(line + 1, plain.size()));
  return std::optional<AwsCredentials>(keys);
}

int ReadAndSealStoreKeys(const std::string& directory_flag, const std::string& account_id) {
  const Status status = SealTyped(directory_flag, account_id);
  if (status.ok()) {
    std::printf(
        "The keys of account %s are sealed; every serve and worker uses them from its next start, "
        "or SIGHUP, on.\n",
        account_id.c_str());
    return kExitDone;
  }
  std::fprintf(stderr, "assay: %s\n", status.message().c_str());
  return kExitError;
}

}  // namespace assay
