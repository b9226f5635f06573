#include "classify/batch_run.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "classify/codec.h"
#include "classify/wire.h"

namespace assay {
namespace {

// Objects up to this size travel inside a bank, several at a time.
constexpr uint64_t kSmallBytes = 256 * 1024;
constexpr size_t kMaxBatchObjects = 64;
constexpr size_t kMaxKeyBytes = 64 * 1024;
// Sequence, key length, sizes, inline length: what an entry takes beside key and bytes.
constexpr size_t kEntryOverhead = 8 + 4 + 8 + 8 + 8 + 4;
// Ranges and tools that one object may ask for: no format needs more, a process gone wild might.
constexpr uint64_t kRequestFloor = 100'000;
constexpr uint64_t kBytesPerRequest = 16 * 1024;
// Wall time of one run of a tool; the object's own time goes on meanwhile.
constexpr uint32_t kToolTimeoutMs = 60'000;

std::string_view CutKey(const std::string& key) {
  return std::string_view(key).substr(0, kMaxKeyBytes);
}

}  // namespace

BatchRun::BatchRun(ClassifierSlot* slot, const ClassifierPoolOptions& options,
                   std::vector<ClassifyRequest>* batch, const std::function<bool()>& cancelled)
    : slot_(slot),
      options_(options),
      batch_(batch),
      cancelled_(cancelled),
      tools_(slot->start.program, std::min(options.object_timeout_ms, kToolTimeoutMs)) {}

void BatchRun::Run(std::deque<size_t> indices) {
  queue_ = std::move(indices);
  while (!queue_.empty() || Outstanding()) {
    if (IsCancelled()) return Abandon();
    if (!EnsureProcess()) {
      for (const size_t index : queue_) Fail(index, OutcomeReason::kExtractorCrashed);
      queue_.clear();
      return;
    }
    Fate fate = FillBanks();
    if (fate == Fate::kAlive && Outstanding()) fate = Listen();
    if (fate == Fate::kCancelled) return Abandon();
    if (fate != Fate::kAlive) Bury(fate);
  }
}

bool BatchRun::EnsureProcess() {
  if (slot_->process) return true;
  auto started = ClassifierProcess::Start(slot_->start);
  if (!started.ok()) return false;
  slot_->process = std::move(*started);
  next_bank_ = 0;
  watched_ = 0;
  return true;
}

bool BatchRun::Outstanding() const {
  return std::any_of(std::begin(banks_), std::end(banks_),
                     [](const Bank& bank) { return !bank.flights.empty(); });
}

bool BatchRun::LargeInUse() const {
  return std::any_of(std::begin(banks_), std::end(banks_), [](const Bank& bank) {
    return !bank.flights.empty() && bank.flights.front().large;
  });
}

BatchRun::Fate BatchRun::FillBanks() {
  while (!queue_.empty() && banks_[next_bank_].flights.empty()) {
    const size_t queued = queue_.size();
    const auto begun = Clock::now();
    const bool sent = FillBank(next_bank_);
    deadline_ += Clock::now() - begun;  // nobody watched meanwhile
    if (!sent) return Fate::kCrashed;
    if (banks_[next_bank_].flights.empty()) {
      if (queue_.size() == queued) break;  // the next one waits for the large window
      continue;
    }
    next_bank_ = (next_bank_ + 1) % ArenaLayout::kBanks;
  }
  return Fate::kAlive;
}

// Fills one free bank from the queue and sends it. False when the process is gone.
bool BatchRun::FillBank(size_t bank) {
  std::vector<Flight> flights;
  size_t used = 0;
  while (!queue_.empty() && flights.size() < kMaxBatchObjects) {
    if (!AddRequest(queue_.front(), bank, &used, &flights)) break;
    queue_.pop_front();
    if (!flights.empty() && flights.back().large) break;
  }
  if (flights.empty()) return true;
  Message message{.type = MessageType::kClassify};
  message.bank = static_cast<uint32_t>(bank);
  message.a = flights.size();
  message.b = used;
  banks_[bank].flights = std::move(flights);
  banks_[bank].results.clear();
  return slot_->process->Send(message);
}

// Reads the first part of one object into the arena. False when there is no room for it now; true
// without a new flight when it could not be read.
bool BatchRun::AddRequest(size_t index, size_t bank, size_t* used, std::vector<Flight>* flights) {
  ClassifyRequest& request = (*batch_)[index];
  ClassifierProcess& process = *slot_->process;
  const std::string_view key = CutKey(request.key);
  uint64_t allowed = request.size;
  if (options_.max_object_bytes > 0) allowed = std::min(allowed, options_.max_object_bytes);
  Flight flight{0, index, request.size, allowed, allowed > kSmallBytes};
  const uint64_t first =
      flight.large ? std::min<uint64_t>(allowed, process.layout().large_bytes) : allowed;
  const size_t header = kEntryOverhead + key.size();
  if (flight.large && (!flights->empty() || LargeInUse())) return false;
  if (!flight.large && *used + header + first > ArenaLayout::kBankBytes) return false;
  char* entry = process.bank(bank) + *used;
  char* target = flight.large ? process.large() : entry + header;
  uint64_t got = 0;
  if (first > 0) {
    auto read = request.read(0, target, first);
    if (!read.ok()) {
      request.read_status = read.status();
      return true;
    }
    got = std::min(*read, first);
    if (got < first) flight.size = flight.allowed = got;  // it ends sooner than was said
  }
  flight.sequence = slot_->next_sequence++;
  std::string encoded;
  WireWriter w(&encoded);
  w.U64(flight.sequence);
  w.Str(key);
  w.U64(flight.size);
  w.U64(flight.allowed);
  w.U64(flight.large ? got : 0);
  w.U32(flight.large ? 0 : static_cast<uint32_t>(got));
  // NOLINTNEXTLINE(bugprone-not-null-terminated-result): bytes, not a string
  std::memcpy(entry, encoded.data(), encoded.size());
  *used += header + (flight.large ? 0 : got);
  flights->push_back(flight);
  return true;
}

const BatchRun::Flight* BatchRun::Current() const {
  const uint64_t reading = slot_->process->reading();
  const Flight* first = nullptr;
  for (const Bank& bank : banks_) {
    for (const Flight& flight : bank.flights) {
      if (flight.sequence == reading) return &flight;
      if (first == nullptr || flight.sequence < first->sequence) first = &flight;
    }
  }
  return first;
}

void BatchRun::Rearm() {
  deadline_ = Clock::now() + std::chrono::milliseconds(options_.object_timeout_ms);
}

// Whether the current object has had its time. The clock starts again only for an object with a
// higher number, so that a process cannot win time by jumping back and forth.
bool BatchRun::Overdue() {
  const Flight* current = Current();
  if (current != nullptr && current->sequence > watched_) {
    watched_ = current->sequence;
    fetched_to_ = 0;
    requests_ = 0;
    Rearm();
  }
  return Clock::now() > deadline_;
}

BatchRun::Fate BatchRun::Listen() {
  const std::chrono::milliseconds tick(
      std::clamp<uint32_t>(options_.object_timeout_ms / 10, 10, 250));
  for (;;) {
    const bool overdue = Overdue();
    Message message;
    switch (slot_->process->Receive(overdue ? std::chrono::milliseconds(0) : tick, &message)) {
      case ClassifierProcess::Heard::kGone:
        return Fate::kCrashed;
      case ClassifierProcess::Heard::kMessage:
        return Handle(message);
      case ClassifierProcess::Heard::kNothing:
        if (overdue) return Fate::kTimedOut;
        if (IsCancelled()) return Fate::kCancelled;
    }
  }
}

BatchRun::Fate BatchRun::Handle(const Message& message) {
  switch (message.type) {
    case MessageType::kResults:
      return HandleResults(message);
    case MessageType::kNeed:
      return HandleNeed(message);
    case MessageType::kToolBegin:
    case MessageType::kToolInput:
    case MessageType::kToolRun:
    case MessageType::kToolRead:
      return HandleTool(message);
    default:
      return Fate::kCrashed;  // it has gone wild
  }
}

BatchRun::Fate BatchRun::Reply(MessageType type, uint64_t a, const Status& status, uint64_t c) {
  Message message{.type = type};
  message.a = a;
  message.b = static_cast<uint64_t>(status.code());
  message.c = c;
  return slot_->process->Send(message) ? Fate::kAlive : Fate::kCrashed;
}

BatchRun::Fate BatchRun::HandleResults(const Message& message) {
  if (message.bank >= ArenaLayout::kBanks || message.a > ArenaLayout::kOutputBytes) {
    return Fate::kCrashed;
  }
  Bank& bank = banks_[message.bank];
  if (bank.flights.empty() || bank.results.size() + message.a > 2 * kMaxResultBytes) {
    return Fate::kCrashed;
  }
  bank.results.append(slot_->process->output(message.bank), message.a);
  if (message.b != 1) return Reply(MessageType::kGoOn, 0, {});
  return TakeResults(&bank) ? Fate::kAlive : Fate::kCrashed;
}

// Decodes a whole answer: one result for each object that was sent, in order. Objects whose result
// was taken leave the bank, also when a later one turns out to be garbage.
bool BatchRun::TakeResults(Bank* bank) {
  WireReader r(bank->results);
  size_t taken = 0;
  for (const Flight& flight : bank->flights) {
    const uint64_t sequence = r.U64();
    const bool columnar = r.Bool();
    const std::string_view findings = r.Str();
    ClassifyRequest& request = (*batch_)[flight.index];
    if (!r.ok() || sequence != flight.sequence) break;
    if (request.read_status.ok() &&
        !DecodeFindings(findings, request.detections, request.result).ok()) {
      break;
    }
    if (columnar) needs_columnar_.push_back(flight.index);
    ++taken;
  }
  bank->flights.erase(bank->flights.begin(), bank->flights.begin() + static_cast<ptrdiff_t>(taken));
  const bool good = bank->flights.empty() && r.at_end();
  std::string().swap(bank->results);
  return good;
}

BatchRun::Fate BatchRun::HandleNeed(const Message& message) {
  const Flight* flight = Current();
  const bool range = message.c == kWindowRange;
  if (flight == nullptr || (!range && !flight->large)) return Fate::kCrashed;
  if (++requests_ > kRequestFloor + flight->size / kBytesPerRequest) return Fate::kCrashed;
  ClassifyRequest& request = (*batch_)[flight->index];
  const uint64_t room = range ? ArenaLayout::kRangeBytes : slot_->process->layout().large_bytes;
  if (message.a >= flight->size || message.b == 0) return Reply(MessageType::kData, 0, {});
  const uint64_t length = std::min({message.b, room, flight->size - message.a});
  const auto begun = Clock::now();
  auto read =
      request.read(message.a, range ? slot_->process->range() : slot_->process->large(), length);
  deadline_ += Clock::now() - begun;  // waiting for the store is not the classifier's time
  if (!read.ok()) {
    request.read_status = read.status();
    return Reply(MessageType::kData, 0, read.status());
  }
  // Going forward through a large object is progress: its next part has the full time again.
  if (!range && message.a + length > fetched_to_) {
    fetched_to_ = message.a + length;
    Rearm();
  }
  return Reply(MessageType::kData, std::min(*read, length), {});
}

BatchRun::Fate BatchRun::HandleTool(const Message& message) {
  if (++requests_ > kRequestFloor) return Fate::kCrashed;
  switch (message.type) {
    case MessageType::kToolBegin:
      return Reply(MessageType::kGoOn, 0, tools_.Begin(message.a, message.b));
    case MessageType::kToolInput: {
      const uint64_t size = std::min(message.a, uint64_t{ArenaLayout::kRangeBytes});
      return Reply(MessageType::kGoOn, 0, tools_.Input({slot_->process->range(), size}));
    }
    case MessageType::kToolRun: {
      const auto output = tools_.Run(message.a, cancelled_);
      if (!output.ok()) return Reply(MessageType::kToolDone, 0, output.status());
      return Reply(MessageType::kToolDone, output->size, {}, output->truncated ? 1 : 0);
    }
    default: {
      const uint64_t size = std::min(message.b, uint64_t{ArenaLayout::kRangeBytes});
      return Reply(MessageType::kData, tools_.Read(message.a, slot_->process->range(), size), {});
    }
  }
}

void BatchRun::Fail(size_t index, OutcomeReason reason) {
  ClassifyRequest& request = (*batch_)[index];
  request.result->outcome = Outcome::kFailed;
  request.result->reason = reason;
}

// The process that is at them may be in the middle of anything: the slot gets another one.
void BatchRun::Abandon() {
  if (Outstanding()) slot_->process.reset();
  for (Bank& bank : banks_) {
    for (const Flight& flight : bank.flights) queue_.push_back(flight.index);
    bank.flights.clear();
    bank.results.clear();
  }
  for (std::deque<size_t>* left : {&queue_, &needs_columnar_}) {
    for (const size_t index : *left) (*batch_)[index].read_status = Cancelled("cancelled");
    left->clear();
  }
}

// The process is finished: the object it was reading has its outcome, the others wait for the next
// process in their old order.
void BatchRun::Bury(Fate fate) {
  const Flight* current = Current();
  const uint64_t blamed = current == nullptr ? 0 : current->sequence;
  const int status = slot_->process->Kill();
  slot_->process.reset();
  ++slot_->restarts;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) fate = Fate::kTimedOut;
  std::vector<Flight> waiting;
  for (Bank& bank : banks_) {
    waiting.insert(waiting.end(), bank.flights.begin(), bank.flights.end());
    bank.flights.clear();
    bank.results.clear();
  }
  std::sort(waiting.begin(), waiting.end(),
            [](const Flight& a, const Flight& b) { return a.sequence > b.sequence; });
  for (const Flight& flight : waiting) {
    if (flight.sequence != blamed) {
      queue_.push_front(flight.index);
    } else if ((*batch_)[flight.index].read_status.ok()) {
      Fail(flight.index,
           fate == Fate::kTimedOut ? OutcomeReason::kTimeout : OutcomeReason::kExtractorCrashed);
    }
  }
}

}  // namespace assay
