#include "queue/nats_connection.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

namespace assay {
namespace {

using OptionsPtr = NatsPtr<natsOptions, natsOptions_Destroy>;

constexpr int64_t kConnectMs = 2000;
constexpr int64_t kRequestMs = 5000;
constexpr int64_t kFirstPauseMs = 100;
constexpr int64_t kLongestPauseMs = 5000;
constexpr std::chrono::milliseconds kLookEvery{100};  // how soon a loss is noticed

// Between two attempts to connect, with jitter: a whole fleet comes back after an outage.
std::chrono::milliseconds ReconnectPause(int attempts) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const int64_t longest =
      std::min(kLongestPauseMs, kFirstPauseMs << std::clamp(attempts - 1, 0, 10));
  return std::chrono::milliseconds(
      std::uniform_int_distribution<int64_t>(longest / 2, longest)(random));
}

// libnats writes asynchronous errors to stderr unless told otherwise; those that matter come back
// from the call that they befall.
void IgnoreError(natsConnection*, natsSubscription*, natsStatus, void*) {}

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
  apply(natsOptions_SetAllowReconnect(options, false));
  apply(natsOptions_SetPingInterval(options, 5000));
  apply(natsOptions_SetMaxPingsOut(options, 2));
  apply(natsOptions_SetErrorHandler(options, IgnoreError, nullptr));
  return status;
}

Result<OptionsPtr> MakeOptions(const QueueOptions& given) {
  const std::vector<std::string> urls = SplitUrls(given.url);
  if (urls.empty()) return InvalidArgument("the queue has no URL");
  ASSAY_RETURN_IF_ERROR(RequireFile(given.credentials_file, "the credentials file of the queue"));
  ASSAY_RETURN_IF_ERROR(RequireFile(given.tls_ca, "the CA certificate of the queue"));
  ASSAY_RETURN_IF_ERROR(RequireFile(given.tls_certificate, "the certificate for the queue"));
  ASSAY_RETURN_IF_ERROR(RequireFile(given.tls_key, "the key for the queue"));
  natsOptions* raw = nullptr;
  natsStatus status = natsOptions_Create(&raw);
  OptionsPtr options(raw);
  if (status == NATS_OK) status = ApplyServers(raw, urls);
  // The message must not repeat the URL: it may hold a password.
  if (status != NATS_OK) return InvalidArgument("the URL of the queue is none: nats://HOST:4222");
  const bool tls = !given.tls_ca.empty() || urls.front().starts_with("tls://");
  status = ApplyAccess(raw, given, tls);
  if (status == NATS_OK) status = ApplyRest(raw, given);
  if (status == NATS_OK) return options;
  return InvalidArgument(std::string("the TLS files or credentials of the queue: ") +
                         natsStatus_GetText(status));
}

// What libnats says of the last failure of this thread, without the place in libnats. It names
// files and certificates, no URL.
std::string LastErrorText() {
  natsStatus status = NATS_OK;
  const char* text = nats_GetLastError(&status);
  const std::string_view all = text == nullptr ? "" : text;
  constexpr std::string_view kBefore = "): ";
  const size_t at = all.find(kBefore);
  return std::string(at == std::string_view::npos ? all : all.substr(at + kBefore.size()));
}

Status TlsError(const std::string& reason) {
  // An alert is what the other side says of us.
  if (reason.find("alert") != std::string::npos) {
    return Unavailable("the queue (NATS) refuses our certificate: " + reason +
                       ": look at queue.tls_certificate; trying again");
  }
  return Unavailable("the certificate of the queue (NATS) is not trusted: " + reason +
                     ": look at queue.tls_ca, and whether it is for the host in queue.url; trying "
                     "again");
}

// Why no connection could be made, and what to look at. By the thread that tried.
Status ConnectError(natsStatus status) {
  switch (status) {
    case NATS_CONNECTION_AUTH_FAILED:
    case NATS_NOT_PERMITTED:
      return PermissionDenied(
          "the queue (NATS) refuses the authentication: look at user and password in queue.url, or "
          "at queue.credentials; trying again");
    case NATS_ERR:
      return PermissionDenied("the queue (NATS): " + LastErrorText() +
                              ": look at queue.credentials; trying again");
    case NATS_SSL_ERROR:
      return TlsError(LastErrorText());
    case NATS_SECURE_CONNECTION_WANTED:
      return Unavailable(
          "the queue (NATS) offers no TLS, which queue.url or queue.tls_ca asks for; trying again");
    case NATS_PROTOCOL_ERROR:
    case NATS_CONNECTION_CLOSED:
      return Unavailable(
          "the queue (NATS) ended the connection at once: it may have too many, or trust no other "
          "client than with a certificate (queue.tls_certificate); trying again");
    default:
      return Unavailable(std::string("the queue (NATS) cannot be reached: ") +
                         natsStatus_GetText(status) +
                         ": look whether it runs, and at the host in queue.url; trying again");
  }
}

}  // namespace

Status NatsError(natsStatus status, std::string_view what) {
  const std::string reason =
      status == NATS_ERR ? LastErrorText() : std::string(natsStatus_GetText(status));
  std::string text = "the queue (NATS): " + std::string(what) + ": " + reason;
  if (status == NATS_CONNECTION_AUTH_FAILED || status == NATS_NOT_PERMITTED) {
    return PermissionDenied(text);
  }
  if (status == NATS_TIMEOUT || status == NATS_NO_RESPONDERS || status == NATS_ERR) {
    text += ": is JetStream on, and do most servers of the cluster run?";
  }
  return Unavailable(text);
}

NatsLink::~NatsLink() {
  jsCtx_Destroy(jet_stream_);
  natsConnection_Close(connection_);
  for (natsSubscription* subscription : kept_) natsSubscription_Destroy(subscription);
  natsConnection_Destroy(connection_);
}

natsStatus NatsLink::OpenJetStream() {
  jsOptions js;
  jsOptions_Init(&js);
  js.Wait = kRequestMs;
  return natsConnection_JetStream(&jet_stream_, connection_, &js);
}

bool NatsLink::connected() const {
  return natsConnection_Status(connection_) == NATS_CONN_STATUS_CONNECTED;
}

void NatsLink::KeepUntilClosed(natsSubscription* subscription) {
  const std::lock_guard lock(mutex_);
  kept_.push_back(subscription);
}

Result<std::shared_ptr<NatsConnection>> NatsConnection::Open(const QueueOptions& given) {
  std::shared_ptr<NatsConnection> made(new NatsConnection(given));
  Status status = made->Connect();
  if (status.code() == StatusCode::kInvalidArgument) return status;
  made->thread_ = std::thread([raw = made.get()] { raw->Loop(); });
  return made;
}

NatsConnection::~NatsConnection() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stop_wanted_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

Result<std::shared_ptr<NatsLink>> NatsConnection::Link() const {
  const std::lock_guard lock(mutex_);
  if (link_ != nullptr && link_->connected()) return link_;
  return problem_.ok() ? Unavailable("the connection to the queue (NATS) was lost; trying again")
                       : problem_;
}

void NatsConnection::Publish(const std::string& subject, const std::string& text) {
  const Result<std::shared_ptr<NatsLink>> link = Link();
  if (link.ok()) natsConnection_PublishString((*link)->handle(), subject.c_str(), text.c_str());
}

Status NatsConnection::Connect() {
  std::shared_ptr<NatsLink> link;
  const auto connect = [&]() -> Status {
    ASSAY_ASSIGN_OR_RETURN(const OptionsPtr options, MakeOptions(options_));
    natsConnection* raw = nullptr;
    natsStatus status = natsConnection_Connect(&raw, options.get());
    if (status != NATS_OK) return ConnectError(status);
    link = std::make_shared<NatsLink>(raw);
    status = link->OpenJetStream();
    return status == NATS_OK ? Status::Ok() : NatsError(status, "JetStream");
  };
  const Status status = connect();
  const std::lock_guard lock(mutex_);
  problem_ = status;
  if (status.ok()) link_.swap(link);  // the old one is closed without the lock
  return status;
}

// One that was lost soon after it was made counts as one that failed.
void NatsConnection::Loop() {
  using Clock = std::chrono::steady_clock;
  int attempts = 0;
  Clock::time_point made = Clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (link_ != nullptr && link_->connected()) {
      if (Clock::now() - made > std::chrono::milliseconds(kLongestPauseMs)) attempts = 0;
      stop_wanted_.wait_for(lock, kLookEvery, [this] { return stopping_; });
      continue;
    }
    stop_wanted_.wait_for(lock, ReconnectPause(++attempts), [this] { return stopping_; });
    if (stopping_) return;
    lock.unlock();
    if (Connect().ok()) made = Clock::now();
    lock.lock();
  }
}

}  // namespace assay
