#include "queue/nats_connection.h"

#include <unistd.h>

#include <algorithm>
#include <random>
#include <vector>

namespace assay {
namespace {

using OptionsPtr = NatsPtr<natsOptions, natsOptions_Destroy>;

constexpr int64_t kConnectMs = 2000;
constexpr int64_t kRequestMs = 5000;
constexpr int64_t kFirstPauseMs = 100;
constexpr int64_t kLongestPauseMs = 5000;

// Between two attempts to connect, with jitter: a whole fleet comes back after an outage.
int64_t ReconnectPause(natsConnection*, int attempts, void*) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const int64_t longest =
      std::min(kLongestPauseMs, kFirstPauseMs << std::clamp(attempts - 1, 0, 10));
  return std::uniform_int_distribution<int64_t>(longest / 2, longest)(random);
}

// libnats writes asynchronous errors to stderr unless told otherwise; those that matter come back
// from the call that they befall.
void IgnoreError(natsConnection*, natsSubscription*, natsStatus, void*) {}
void OnConnected(natsConnection*, void*) {}

std::vector<std::string> SplitUrls(const std::string& text) {
  std::vector<std::string> urls;
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    if (comma > at) urls.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return urls;
}

Status RequireFile(const std::string& path, std::string_view what) {
  if (path.empty() || access(path.c_str(), R_OK) == 0) return Status::Ok();
  return InvalidArgument(std::string(what) + " " + path + " cannot be read");
}

natsStatus ApplyServers(natsOptions* options, const std::vector<std::string>& urls) {
  std::vector<const char*> pointers;
  pointers.reserve(urls.size());
  for (const std::string& url : urls) pointers.push_back(url.c_str());
  return natsOptions_SetServers(options, pointers.data(), static_cast<int>(pointers.size()));
}

natsStatus ApplyAccess(natsOptions* options, const QueueOptions& given, bool tls) {
  natsStatus status = NATS_OK;
  if (!given.credentials_file.empty()) {
    status =
        natsOptions_SetUserCredentialsFromFiles(options, given.credentials_file.c_str(), nullptr);
  }
  if (status == NATS_OK && tls) status = natsOptions_SetSecure(options, true);
  if (status == NATS_OK && !given.tls_ca.empty()) {
    status = natsOptions_LoadCATrustedCertificates(options, given.tls_ca.c_str());
  }
  if (status == NATS_OK && !given.tls_certificate.empty()) {
    status = natsOptions_LoadCertificatesChain(options, given.tls_certificate.c_str(),
                                               given.tls_key.c_str());
  }
  return status;
}

natsStatus ApplyRest(natsOptions* options, const QueueOptions& given) {
  natsStatus status = NATS_OK;
  const auto apply = [&status](natsStatus next) {
    if (status == NATS_OK) status = next;
  };
  apply(natsOptions_SetName(options, given.client_name.c_str()));
  apply(natsOptions_SetTimeout(options, kConnectMs));
  apply(natsOptions_SetMaxReconnect(options, -1));
  apply(natsOptions_SetCustomReconnectDelay(options, ReconnectPause, nullptr));
  apply(natsOptions_SetRetryOnFailedConnect(options, true, OnConnected, nullptr));
  // A request must not wait for a connection that may never come back.
  apply(natsOptions_SetFailRequestsOnDisconnect(options, true));
  apply(natsOptions_SetPingInterval(options, 5000));
  apply(natsOptions_SetMaxPingsOut(options, 2));
  apply(natsOptions_SetErrorHandler(options, IgnoreError, nullptr));
  return status;
}

}  // namespace

Status NatsError(natsStatus status, std::string_view what) {
  std::string text = "the queue (NATS): " + std::string(what) + ": " + natsStatus_GetText(status);
  if (status == NATS_CONNECTION_AUTH_FAILED || status == NATS_NOT_PERMITTED) {
    return PermissionDenied(text);
  }
  return Unavailable(text);
}

Result<std::shared_ptr<NatsConnection>> NatsConnection::Open(const QueueOptions& given) {
  const std::vector<std::string> urls = SplitUrls(given.url);
  if (urls.empty()) return InvalidArgument("the queue has no URL");
  ASSAY_RETURN_IF_ERROR(RequireFile(given.credentials_file, "the credentials file of the queue"));
  ASSAY_RETURN_IF_ERROR(RequireFile(given.tls_ca, "the CA certificate of the queue"));
  ASSAY_RETURN_IF_ERROR(RequireFile(given.tls_certificate, "the certificate for the queue"));
  ASSAY_RETURN_IF_ERROR(RequireFile(given.tls_key, "the key for the queue"));
  natsOptions* raw = nullptr;
  natsStatus status = natsOptions_Create(&raw);
  const OptionsPtr options(raw);
  if (status == NATS_OK) status = ApplyServers(raw, urls);
  // The message must not repeat the URL: it may hold a password.
  if (status != NATS_OK) return InvalidArgument("the URL of the queue is none: nats://HOST:4222");
  const bool tls = !given.tls_ca.empty() || urls.front().starts_with("tls://");
  status = ApplyAccess(raw, given, tls);
  if (status == NATS_OK) status = ApplyRest(raw, given);
  if (status != NATS_OK) {
    return InvalidArgument(std::string("the TLS files or credentials of the queue: ") +
                           natsStatus_GetText(status));
  }
  std::shared_ptr<NatsConnection> made(new NatsConnection());
  status = natsConnection_Connect(&made->connection_, raw);
  if (status != NATS_OK && status != NATS_NOT_YET_CONNECTED) return NatsError(status, "connecting");
  jsOptions js;
  jsOptions_Init(&js);
  js.Wait = kRequestMs;
  status = natsConnection_JetStream(&made->jet_stream_, made->connection_, &js);
  if (status != NATS_OK) return NatsError(status, "JetStream");
  return made;
}

NatsConnection::~NatsConnection() {
  jsCtx_Destroy(jet_stream_);
  if (connection_ != nullptr) natsConnection_Close(connection_);
  for (natsSubscription* subscription : kept_) natsSubscription_Destroy(subscription);
  natsConnection_Destroy(connection_);
}

void NatsConnection::KeepUntilClosed(natsSubscription* subscription) {
  const std::lock_guard lock(mutex_);
  kept_.push_back(subscription);
}

bool NatsConnection::connected() const {
  return natsConnection_Status(connection_) == NATS_CONN_STATUS_CONNECTED;
}

}  // namespace assay
