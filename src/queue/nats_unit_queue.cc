#include "queue/nats_unit_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <mutex>
#include <set>
#include <utility>

#include "queue/nats_announcements.h"

namespace assay {
namespace {

using MessagePtr = NatsPtr<natsMsg, natsMsg_Destroy>;
using StreamInfoPtr = NatsPtr<jsStreamInfo, jsStreamInfo_Destroy>;
using ConsumerInfoPtr = NatsPtr<jsConsumerInfo, jsConsumerInfo_Destroy>;
using PubAckPtr = NatsPtr<jsPubAck, jsPubAck_Destroy>;

constexpr int64_t kNsPerMs = 1'000'000;
// A message published again within this time is known again by its id.
constexpr int64_t kDuplicatesMs = 120'000;
constexpr int64_t kMaxInHand = 100'000;  // of the whole fleet
// How long a look at a lane lasts when there is nothing: this and a few round trips to the server.
// A server that is asked not to wait does so all the same, until the request expires. What comes
// later is found by the next look.
constexpr int64_t kLookMs = 5;
constexpr int64_t kLookRoundTrips = 3;
constexpr int64_t kMaxLookMs = 1000;
constexpr std::chrono::seconds kMeasureEvery{30};
constexpr char kConsumer[] = "workers";
constexpr char kIdHeader[] = "Nats-Msg-Id";
constexpr char kReasonHeader[] = "Assay-Reason";
constexpr char kDeliveriesHeader[] = "Assay-Deliveries";
constexpr char kUnitHeader[] = "Assay-Unit";
constexpr QueueLane kLanes[] = {QueueLane::kEvents, QueueLane::kPages};

std::string HeaderOf(natsMsg* message, const char* name) {
  const char* value = nullptr;
  if (natsMsgHeader_Get(message, name, &value) != NATS_OK || value == nullptr) return "";
  return value;
}

std::string DataOf(const natsMsg* message) {
  return {natsMsg_GetData(message), static_cast<size_t>(natsMsg_GetDataLength(message))};
}

std::string LastToken(std::string_view subject) {
  const size_t dot = subject.rfind('.');
  return std::string(dot == std::string_view::npos ? subject : subject.substr(dot + 1));
}

// Headers are lines: what comes from elsewhere must not begin another one.
std::string OneLine(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text;
}

class NatsUnit : public TakenUnit {
 public:
  NatsUnit(std::shared_ptr<NatsConnection> connection, natsMsg* message, QueueLane lane)
      : connection_(std::move(connection)), answers_to_(natsMsg_GetReply(message)) {
    unit_.lane = lane;
    unit_.account_id = LastToken(natsMsg_GetSubject(message));
    unit_.id = HeaderOf(message, kIdHeader);
    unit_.data = DataOf(message);
    jsMsgMetaData* meta = nullptr;
    if (natsMsg_GetMetaData(&meta, message) == NATS_OK) deliveries_ = meta->NumDelivered;
    jsMsgMetaData_Destroy(meta);
  }

  const UnitMessage& message() const override { return unit_; }
  uint64_t deliveries() const override { return deliveries_; }
  // What is lost of these on the way costs another delivery, which finds the unit recorded.
  void Finish() override { Answer("+ACK"); }
  void GiveBack(int64_t delay_ms) override {
    Answer(delay_ms <= 0 ? "-NAK" : fmt::format("-NAK {{\"delay\": {}}}", delay_ms * kNsPerMs));
  }
  void StillAtIt() override { Answer("+WPI"); }

 private:
  // Not through the message, which knows the connection it came by: that may be lost by now.
  void Answer(const std::string& text) { connection_->Publish(answers_to_, text); }

  const std::shared_ptr<NatsConnection> connection_;
  const std::string answers_to_;
  UnitMessage unit_;
  uint64_t deliveries_ = 1;
};

class NatsUnitQueue : public UnitQueue {
 public:
  NatsUnitQueue(std::shared_ptr<NatsConnection> connection, const QueueOptions& options)
      : connection_(std::move(connection)),
        options_(options),
        announcements_(connection_, options.prefix + ".announce") {}

  Status Prepare() override {
    for (const QueueLane lane : kLanes) {
      const std::string name = StreamOf(lane);
      ASSAY_RETURN_IF_ERROR(PrepareStream(name, SubjectOf(lane, ">"), js_WorkQueuePolicy));
      ASSAY_RETURN_IF_ERROR(PrepareConsumer(lane));
    }
    return PrepareStream(DeadStream(), DeadSubject(">"), js_LimitsPolicy);
  }

  Status Publish(const UnitMessage& message) override {
    ASSAY_RETURN_IF_ERROR(
        PublishTo(SubjectOf(message.lane, message.account_id), message.id, message.data, {}));
    announcements_.Announce();
    return Status::Ok();
  }

  Result<std::unique_ptr<TakenUnit>> Take(QueueLane lane) override {
    Puller& puller = pullers_[static_cast<size_t>(lane)];
    const std::lock_guard lock(puller.mutex);
    ASSAY_RETURN_IF_ERROR(Subscribe(lane, &puller));
    jsFetchRequest request;
    jsFetchRequest_Init(&request);
    request.Batch = 1;
    request.Expires = LookMs(&puller) * kNsPerMs;
    natsMsgList list{};
    // Streams may come and go: the subscription names them, and stays.
    const natsStatus status = natsSubscription_FetchRequest(&list, puller.subscription, &request);
    if (status != NATS_OK) {
      natsMsgList_Destroy(&list);
      if (status == NATS_TIMEOUT || status == NATS_NOT_FOUND) return std::unique_ptr<TakenUnit>();
      return NatsError(status, "fetching units");
    }
    if (list.Count == 0) return std::unique_ptr<TakenUnit>();
    auto unit = std::make_unique<NatsUnit>(connection_, list.Msgs[0], lane);
    natsMsgList_Destroy(&list);
    return std::unique_ptr<TakenUnit>(std::move(unit));
  }

  uint64_t Announced() override { return announcements_.Count(); }
  void WaitForAnnouncement(uint64_t seen, int64_t wait_ms) override {
    announcements_.Wait(seen, wait_ms);
  }

  QueueState State() override {
    QueueState state;
    const Status link = connection_->Link().status();
    state.connected = link.ok();
    state.last_error = link.message();
    if (!state.connected) return state;
    for (const QueueLane lane : kLanes) {
      const Result<StreamInfoPtr> stream = InfoOf(StreamOf(lane));
      Status status = stream.status();
      if (status.ok()) status = CheckConsumer(StreamOf(lane));
      if (!status.ok()) {  // the others would make us wait as long
        state.last_error = status.message();
        return state;
      }
      const jsStreamState& found = (*stream)->State;
      (lane == QueueLane::kEvents ? state.events : state.pages) = found.Msgs;
      state.bytes += found.Bytes;
      if (lane == QueueLane::kPages && found.Msgs > 0) {
        state.oldest_page_ms = found.FirstTime / kNsPerMs;
      }
    }
    const Result<StreamInfoPtr> dead = InfoOf(DeadStream());
    if (dead.ok()) state.dead = (*dead)->State.Msgs;
    state.counted = dead.ok();
    return state;
  }

  Status PutDeadLetter(const DeadLetter& letter) override {
    const UnitMessage& unit = letter.message;
    const std::string lane(QueueLaneName(unit.lane));
    return PublishTo(DeadSubject(lane + "." + unit.account_id),
                     // What has no id is not known again.
                     unit.id.empty() ? "" : fmt::format("dead.{}.{}", unit.id, letter.deliveries),
                     unit.data,
                     {{kUnitHeader, unit.id},
                      {kReasonHeader, OneLine(letter.reason)},
                      {kDeliveriesHeader, std::to_string(letter.deliveries)}});
  }

  Result<std::vector<DeadLetter>> ListDeadLetters(uint64_t after, uint32_t limit) override {
    ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<NatsLink> link, connection_->Link());
    std::vector<DeadLetter> letters;
    ASSAY_ASSIGN_OR_RETURN(const StreamInfoPtr stream, InfoOf(DeadStream(), /*deleted=*/true));
    const jsStreamState& state = stream->State;
    const std::set<uint64_t> deleted(state.Deleted, state.Deleted + state.DeletedLen);
    uint64_t sequence = std::max(after + 1, state.FirstSeq);
    for (; sequence <= state.LastSeq && letters.size() < limit; ++sequence) {
      if (deleted.contains(sequence)) continue;
      natsMsg* raw = nullptr;
      jsErrCode code{};
      const natsStatus status =
          js_GetMsg(&raw, link->jet_stream(), DeadStream().c_str(), sequence, nullptr, &code);
      const MessagePtr message(raw);
      if (status == NATS_NOT_FOUND) continue;  // deleted since
      if (status != NATS_OK) return NatsError(status, "reading dead letters");
      letters.push_back(ReadDeadLetter(message.get()));
    }
    return letters;
  }

  Status DeleteDeadLetter(uint64_t sequence) override {
    ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<NatsLink> link, connection_->Link());
    jsErrCode code{};
    const natsStatus status =
        js_DeleteMsg(link->jet_stream(), DeadStream().c_str(), sequence, nullptr, &code);
    if (status == NATS_OK || status == NATS_NOT_FOUND) return Status::Ok();
    return NatsError(status, "deleting a dead letter");
  }

 private:
  using Headers = std::vector<std::pair<const char*, std::string>>;
  struct Puller {
    std::mutex mutex;                          // of all below
    std::shared_ptr<NatsLink> link;            // of the subscription
    natsSubscription* subscription = nullptr;  // the link's
    int64_t round_trip_ms = -1;                // -1: not measured yet
    std::chrono::steady_clock::time_point measured;
  };

  // A server far away is not asked for less time than its answer takes.
  int64_t LookMs(Puller* puller) {
    const auto now = std::chrono::steady_clock::now();
    int64_t ns = 0;
    if ((puller->round_trip_ms < 0 || now - puller->measured >= kMeasureEvery) &&
        natsConnection_GetRTT(puller->link->handle(), &ns) == NATS_OK) {
      puller->round_trip_ms = ns / kNsPerMs;
      puller->measured = now;
    }
    return std::min(kLookMs + kLookRoundTrips * std::max<int64_t>(puller->round_trip_ms, 0),
                    kMaxLookMs);
  }

  std::string StreamOf(QueueLane lane) const {
    return options_.prefix + "_" + std::string(QueueLaneName(lane));
  }
  std::string SubjectOf(QueueLane lane, std::string_view account) const {
    return fmt::format("{}.{}.{}", options_.prefix, QueueLaneName(lane), account);
  }
  std::string DeadStream() const { return options_.prefix + "_dead"; }
  std::string DeadSubject(std::string_view rest) const {
    return fmt::format("{}.dead.{}", options_.prefix, rest);
  }

  Status PrepareStream(const std::string& name, const std::string& subject,
                       jsRetentionPolicy retention) {
    ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<NatsLink> link, connection_->Link());
    const char* subjects[] = {subject.c_str()};
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    config.Name = name.c_str();
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    config.Retention = retention;
    config.Storage = js_FileStorage;
    config.Replicas = options_.replicas;
    config.Duplicates = kDuplicatesMs * kNsPerMs;
    jsStreamInfo* raw = nullptr;
    jsErrCode code{};
    natsStatus status = js_GetStreamInfo(&raw, link->jet_stream(), name.c_str(), nullptr, &code);
    const StreamInfoPtr info(raw);
    if (status == NATS_NOT_FOUND) {
      status = js_AddStream(nullptr, link->jet_stream(), &config, nullptr, &code);
    } else if (status == NATS_OK && info->Config->Replicas != config.Replicas) {
      status = js_UpdateStream(nullptr, link->jet_stream(), &config, nullptr, &code);
    }
    if (status == NATS_OK) return Status::Ok();
    return NatsError(status,
                     fmt::format("stream {} (JetStream error {})", name, static_cast<int>(code)));
  }

  Status PrepareConsumer(QueueLane lane) {
    ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<NatsLink> link, connection_->Link());
    const std::string stream = StreamOf(lane), filter = SubjectOf(lane, ">");
    jsConsumerConfig config;
    jsConsumerConfig_Init(&config);
    config.Durable = kConsumer;
    config.AckPolicy = js_AckExplicit;
    config.AckWait = options_.ack_wait_ms * kNsPerMs;
    config.MaxDeliver = -1;  // workers count: refusing a unit is no attempt at it
    config.MaxAckPending = kMaxInHand;
    config.FilterSubject = filter.c_str();
    config.Replicas = options_.replicas;
    jsConsumerInfo* raw = nullptr;
    jsErrCode code{};
    natsStatus status =
        js_GetConsumerInfo(&raw, link->jet_stream(), stream.c_str(), kConsumer, nullptr, &code);
    const ConsumerInfoPtr info(raw);
    // One that was given more copies is not sure to have a leader again when a server is lost (seen
    // with NATS 2.9.10), so it is made anew; the units that it had handed out come once more.
    if (status == NATS_OK && info->Config->Replicas != config.Replicas) {
      status = js_DeleteConsumer(link->jet_stream(), stream.c_str(), kConsumer, nullptr, &code);
      if (status == NATS_OK) status = NATS_NOT_FOUND;
    }
    if (status == NATS_NOT_FOUND ||
        (status == NATS_OK && info->Config->AckWait != config.AckWait)) {
      status = js_AddConsumer(nullptr, link->jet_stream(), stream.c_str(), &config, nullptr, &code);
    }
    if (status == NATS_OK) return Status::Ok();
    return NatsError(status, "consumer of stream " + stream);
  }

  // Once a connection.
  Status Subscribe(QueueLane lane, Puller* puller) {
    ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<NatsLink> link, connection_->Link());
    if (puller->link == link) return Status::Ok();
    const std::string stream = StreamOf(lane), filter = SubjectOf(lane, ">");
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = stream.c_str();
    options.Consumer = kConsumer;
    natsSubscription* raw = nullptr;
    jsErrCode code{};
    const natsStatus status = js_PullSubscribe(&raw, link->jet_stream(), filter.c_str(), kConsumer,
                                               nullptr, &options, &code);
    if (status == NATS_NOT_FOUND) return NotFound("the queue has no streams yet");
    if (status != NATS_OK) return NatsError(status, "subscribing");
    link->KeepUntilClosed(raw);
    puller->subscription = raw;
    puller->link = link;
    return Status::Ok();
  }

  Status PublishTo(const std::string& subject, const std::string& id, const std::string& data,
                   const Headers& headers) {
    ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<NatsLink> link, connection_->Link());
    natsMsg* raw = nullptr;
    natsStatus status =
        natsMsg_Create(&raw, subject.c_str(), nullptr, data.data(), static_cast<int>(data.size()));
    const MessagePtr message(raw);
    for (const auto& [name, value] : headers) {
      if (status == NATS_OK) status = natsMsgHeader_Set(raw, name, value.c_str());
    }
    if (status != NATS_OK) return NatsError(status, "making a message");
    jsPubOptions options;
    jsPubOptions_Init(&options);
    if (!id.empty()) options.MsgId = id.c_str();
    jsPubAck* ack = nullptr;
    jsErrCode code{};
    status = js_PublishMsg(&ack, link->jet_stream(), raw, &options, &code);
    const PubAckPtr answer(ack);
    if (status == NATS_OK) return Status::Ok();
    return NatsError(status, "publishing a unit");
  }

  // With `deleted` also which sequences between the first and the last are not there any more.
  Result<StreamInfoPtr> InfoOf(const std::string& stream, bool deleted = false) {
    ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<NatsLink> link, connection_->Link());
    jsOptions options;
    jsOptions_Init(&options);
    options.Stream.Info.DeletedDetails = deleted;
    jsStreamInfo* raw = nullptr;
    jsErrCode code{};
    const natsStatus status =
        js_GetStreamInfo(&raw, link->jet_stream(), stream.c_str(), &options, &code);
    StreamInfoPtr info(raw);
    if (status != NATS_OK) return NatsError(status, "asking about stream " + stream);
    ASSAY_RETURN_IF_ERROR(RequireLeader(info->Cluster, "stream " + stream));
    return info;
  }

  // Without one the consumer hands out nothing; whoever fetches only learns that nothing comes.
  Status CheckConsumer(const std::string& stream) {
    ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<NatsLink> link, connection_->Link());
    jsConsumerInfo* raw = nullptr;
    jsErrCode code{};
    const natsStatus status =
        js_GetConsumerInfo(&raw, link->jet_stream(), stream.c_str(), kConsumer, nullptr, &code);
    const ConsumerInfoPtr info(raw);
    const std::string what = "consumer of stream " + stream;
    if (status != NATS_OK) return NatsError(status, "asking about " + what);
    return RequireLeader(info->Cluster, what);
  }

  // A server that is left alone still tells what it knew last.
  static Status RequireLeader(const jsClusterInfo* cluster, const std::string& what) {
    if (cluster == nullptr || (cluster->Leader != nullptr && *cluster->Leader != '\0')) {
      return Status::Ok();
    }
    return Unavailable("the queue (NATS): " + what +
                       " has no leader: do most servers of the cluster run?");
  }

  static DeadLetter ReadDeadLetter(natsMsg* message) {
    DeadLetter letter;
    letter.sequence = natsMsg_GetSequence(message);
    letter.at_ms = natsMsg_GetTime(message) / kNsPerMs;
    const std::string subject = natsMsg_GetSubject(message);
    letter.message.account_id = LastToken(subject);
    const std::string lane = LastToken(subject.substr(0, subject.rfind('.')));
    letter.message.lane =
        lane == QueueLaneName(QueueLane::kEvents) ? QueueLane::kEvents : QueueLane::kPages;
    letter.message.id = HeaderOf(message, kUnitHeader);
    letter.message.data = DataOf(message);
    letter.reason = HeaderOf(message, kReasonHeader);
    const std::string count = HeaderOf(message, kDeliveriesHeader);
    std::from_chars(count.data(), count.data() + count.size(), letter.deliveries);
    return letter;
  }

  const std::shared_ptr<NatsConnection> connection_;
  const QueueOptions options_;
  std::array<Puller, 2> pullers_;  // by lane
  NatsAnnouncements announcements_;
};

}  // namespace

std::string_view QueueLaneName(QueueLane lane) {
  return lane == QueueLane::kEvents ? "events" : "pages";
}

Result<std::unique_ptr<UnitQueue>> OpenNatsQueue(std::shared_ptr<NatsConnection> connection,
                                                 const QueueOptions& options) {
  if (options.prefix.empty() ||
      options.prefix.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") !=
          std::string::npos) {
    return InvalidArgument("the prefix of the queue is lower-case letters, digits, '-' and '_'");
  }
  return std::unique_ptr<UnitQueue>(
      std::make_unique<NatsUnitQueue>(std::move(connection), options));
}

}  // namespace assay
