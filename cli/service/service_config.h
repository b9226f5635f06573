// ServiceConfig: the settings of `assay serve`: one TOML file, every scalar overridable by an
// environment variable and by a flag, in that order of strength.
//
// Thread rule: values; immutable after loading.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account_access.h"
#include "base/status.h"

namespace assay {

struct ServiceConfig {
  std::string directory;  // the data directory, absolute

  std::string master_account;  // 12 digits; "" = not set up yet
  std::string region = "us-east-1";
  std::vector<std::string> regions;  // "" = the home region alone
  bool enable_on_first_start = true;

  std::string listen_host = "127.0.0.1";
  uint16_t listen_port = 8765;
  std::string tls_certificate;  // PEM files; both or none
  std::string tls_key;
  std::string events_token;  // of the webhook; "" = no webhook
  int64_t session_idle_ms = 1'800'000;

  std::string store_url;  // "" = SQLite in the directory

  // "" = this process does everything itself; else it is one of a fleet (docs/scale-out.md).
  std::string queue_url;
  std::string queue_credentials;
  std::string queue_tls_ca;
  std::string queue_tls_certificate;  // both or none
  std::string queue_tls_key;
  std::string queue_prefix = "assay";
  uint32_t queue_replicas = 1;
  uint32_t queue_depth = 0;  // pages handed out at most; 0 = as the workers have room
  uint32_t queue_max_attempts = 5;
  int64_t queue_ack_wait_ms = 30'000;
  int64_t queue_lease_ms = 15'000;

  uint32_t worker_units = 0;
  std::string worker_host = "127.0.0.1";
  uint16_t worker_port = 8766;
  std::string worker_tls_certificate;  // both or none; not those of the API, whose files it lacks
  std::string worker_tls_key;

  uint32_t jobs = 0;  // 0 = one per core; of a worker, as memory allows
  uint64_t max_object_bytes = uint64_t{20} << 20;
  int64_t object_timeout_ms = 120'000;
  int64_t comparison_interval_ms = 60'000;
  bool object_acls = true;
  uint32_t retention_months = 1;  // 1-12 (R6)
  int64_t default_quota_bytes = int64_t{3} << 40;
  int64_t drain_ms = 20'000;

  int64_t price_per_gb_hundredth_cents = 50'000;
  int64_t snapshot_max_age_ms = int64_t{48} * 3600 * 1000;

  AccountConnection aws_defaults;  // [aws]: for accounts without an [[account]] of their own
  std::vector<AccountConnection> accounts;

  std::string DatabaseUrl() const;
  // "https://127.0.0.1:8765"; a wildcard address is reached at the loopback.
  std::string BaseUrl() const;
  bool is_fleet() const { return !queue_url.empty(); }
};

// One scalar setting, under all of its names.
struct ServiceSetting {
  std::string_view key;          // "api.listen" in the file: [api] listen = ...
  std::string_view flag;         // "--listen"
  std::string_view environment;  // "ASSAY_LISTEN"
  std::string_view value_name;   // "HOST:PORT"
  std::string_view default_text;
  std::string_view help;
  bool reloadable;  // SIGHUP applies a change; the others need a new start
  Status (*apply)(std::string_view text, ServiceConfig* config);
};
const std::vector<ServiceSetting>& ServiceSettings();

// A mistake in the file, where a person can find it.
struct ConfigMistake {
  uint32_t line = 0;  // from 1; 0 = not in the file
  std::string message;
};

struct LoadedConfig {
  ServiceConfig config;
  std::vector<ConfigMistake> mistakes;  // when not empty, config must not be used
  // What the file names and is not there now. The service starts nevertheless: a disk that is
  // mounted later is found then.
  std::vector<ConfigMistake> missing;
  bool file_found = false;
};

// Reads DIRECTORY/assay.toml (a missing file is an empty one), then the environment, then `flags`
// (setting key -> text). All mistakes are collected; unknown keys are mistakes with the nearest
// known one named.
LoadedConfig LoadServiceConfig(
    const std::string& directory,
    const std::function<std::optional<std::string>(const std::string&)>& environment,
    const std::map<std::string, std::string>& flags);

// All mistakes as lines "assay.toml:12: ...".
std::string FormatMistakes(const std::vector<ConfigMistake>& mistakes);

// What a new assay.toml looks like: every setting with its default, commented, and what was given.
std::string RenderNewConfig(const ServiceConfig& config);

// --dir, else ASSAY_DIR, else $XDG_DATA_HOME/assay (~/.local/share/assay), /var/lib/assay for root.
std::string ServiceDirectory(const std::string& from_flag);

// "90s", "5m", "48h", "2d" -> milliseconds.
Result<int64_t> ParseDuration(std::string_view text);

}  // namespace assay
