// A queue of units in memory, for tests: hands each out again until it is finished.
//
// Thread rule: the methods may be called by several threads at once; the members are for when
// nobody else uses the queue.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "queue/unit_queue.h"

namespace assay {

class FakeUnitQueue : public UnitQueue {
 public:
  // Handed out by Take when nothing else is there, and never used up.
  std::map<QueueLane, UnitMessage> endless;
  std::map<QueueLane, std::deque<UnitMessage>> waiting;
  std::map<QueueLane, int> finished;
  std::map<std::string, uint64_t> deliveries;
  std::vector<int64_t> delays;  // of units that were given back
  std::vector<DeadLetter> letters;
  std::atomic<int64_t> oldest_page_ms{0};

  // Copies, for while others use the queue.
  std::vector<UnitMessage> Waiting(QueueLane lane) {
    const std::lock_guard lock(mutex_);
    return {waiting[lane].begin(), waiting[lane].end()};
  }

  Status Prepare() override { return Status::Ok(); }
  Status Publish(const UnitMessage& message) override {
    const std::lock_guard lock(mutex_);
    waiting[message.lane].push_back(message);
    return Status::Ok();
  }
  Result<std::unique_ptr<TakenUnit>> Take(QueueLane lane) override {
    const std::lock_guard lock(mutex_);
    std::deque<UnitMessage>& units = waiting[lane];
    std::unique_ptr<TakenUnit> taken;
    if (!units.empty()) {
      taken = std::make_unique<Taken>(this, units.front());
      units.pop_front();
    } else if (endless.contains(lane)) {
      taken = std::make_unique<Taken>(this, endless[lane]);
    }
    return taken;
  }
  uint64_t Announced() override { return 0; }
  void WaitForAnnouncement(uint64_t, int64_t) override {}
  QueueState State() override {
    const std::lock_guard lock(mutex_);
    QueueState state;
    state.connected = true;
    state.events = waiting[QueueLane::kEvents].size();
    state.pages = waiting[QueueLane::kPages].size();
    state.oldest_page_ms = oldest_page_ms;
    state.dead = letters.size();
    return state;
  }
  Status PutDeadLetter(const DeadLetter& letter) override {
    const std::lock_guard lock(mutex_);
    letters.push_back(letter);
    letters.back().sequence = ++last_letter_;
    return Status::Ok();
  }
  Result<std::vector<DeadLetter>> ListDeadLetters(uint64_t after, uint32_t limit) override {
    const std::lock_guard lock(mutex_);
    std::vector<DeadLetter> found;
    for (const DeadLetter& letter : letters) {
      if (letter.sequence > after && found.size() < limit) found.push_back(letter);
    }
    return found;
  }
  Status DeleteDeadLetter(uint64_t sequence) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(letters, [&](const DeadLetter& one) { return one.sequence == sequence; });
    return Status::Ok();
  }

 private:
  class Taken : public TakenUnit {
   public:
    Taken(FakeUnitQueue* queue, UnitMessage message)
        : queue_(queue),
          message_(std::move(message)),
          deliveries_(++queue->deliveries[message_.id]) {}
    const UnitMessage& message() const override { return message_; }
    uint64_t deliveries() const override { return deliveries_; }
    void Finish() override {
      const std::lock_guard lock(queue_->mutex_);
      ++queue_->finished[message_.lane];
    }
    void GiveBack(int64_t delay_ms) override {
      const std::lock_guard lock(queue_->mutex_);
      queue_->delays.push_back(delay_ms);
      queue_->waiting[message_.lane].push_back(message_);
    }
    void StillAtIt() override {}

   private:
    FakeUnitQueue* const queue_;
    const UnitMessage message_;
    const uint64_t deliveries_;
  };

  std::mutex mutex_;
  uint64_t last_letter_ = 0;
};

}  // namespace assay
