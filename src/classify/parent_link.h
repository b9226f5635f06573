// The classifier's end of the line to its parent: requests that wait for their answer, while
// further batches may already be queued behind it.
//
// Thread rule: one thread, like everything in the classifier process.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>

#include "base/status.h"
#include "classify/protocol.h"

namespace assay {

class ParentLink {
 public:
  // `arena`: the mapped arena of `layout`. Both must outlive the link.
  ParentLink(int fd, char* arena, const ArenaLayout& layout)
      : fd_(fd), arena_(arena), layout_(layout) {}

  // Sends a message. A parent that is gone ends the process: there is nobody to work for.
  void Send(const Message& message);
  // Sends a request and waits for the message of type `answer`.
  Message Ask(const Message& request, MessageType answer);
  // The next batch; waits for it.
  Message NextBatch();

  // Fetches [offset, offset + length) of the object being read into `window` (kWindowLarge or
  // kWindowRange), as much of it as fits. The view lasts until that window is used again.
  Result<std::string_view> Fetch(uint64_t offset, uint64_t length, uint64_t window);

  char* bank(size_t index) const { return arena_ + ArenaLayout::BankOffset(index); }
  char* output(size_t index) const { return arena_ + ArenaLayout::OutputOffset(index); }
  char* range() const { return arena_ + ArenaLayout::RangeOffset(); }
  char* large() const { return arena_ + ArenaLayout::LargeOffset(); }
  size_t large_bytes() const { return layout_.large_bytes; }
  ArenaControl* control() const { return reinterpret_cast<ArenaControl*>(arena_); }
  // Counts the uses of the range window, so that a holder of a view into it knows it is stale.
  uint64_t range_uses() const { return range_uses_; }
  void TouchRange() { ++range_uses_; }

 private:
  Message Receive();

  int fd_;
  char* arena_;
  ArenaLayout layout_;
  std::deque<Message> batches_;  // arrived while an answer was awaited
  uint64_t range_uses_ = 0;
};

// The Status that a code sent over the line stands for.
Status StatusFromCode(uint64_t code, std::string_view what);

}  // namespace assay
