// The table of scalar settings: names, help and how a text becomes a value.
#include <charconv>
#include <string>
#include <utility>

#include "accounts/account_service.h"
#include "cli/byte_size.h"
#include "cli/service/service_config.h"

namespace assay {
namespace {

Result<int64_t> ParseWhole(std::string_view text, int64_t least, int64_t most) {
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || number < least ||
      number > most) {
    return InvalidArgument("'" + std::string(text) + "' is not a whole number from " +
                           std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

Status SetAccount(std::string_view text, ServiceConfig* config) {
  if (text.empty()) return Status::Ok();
  if (text.size() != 12 || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return InvalidArgument("'" + std::string(text) + "' is not an account ID: 12 digits are one");
  }
  config->master_account = text;
  return Status::Ok();
}

Status CheckRegion(std::string_view region) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
  if (!region.empty() && region.size() <= 64 &&
      region.find_first_not_of(kAllowed) == std::string_view::npos) {
    return Status::Ok();
  }
  return InvalidArgument("'" + std::string(region) +
                         "' is not a region name: lower-case letters, digits and '-'");
}

Status SetRegion(std::string_view text, ServiceConfig* config) {
  config->region = text;
  return CheckRegion(text);
}

Status SetRegions(std::string_view text, ServiceConfig* config) {
  config->regions.clear();
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string_view one = text.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    ASSAY_RETURN_IF_ERROR(CheckRegion(one));
    config->regions.emplace_back(one);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return Status::Ok();
}

template <bool ServiceConfig::*kMember>
Status SetFlag(std::string_view text, ServiceConfig* config) {
  if (text != "true" && text != "false") {
    return InvalidArgument("'" + std::string(text) + "' is neither true nor false");
  }
  config->*kMember = text == "true";
  return Status::Ok();
}

Result<std::pair<std::string, uint16_t>> ParseListen(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return InvalidArgument("'" + std::string(text) +
                           "' is not an address: write HOST:PORT, such as 127.0.0.1:8765 or "
                           "[::]:8765");
  }
  ASSAY_ASSIGN_OR_RETURN(const int64_t port, ParseWhole(text.substr(colon + 1), 0, 65535));
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return std::pair(std::string(host), static_cast<uint16_t>(port));
}

template <std::string ServiceConfig::*kHost, uint16_t ServiceConfig::*kPort>
Status SetListen(std::string_view text, ServiceConfig* config) {
  ASSAY_ASSIGN_OR_RETURN(auto listen, ParseListen(text));
  config->*kHost = std::move(listen.first);
  config->*kPort = listen.second;
  return Status::Ok();
}

template <std::string ServiceConfig::*kMember>
Status SetText(std::string_view text, ServiceConfig* config) {
  config->*kMember = text;
  return Status::Ok();
}

template <int64_t ServiceConfig::*kMember>
Status SetDuration(std::string_view text, ServiceConfig* config) {
  ASSAY_ASSIGN_OR_RETURN(config->*kMember, ParseDuration(text));
  return Status::Ok();
}

// C5: two days at most.
Status SetSnapshotMaxAge(std::string_view text, ServiceConfig* config) {
  constexpr int64_t kLongestMs = int64_t{48} * 3600 * 1000;
  ASSAY_ASSIGN_OR_RETURN(const int64_t age, ParseDuration(text));
  if (age < 1 || age > kLongestMs) {
    return InvalidArgument("'" + std::string(text) + "' is more than 48h, or nothing");
  }
  config->snapshot_max_age_ms = age;
  return Status::Ok();
}

Status SetStoreUrl(std::string_view text, ServiceConfig* config) {
  if (!text.empty() && !text.starts_with("sqlite:") && !text.starts_with("postgresql://") &&
      !text.starts_with("postgres://")) {
    return InvalidArgument("a store is sqlite:PATH or postgresql://USER@HOST/NAME");
  }
  config->store_url = text;
  return Status::Ok();
}

// The message must not repeat the URL: it may hold a password.
Status SetQueueUrl(std::string_view text, ServiceConfig* config) {
  const std::string_view all = text;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view one = text.substr(0, comma);
    if (!one.starts_with("nats://") && !one.starts_with("tls://")) {
      return InvalidArgument("a queue is nats://HOST:4222 or tls://HOST:4222, several with commas");
    }
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  config->queue_url = all;
  return Status::Ok();
}

Status SetQueuePrefix(std::string_view text, ServiceConfig* config) {
  config->queue_prefix = text;
  if (!text.empty() && text.size() <= 32 &&
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos) {
    return Status::Ok();
  }
  return InvalidArgument("lower-case letters, digits, '-' and '_', at most 32 of them");
}

template <uint32_t ServiceConfig::*kMember, int64_t kLeast, int64_t kMost>
Status SetWhole(std::string_view text, ServiceConfig* config) {
  ASSAY_ASSIGN_OR_RETURN(const int64_t number, ParseWhole(text, kLeast, kMost));
  config->*kMember = static_cast<uint32_t>(number);
  return Status::Ok();
}

template <int64_t ServiceConfig::*kMember>
Status SetPatience(std::string_view text, ServiceConfig* config) {
  ASSAY_ASSIGN_OR_RETURN(config->*kMember, ParseDuration(text));
  if (config->*kMember >= 1000 && config->*kMember <= 3'600'000) return Status::Ok();
  return InvalidArgument("'" + std::string(text) + "' is not from 1s to 1h");
}

Status SetJobs(std::string_view text, ServiceConfig* config) {
  ASSAY_ASSIGN_OR_RETURN(const int64_t jobs, ParseWhole(text, 0, 1024));
  config->jobs = static_cast<uint32_t>(jobs);
  return Status::Ok();
}

Status SetMaxObjectSize(std::string_view text, ServiceConfig* config) {
  ASSAY_ASSIGN_OR_RETURN(config->max_object_bytes, ParseByteSize(text));
  return Status::Ok();
}

Status SetRetention(std::string_view text, ServiceConfig* config) {
  ASSAY_ASSIGN_OR_RETURN(const int64_t months, ParseWhole(text, 1, 12));
  config->retention_months = static_cast<uint32_t>(months);
  return Status::Ok();
}

Status SetQuota(std::string_view text, ServiceConfig* config) {
  ASSAY_ASSIGN_OR_RETURN(const uint64_t bytes, ParseByteSize(text));
  config->default_quota_bytes = static_cast<int64_t>(bytes);
  return Status::Ok();
}

// "5", "5.00", "0.0125": dollars to hundredths of a cent, without floating point.
Status SetPrice(std::string_view text, ServiceConfig* config) {
  const Status bad = InvalidArgument("'" + std::string(text) +
                                     "' is not a price: dollars per GB with at most four decimals, "
                                     "such as 5.00");
  const size_t dot = std::min(text.find('.'), text.size());
  const std::string_view decimals = dot < text.size() ? text.substr(dot + 1) : "";
  const Result<int64_t> dollars = ParseWhole(text.substr(0, dot), 0, 1'000'000);
  if (!dollars.ok() || decimals.size() > 4) return bad;
  std::string padded(decimals);
  padded.resize(4, '0');
  const Result<int64_t> rest = ParseWhole(padded, 0, 9999);
  if (!rest.ok()) return bad;
  config->price_per_gb_hundredth_cents = *dollars * 10'000 + *rest;
  return Status::Ok();
}

}  // namespace

Result<int64_t> ParseDuration(std::string_view text) {
  const size_t unit_at = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view unit = text.substr(unit_at);
  const Result<int64_t> number = ParseWhole(text.substr(0, unit_at), 0, 1'000'000'000);
  const int64_t factor = unit == "ms"  ? 1
                         : unit == "s" ? 1000
                         : unit == "m" ? 60'000
                         : unit == "h" ? 3'600'000
                         : unit == "d" ? 86'400'000
                                       : 0;
  if (!number.ok() || factor == 0) {
    return InvalidArgument(
        "'" + std::string(text) +
        "' is not a duration: a number and ms, s, m, h or d, such as 60s or 48h");
  }
  return *number * factor;
}

const std::vector<ServiceSetting>& ServiceSettings() {
  using C = ServiceConfig;
  static const std::vector<ServiceSetting> kSettings = {
      {"master_account", "--master-account", "ASSAY_MASTER_ACCOUNT", "ID", "",
       "The account Macie is enabled with; only its users get in", false, SetAccount},
      {"region", "--region", "ASSAY_REGION", "REGION", "us-east-1",
       "Home region: of directories, and of stores that name none", false, SetRegion},
      {"regions", "--regions", "ASSAY_REGIONS", "REGION,...", "",
       "Regions whose buckets can be selected; the home region is always one", false, SetRegions},
      {"enable_on_first_start", "--enable-on-first-start", "ASSAY_ENABLE_ON_FIRST_START",
       "true|false", "true", "Enable at the first start instead of waiting to be asked", false,
       SetFlag<&C::enable_on_first_start>},
      {"api.listen", "--listen", "ASSAY_LISTEN", "HOST:PORT", "127.0.0.1:8765",
       "Where the API and the console answer; port 0 takes any free one", false,
       SetListen<&C::listen_host, &C::listen_port>},
      {"api.tls_certificate", "--tls-certificate", "ASSAY_TLS_CERTIFICATE", "FILE", "",
       "Certificate chain, PEM; with api.tls_key the port speaks TLS only", false,
       SetText<&C::tls_certificate>},
      {"api.tls_key", "--tls-key", "ASSAY_TLS_KEY", "FILE", "", "Private key, PEM", false,
       SetText<&C::tls_key>},
      {"api.events_token", "--events-token", "ASSAY_EVENTS_TOKEN", "TOKEN", "",
       "Shared token of the webhook for object events; no webhook without one", false,
       SetText<&C::events_token>},
      {"api.session_idle", "--session-idle", "ASSAY_SESSION_IDLE", "DURATION", "30m",
       "How long a session of the console lasts without a request", false,
       SetDuration<&C::session_idle_ms>},
      {"store.url", "--store", "ASSAY_STORE_URL", "URL", "",
       "sqlite:PATH or postgresql://USER@HOST/NAME; by default SQLite in the directory", false,
       SetStoreUrl},
      {"queue.url", "--queue", "ASSAY_QUEUE_URL", "URL", "",
       "nats://HOST:4222,...: work is done by assay worker processes; by default by this one",
       false, SetQueueUrl},
      {"queue.credentials", "--queue-credentials", "ASSAY_QUEUE_CREDENTIALS", "FILE", "",
       "NATS credentials (.creds); a user and password can stand in the URL", false,
       SetText<&C::queue_credentials>},
      {"queue.tls_ca", "--queue-tls-ca", "ASSAY_QUEUE_TLS_CA", "FILE", "",
       "Speak TLS with the queue; its certificate must come from this CA, PEM", false,
       SetText<&C::queue_tls_ca>},
      {"queue.tls_certificate", "--queue-tls-certificate", "ASSAY_QUEUE_TLS_CERTIFICATE", "FILE",
       "", "Certificate to show to the queue, PEM", false, SetText<&C::queue_tls_certificate>},
      {"queue.tls_key", "--queue-tls-key", "ASSAY_QUEUE_TLS_KEY", "FILE", "",
       "Its private key, PEM", false, SetText<&C::queue_tls_key>},
      {"queue.prefix", "--queue-prefix", "ASSAY_QUEUE_PREFIX", "NAME", "assay",
       "Of streams and subjects: several fleets can share one NATS", false, SetQueuePrefix},
      {"queue.replicas", "--queue-replicas", "ASSAY_QUEUE_REPLICAS", "1-5", "1",
       "Copies of the streams; 3 with a cluster of three", false,
       SetWhole<&C::queue_replicas, 1, 5>},
      {"queue.depth", "--queue-depth", "ASSAY_QUEUE_DEPTH", "N", "0",
       "Pages handed out at most; 0 = twice what the workers take at once", false,
       SetWhole<&C::queue_depth, 0, 100'000>},
      {"queue.max_attempts", "--queue-max-attempts", "ASSAY_QUEUE_MAX_ATTEMPTS", "N", "5",
       "Workers that may fail to finish a unit of work before it is given up", false,
       SetWhole<&C::queue_max_attempts, 1, 1000>},
      {"queue.ack_wait", "--queue-ack-wait", "ASSAY_QUEUE_ACK_WAIT", "DURATION", "30s",
       "After so long without a word of a worker its unit goes to another", false,
       SetPatience<&C::queue_ack_wait_ms>},
      {"queue.lease", "--queue-lease", "ASSAY_QUEUE_LEASE", "DURATION", "15s",
       "After so long without a word of the leader another serve leads", false,
       SetPatience<&C::queue_lease_ms>},
      {"worker.units", "--units", "ASSAY_WORKER_UNITS", "N", "0",
       "Units of work a worker has in hand at most; 0 = two more than it has classifiers, if there "
       "is the memory",
       false, SetWhole<&C::worker_units, 0, 256>},
      {"worker.listen", "--worker-listen", "ASSAY_WORKER_LISTEN", "HOST:PORT", "127.0.0.1:8766",
       "Where a worker answers /healthz and /metrics; port 0 takes any free one", false,
       SetListen<&C::worker_host, &C::worker_port>},
      {"worker.tls_certificate", "--worker-tls-certificate", "ASSAY_WORKER_TLS_CERTIFICATE", "FILE",
       "", "A worker's own certificate chain, PEM; with worker.tls_key that port speaks TLS only",
       false, SetText<&C::worker_tls_certificate>},
      {"worker.tls_key", "--worker-tls-key", "ASSAY_WORKER_TLS_KEY", "FILE", "",
       "Its private key, PEM", false, SetText<&C::worker_tls_key>},
      {"classification.jobs", "--jobs", "ASSAY_JOBS", "N", "0",
       "Classifier processes; 0 = one per core, of a worker as many as there is memory for", false,
       SetJobs},
      {"classification.max_object_size", "--max-object-size", "ASSAY_MAX_OBJECT_SIZE", "SIZE",
       "20MB", "How much of an object is read", false, SetMaxObjectSize},
      {"classification.object_timeout", "--object-timeout", "ASSAY_OBJECT_TIMEOUT", "DURATION",
       "120s", "How long one object may take", false, SetDuration<&C::object_timeout_ms>},
      {"classification.comparison_interval", "--comparison-interval", "ASSAY_COMPARISON_INTERVAL",
       "DURATION", "60s", "Between two comparisons of a bucket's listing with what is known", false,
       SetDuration<&C::comparison_interval_ms>},
      {"classification.object_acls", "--object-acls", "ASSAY_OBJECT_ACLS", "true|false", "true",
       "Read the ACL of each object in buckets that have ACLs: one request more for each", false,
       SetFlag<&C::object_acls>},
      {"classification.retention_months", "--retention-months", "ASSAY_RETENTION_MONTHS", "1-12",
       "1", "How long metadata of objects is kept that are no longer monitored", false,
       SetRetention},
      {"classification.default_quota", "--default-quota", "ASSAY_DEFAULT_QUOTA", "SIZE", "3TB",
       "How much is classified per account before it stops", false, SetQuota},
      {"classification.drain", "--drain", "ASSAY_DRAIN", "DURATION", "20s",
       "How long work in hand may take to end after SIGTERM", true, SetDuration<&C::drain_ms>},
      {"inventory.price_per_gb", "--price-per-gb", "ASSAY_PRICE_PER_GB", "DOLLARS", "5.00",
       "What an estimate multiplies Total processed with", false, SetPrice},
      {"inventory.snapshot_max_age", "--snapshot-max-age", "ASSAY_SNAPSHOT_MAX_AGE", "DURATION",
       "48h", "How old a snapshot of a selected bucket may become, 48h at most", false,
       SetSnapshotMaxAge},
  };
  return kSettings;
}

}  // namespace assay
