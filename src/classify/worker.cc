#include "classify/worker.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include "classify/arena_source.h"
#include "classify/parent_link.h"
#include "classify/protocol.h"
#include "classify/remote_tools.h"
#include "classify/sandbox.h"
#include "classify/wire.h"

namespace assay {
namespace {

pid_t g_parent = 0;  // for the signal handler, which can reach nothing else

// The line to the parent tells a waiting process that the parent has died; this tells a busy one.
void EndWithParent(int) {
  if (getppid() != g_parent) _exit(0);
}

void WatchParent() {
  g_parent = getppid();
  struct sigaction action {};
  action.sa_handler = EndWithParent;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  const itimerval every{{2, 0}, {2, 0}};
  setitimer(ITIMER_REAL, &every, nullptr);
}

// Keeps memory between objects instead of giving it back to the system and fetching it again: with
// small objects that would cost more than reading them.
void KeepMemory() {
  mallopt(M_TRIM_THRESHOLD, 32 << 20);
  mallopt(M_TOP_PAD, 1 << 20);
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
}

void OutOfMemory() { _exit(kExitOutOfMemory); }

Result<std::string> ReadSetup() {
  struct stat info {};
  if (fstat(kSetupFd, &info) != 0 || info.st_size < 0) return NotFound("no set-up was handed over");
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got =
        pread(kSetupFd, bytes.data() + have, bytes.size() - have, static_cast<off_t>(have));
    if (got <= 0) return DataLoss("the set-up is cut");
    have += static_cast<size_t>(got);
  }
  close(kSetupFd);
  return bytes;
}

// One object of a batch, as listed in its bank.
struct BatchItem {
  uint64_t sequence = 0;
  std::string key;
  uint64_t size = 0;
  uint64_t allowed = 0;
  uint64_t large = 0;  // bytes in the large window; otherwise the bytes are `inline_bytes`
  std::string_view inline_bytes;
};

BatchItem ReadItem(WireReader& r) {
  BatchItem item;
  item.sequence = r.U64();
  item.key = r.Str();
  item.size = r.U64();
  item.allowed = r.U64();
  item.large = r.U64();
  item.inline_bytes = r.Str();
  return item;
}

class Worker {
 public:
  Worker(ParentLink* link, ObjectEngine* engine, uint32_t timeout_ms)
      : link_(link), engine_(engine), tools_(link), cpu_seconds_(timeout_ms / 1000 + 1) {}

  [[noreturn]] void Serve() {
    for (;;) Batch(link_->NextBatch());
  }

 private:
  void Batch(const Message& message) {
    const size_t bank = message.bank % ArenaLayout::kBanks;
    WireReader reader({link_->bank(bank), std::min(message.b, uint64_t{ArenaLayout::kBankBytes})});
    results_.clear();
    for (uint64_t i = 0; i < message.a && reader.ok(); ++i) {
      const BatchItem item = ReadItem(reader);
      if (!reader.ok()) break;
      ClassifyOne(item);
      if (results_.size() > ArenaLayout::kOutputBytes) SendParts(bank, false);
    }
    SendParts(bank, true);
    if (results_.capacity() > 4 * ArenaLayout::kOutputBytes) std::string().swap(results_);
  }

  void ClassifyOne(const BatchItem& item) {
    link_->control()->reading.store(item.sequence, std::memory_order_release);
    ArmCpu(item.allowed);
    const std::string_view first =
        item.large > 0
            ? std::string_view(link_->large(), std::min<uint64_t>(item.large, link_->large_bytes()))
            : item.inline_bytes;
    ArenaSource source(link_, first, item.allowed, item.size);
    Classification found;
    engine_->Classify(source, item.key, &tools_, &found);
    if (CountItems(found.detections) > kMaxDetectionItems) Shorten(&found);
    findings_.clear();
    EncodeFindings(found, &findings_);
    if (findings_.size() > kMaxResultBytes) {
      Shorten(&found);
      findings_.clear();
      EncodeFindings(found, &findings_);
    }
    WireWriter w(&results_);
    w.U64(item.sequence);
    w.Bool(engine_->needs_columnar());
    w.Str(findings_);
  }

  // The parent's clock is what ends an object that takes too long; this is for when the parent is
  // gone or stopped, so it need not be exact, and small objects need not pay for it one by one.
  void ArmCpu(uint64_t object_bytes) {
    constexpr uint64_t kBytesPerSecond = 4 << 20;
    constexpr uint64_t kDay = 86400;
    const auto now = std::chrono::steady_clock::now();
    const auto extra = static_cast<uint32_t>(std::min(object_bytes / kBytesPerSecond, kDay));
    if (extra <= armed_extra_ && now - armed_ < std::chrono::milliseconds(200)) return;
    ArmCpuLimit(cpu_seconds_ + extra);
    armed_ = now;
    armed_extra_ = extra;
  }

  // Too many or too long occurrences to hand over: keeps the first of each kind; the counts stay
  // exact.
  static void Shorten(Classification* found) {
    for (DetectionGroup& group : found->detections) {
      if (group.occurrences.size() > 10) group.occurrences.resize(10);
    }
  }

  // Hands over what is in results_, in as many parts as the output region makes of it.
  void SendParts(size_t bank, bool last) {
    size_t sent = 0;
    do {
      const size_t part = std::min(results_.size() - sent, ArenaLayout::kOutputBytes);
      std::memcpy(link_->output(bank), results_.data() + sent, part);
      sent += part;
      Message message{.type = MessageType::kResults};
      message.bank = static_cast<uint32_t>(bank);
      message.a = part;
      message.b = last && sent == results_.size() ? 1 : 0;
      if (message.b == 1) {
        link_->Send(message);
      } else {
        link_->Ask(message, MessageType::kGoOn);
      }
    } while (sent < results_.size());
    results_.clear();
  }

  ParentLink* link_;
  ObjectEngine* engine_;
  RemoteTools tools_;
  uint32_t cpu_seconds_;
  uint32_t armed_extra_ = 0;
  std::chrono::steady_clock::time_point armed_{};
  std::string results_;
  std::string findings_;
};

// Loads everything that comes from files, then closes the door behind it.
Result<std::unique_ptr<ObjectEngine>> SetUp(const EngineFactory& factory, uint32_t* timeout_ms) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadSetup());
  ASSAY_ASSIGN_OR_RETURN(const WorkerSetup setup, DecodeWorkerSetup(bytes));
  ASSAY_ASSIGN_OR_RETURN(std::unique_ptr<ObjectEngine> engine, factory(setup));
  WatchParent();
  KeepMemory();
  std::set_new_handler(OutOfMemory);
  ASSAY_RETURN_IF_ERROR(EnterWorkerSandbox({setup.memory_limit_bytes}, kControlFd));
  *timeout_ms = setup.object_timeout_ms;
  return engine;
}

void Refuse(ParentLink& link, const Status& status) {
  const std::string text = status.message().substr(0, 4096);
  std::memcpy(link.output(0), text.data(), text.size());
  Message message{.type = MessageType::kRefused};
  message.a = text.size();
  message.b = static_cast<uint64_t>(status.code());
  link.Send(message);
}

}  // namespace

int RunWorker(const EngineFactory& factory) {
  struct stat info {};
  if (fstat(kArenaFd, &info) != 0 ||
      static_cast<uint64_t>(info.st_size) < ArenaLayout::LargeOffset()) {
    return 2;
  }
  const auto size = static_cast<size_t>(info.st_size);
  void* arena = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, kArenaFd, 0);
  if (arena == MAP_FAILED) return 2;
  close(kArenaFd);
  ArenaLayout layout;
  layout.large_bytes = size - ArenaLayout::LargeOffset();
  ParentLink link(kControlFd, static_cast<char*>(arena), layout);
  uint32_t timeout_ms = 0;
  auto engine = SetUp(factory, &timeout_ms);
  if (!engine.ok()) {
    Refuse(link, engine.status());
    return 1;
  }
  link.Send({.type = MessageType::kReady});
  Worker(&link, engine->get(), timeout_ms).Serve();
}

}  // namespace assay
