#include "cli/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cli/byte_size.h"
#include "cli/terminal.h"

namespace assay {
namespace {

constexpr std::chrono::milliseconds kRedraw{150};
constexpr size_t kBarColumns = 24;

void WriteToTerminal(const std::string& text) {
  // A terminal that takes no more is no reason to stop a scan.
  if (write(STDERR_FILENO, text.data(), text.size()) < 0) return;
}

}  // namespace

std::string ProgressLine(const ProgressFacts& facts, size_t width) {
  std::string line;
  std::string tail;
  if (facts.total_objects > 0) {
    const double share = std::min(
        1.0, static_cast<double>(facts.objects) / static_cast<double>(facts.total_objects));
    const auto filled = static_cast<size_t>(share * kBarColumns);
    for (size_t i = 0; i < kBarColumns; ++i) line += i < filled ? "█" : "░";
    line += fmt::format(" {:3.0f}%  {} of {} objects", share * 100, FormatCount(facts.objects),
                        FormatCount(facts.total_objects));
    if (share > 0.01 && facts.seconds > 1) {
      tail = "  ETA " + FormatSeconds(facts.seconds * (1 - share) / share);
    }
  } else {
    line += fmt::format("{} objects", FormatCount(facts.objects));
  }
  line +=
      fmt::format("  {}  {}", FormatByteSize(facts.bytes), FormatRate(facts.bytes, facts.seconds));
  return Shorten(line + tail, width);
}

ProgressBar::ProgressBar(const ScanCounters& counters, const std::vector<ScanTarget>& targets,
                         const KeyFilter& filter)
    : counters_(counters),
      targets_(targets),
      filter_(filter),
      begin_(std::chrono::steady_clock::now()) {
  drawer_ = std::thread([this] { Draw(); });
  const bool all_local = std::none_of(targets.begin(), targets.end(),
                                      [](const ScanTarget& target) { return target.remote; });
  if (all_local) counter_ = std::thread([this] { CountAhead(); });
}

ProgressBar::~ProgressBar() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  wake_.notify_all();
  drawer_.join();
  if (counter_.joinable()) counter_.join();
  WriteToTerminal("\r\x1b[K");
}

ProgressFacts ProgressBar::Facts() const {
  ProgressFacts facts;
  facts.objects = counters_.objects;
  facts.bytes = counters_.bytes;
  facts.total_objects = counters_.listed_all ? counters_.listed_objects : total_objects_;
  facts.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  return facts;
}

void ProgressBar::Draw() {
  std::unique_lock lock(mutex_);
  while (!done_) {
    const size_t width = TerminalWidth(STDERR_FILENO, 80);
    WriteToTerminal("\r" + ProgressLine(Facts(), width - 1) + "\x1b[K");
    wake_.wait_for(lock, kRedraw, [this] { return done_.load(); });
  }
}

void ProgressBar::CountAhead() {
  uint64_t objects = 0;
  for (const ScanTarget& target : targets_) {
    std::string token;
    do {
      Result<ListPage> page = target.store->List(target.bucket, target.prefix, token, 1000);
      if (!page.ok() || done_) return;
      for (const ObjectInfo& object : page->objects) objects += filter_.Wants(object.key) ? 1 : 0;
      token = std::move(page->continuation);
    } while (!token.empty());
  }
  total_objects_ = objects;
}

}  // namespace assay
