#include "jobs/event_queues.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <thread>
#include <utility>

#include "aws/sqs.h"
#include "jobs/now_ms.h"
#include "jobs/s3_event.h"

namespace assay {
namespace {

constexpr uint32_t kWaitSeconds = 20;
constexpr uint32_t kMaxMessages = 10;
constexpr std::chrono::seconds kConnectTimeout{5};
// Longer than a long poll, on which nothing moves.
constexpr std::chrono::seconds kStallTimeout{40};
constexpr int64_t kMaxPauseMs = 60'000;

}  // namespace

std::string RegionOfQueueUrl(const std::string& url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string::npos) return "";
  const std::string host = url.substr(scheme + 3, url.find_first_of(":/", scheme + 3) - scheme - 3);
  const size_t dot = host.find('.');
  if (dot == std::string::npos) return "";
  const size_t second = host.find('.', dot + 1);
  if (second == std::string::npos) return "";
  if (host.substr(0, dot) == "sqs") return host.substr(dot + 1, second - dot - 1);
  if (host.substr(dot + 1, second - dot - 1) == "queue") return host.substr(0, dot);
  return "";
}

// One queue and its thread.
class EventQueues::Reader {
 public:
  Reader(AccountAccess* access, const Sink& sink, std::string url,
         std::vector<QueueAccount> accounts)
      : access_(access),
        sink_(sink),
        url_(std::move(url)),
        accounts_(std::move(accounts)),
        thread_([this] { Run(); }) {}
  ~Reader() { Join(); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void Stop() {
    stop_ = true;
    const std::lock_guard lock(mutex_);
    wake_.notify_all();
  }
  void Join() {
    Stop();
    if (thread_.joinable()) thread_.join();
  }
  const std::vector<QueueAccount>& accounts() const { return accounts_; }
  EventQueueStatus status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  void Run() {
    uint32_t failures = 0;
    while (!stop_) {
      const Status status = ReadOnce();
      if (stop_) return;
      if (status.ok()) {
        failures = 0;
        continue;
      }
      NoteError("the event queue " + url_ + " cannot be read: " + status.message());
      Pause(std::min(int64_t{1000} << std::min(failures++, 10U), kMaxPauseMs));
    }
  }

  Status ReadOnce() {
    // Made anew for each round, so that changed settings and credentials are followed.
    ASSAY_ASSIGN_OR_RETURN(AwsServiceContext context, Context());
    const SqsClient sqs(std::move(context));
    SqsReceiveOptions options;
    options.max_messages = kMaxMessages;
    options.wait_seconds = kWaitSeconds;
    ASSAY_ASSIGN_OR_RETURN(const std::vector<SqsMessage> messages,
                           sqs.ReceiveMessage(url_, options));
    // It answers: what kept it from being read is over. The reason of a refusal stays until there
    // is a message that is taken.
    if (read_failed_) NoteError("");
    if (messages.empty()) return Status::Ok();
    ASSAY_RETURN_IF_ERROR(TakeOver(messages));
    // What cannot be deleted comes again, and does no harm.
    return sqs.DeleteMessageBatch(url_, messages).status();
  }

  // The account whose credentials read the queue: its owner, where the URL names one of ours.
  const QueueAccount& Owner() const {
    const auto owner =
        std::find_if(accounts_.begin(), accounts_.end(), [&](const QueueAccount& account) {
          return url_.find('/' + account.account_id + '/') != std::string::npos;
        });
    return owner == accounts_.end() ? accounts_.front() : *owner;
  }

  Result<AwsServiceContext> Context() {
    const QueueAccount& owner = Owner();
    const std::string region = RegionOfQueueUrl(url_);
    ASSAY_ASSIGN_OR_RETURN(AwsServiceContext context,
                           access_->ServiceContext(owner.account_id, "sqs",
                                                   region.empty() ? access_->home_region() : region,
                                                   owner.service_role_arn));
    const std::string ca_bundle = access_->ConnectionOf(owner.account_id).ca_bundle;
    if (http_ == nullptr || http_->options().ca_bundle != ca_bundle) {
      HttpClientOptions http;
      http.ca_bundle = ca_bundle;
      http.connect_timeout = kConnectTimeout;
      http.stall_timeout = kStallTimeout;
      http.cancel = &stop_;  // a long poll ends with its reader
      http_ = std::make_shared<HttpClient>(std::move(http));
    }
    context.http = http_;
    context.max_attempts = 1;  // the pauses between attempts are ours
    return context;
  }

  Status TakeOver(const std::vector<SqsMessage>& messages) {
    std::vector<EventRow> all;
    std::vector<std::vector<EventRow>> by_message;
    uint64_t refused = 0;
    std::string why;
    for (const SqsMessage& message : messages) {
      Result<std::vector<EventRow>> events = EventsOf(message);
      if (!events.ok()) {
        ++refused;
        why = events.status().message();
        continue;
      }
      all.insert(all.end(), events->begin(), events->end());
      by_message.push_back(*std::move(events));
    }
    Status status = sink_(all);
    if (status.code() == StatusCode::kInvalidArgument) {
      // One of them spoils the rest: each by itself.
      status = Status::Ok();
      for (const std::vector<EventRow>& events : by_message) {
        const Status one = sink_(events);
        if (one.code() == StatusCode::kInvalidArgument) {
          ++refused;
          why = one.message();
        } else if (!one.ok()) {
          status = one;
        }
      }
    }
    ASSAY_RETURN_IF_ERROR(status);
    const std::lock_guard lock(mutex_);
    status_.messages += messages.size() - refused;
    status_.refused += refused;
    status_.last_error =
        refused == 0 ? "" : "a message of the event queue " + url_ + " was refused: " + why;
    return Status::Ok();
  }

  Result<std::vector<EventRow>> EventsOf(const SqsMessage& message) const {
    ASSAY_ASSIGN_OR_RETURN(std::vector<EventRow> events,
                           ParseS3Events(message.body, accounts_.front().account_id, NowMs()));
    const size_t count = events.size();
    for (size_t a = 1; a < accounts_.size(); ++a) {
      for (size_t i = 0; i < count; ++i) {
        events.push_back(events[i]);
        events.back().account_id = accounts_[a].account_id;
      }
    }
    return events;
  }

  void NoteError(std::string message) {
    const std::lock_guard lock(mutex_);
    read_failed_ = !message.empty();
    status_.last_error = std::move(message);
  }

  void Pause(int64_t milliseconds) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::chrono::milliseconds(milliseconds), [this] { return stop_.load(); });
  }

  AccountAccess* const access_;
  const Sink& sink_;
  const std::string url_;
  const std::vector<QueueAccount> accounts_;
  std::atomic<bool> stop_{false};
  std::shared_ptr<HttpClient> http_;  // of the thread alone
  bool read_failed_ = false;          // likewise
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  EventQueueStatus status_;  // guarded by mutex_
  std::thread thread_;       // last: it uses the members above
};

EventQueues::EventQueues(AccountAccess* access, Sink sink)
    : access_(access), sink_(std::move(sink)) {}

EventQueues::~EventQueues() {
  Stop();
  readers_.clear();
}

void EventQueues::Follow(const std::map<std::string, std::vector<QueueAccount>>& queues) {
  std::vector<std::unique_ptr<Reader>> ended;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    for (auto reader = readers_.begin(); reader != readers_.end();) {
      const auto wanted = queues.find(reader->first);
      if (wanted != queues.end() && wanted->second == reader->second->accounts()) {
        ++reader;
        continue;
      }
      reader->second->Stop();
      ended.push_back(std::move(reader->second));
      reader = readers_.erase(reader);
    }
  }
  // Joined without the lock: the last thing a reader does may take a second.
  EventQueueStatus sums;
  for (const std::unique_ptr<Reader>& reader : ended) {
    reader->Join();
    const EventQueueStatus last = reader->status();
    sums.messages += last.messages;
    sums.refused += last.refused;
  }
  const std::lock_guard lock(mutex_);
  ended_.messages += sums.messages;
  ended_.refused += sums.refused;
  if (stopped_) return;
  for (const auto& [url, accounts] : queues) {
    if (accounts.empty() || readers_.contains(url)) continue;
    readers_.emplace(url, std::make_unique<Reader>(access_, sink_, url, accounts));
  }
}

void EventQueues::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (const auto& [url, reader] : readers_) reader->Stop();
}

EventQueueStatus EventQueues::Snapshot() const {
  const std::lock_guard lock(mutex_);
  EventQueueStatus sum = ended_;
  for (const auto& [url, reader] : readers_) {
    const EventQueueStatus one = reader->status();
    sum.messages += one.messages;
    sum.refused += one.refused;
    if (sum.last_error.empty()) sum.last_error = one.last_error;
  }
  return sum;
}

}  // namespace assay
